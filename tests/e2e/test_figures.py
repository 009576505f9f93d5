"""Figures that a person relies on: measured on events that no model has seen, the same for any number of threads, and from
a model wherever it lies."""

import json
import pathlib
import re

import pytest


@pytest.fixture
def shop_of(run, tmp_path):
    """Makes a shop from made-up data, split as told; columns as mapped."""
    def make(*split, columns=("--basket-column", "basket_id", "--time-column", "ts")):
        run("generate", "raw", "--users", 120, "--items", 300, "--lines", 12_000, "--weeks", 20)
        run("prepare", "--purchases", "raw/purchases.csv", "--products", "raw/products.csv", "--top-n", 150, *columns)
        run("split", *split)
        run("load")
        run("publish")
        run("train", "--rank", 8, "--gate", "report")
        return tmp_path / "shop"
    return make


def answer(done):
    return json.loads(done.stdout)


def test_a_retrained_model_is_not_measured_on_events_that_it_has_seen(run, shop_of):
    shop_of("--by", "time")
    before = answer(run("evaluate", "--output", "json"))["held_out"]
    run("stream", "--max-offsets-per-trigger", 1000, "--max-batches", 2)
    effect = answer(run("retrain", "--rank", 8, "--output", "json"))["effect"]
    after = answer(run("evaluate", "--output", "json"))["held_out"]
    assert before["later_rows"] > after["later_rows"] == effect["later_rows"] > 0
    assert before["history_rows"] + before["later_rows"] == after["history_rows"] + after["later_rows"]
    assert answer(run("evaluate", "--model", 1, "--output", "json"))["held_out"] == before
    both = answer(run("evaluate", "--model", 1, "--against", 2, "--output", "json"))["held_out"]
    assert both["later_rows"] == after["later_rows"]


def test_a_model_without_a_later_period_is_not_measured(run, shop_of):
    shop_of("--by", "time")
    run("stream", "--available-now")
    run("retrain", "--rank", 8, "--gate", "report")
    done = run("evaluate", code=65)
    assert "no purchases lie after what the model was trained on" in done.stderr and "--later" in done.stderr


def test_figures_of_parts_that_overlap_are_said_to_flatter(run, shop_of):
    shop_of()
    done = run("evaluate")
    assert "flatter" in done.stderr and "--by time" in done.stderr


def test_retraining_on_nothing_new_says_so(run, shop_of):
    shop_of("--by", "time")
    assert "punnet stream" in run("retrain", code=65).stderr
    run("stream", "--max-offsets-per-trigger", 1000, "--max-batches", 1)
    assert "nothing new" not in run("retrain", "--rank", 8).stdout
    done = run("retrain", "--rank", 8)
    assert "There is nothing new since model 2" in done.stdout
    listed = run("model", "list").stdout
    assert re.search(r"^  3 +default.*current", listed, re.M), listed
    assert listed.count("historical_purchases + new_purchases@") == 2


def test_a_model_saved_by_itself_recommends_and_is_measured_like_one_of_the_shop(run, shop_of, tmp_path):
    shop = shop_of("--by", "time")
    run("train", "--rank", 8, "--output", "mine")
    users = [argument for user in (1, 2, 3, 999_999) for argument in ("--user", user)]
    served = [json.loads(line) for line in run("recommend", *users, "--output", "json").stdout.splitlines()]
    saved = [json.loads(line) for line in
             run("recommend", *users, "--model", "mine", "--output", "json").stdout.splitlines()]
    assert [line["items"] for line in served] == [line["items"] for line in saved]
    assert saved[-1]["source"] == "popularity" and saved[0]["model_version"] == "mine"
    assert "model mine" in run("evaluate", "--model", "mine", "--against", 1).stdout
    assert answer(run("evaluate", "--model", "mine", "--output", "json"))["held_out"]["later_rows"] == answer(
        run("evaluate", "--output", "json"))["held_out"]["later_rows"]

    part = next((tmp_path / "mine/userFactors").glob("*.parquet"))
    part.write_bytes(part.read_bytes()[:-1])
    assert str(part) in run("recommend", "--user", 1, "--model", "mine", code=65).stderr
    for name in ("nowhere", "raw"):
        done = run("recommend", "--user", 1, "--model", name, code=65)
        assert name in done.stderr and "--output" in done.stderr
    assert shop.is_dir()


def test_lists_do_not_change_with_the_number_of_threads(run, shop_of):
    shop_of("--by", "time")
    users = [argument for user in range(1, 121) for argument in ("--user", user)]
    lists = {run("recommend", *users, "--output", "json", "--threads", threads).stdout for threads in (1, 2, 8)}
    reports = {run("evaluate", "--output", "json", "--threads", threads).stdout for threads in (1, 8)}
    assert len(lists) == len(reports) == 1


def test_no_list_changes_when_future_rows_are_added_to_own_purchases(run, shop_of):
    import sqlite3
    shop = shop_of("--by", "time")
    users = [argument for user in range(1, 121) for argument in ("--user", user)]

    def lists():
        return (run("recommend", *users, "--output", "json").stdout,
                run("recommend", *users, "--exclude-purchased", "--output", "json").stdout)

    before = lists()
    with sqlite3.connect(shop / "tables.db") as database:
        users_of = [row[0] for row in database.execute("select user_id from own_purchases")]
        longest = database.execute("select item_ids from own_purchases order by length(item_ids) desc").fetchone()[0]
        database.execute("update own_purchases set item_ids = ?", (longest,))
        assert len(users_of) > 100
    assert lists() == before


def test_flags_of_training_carry_sparks_names(run, shop_of):
    shop_of("--by", "time")
    parameters = answer(run(
        "train", "--rank", 6, "--max-iter", 3, "--reg-param", 0.2, "--alpha", 2.5, "--implicit-prefs", "--seed", 7,
        "--no-validation", "--dry-run", "--output", "json"))["provenance"]
    assert parameters["seed"] == 7 and len(parameters["losses"]) == 3
    assert {key: parameters["parameters"][key] for key in ("rank", "max_iter", "reg_param", "alpha", "implicit_prefs")} == {
        "rank": 6, "max_iter": 3, "reg_param": 0.2, "alpha": 2.5, "implicit_prefs": True}
    explicit = answer(run("train", "--rank", 6, "--no-implicit-prefs", "--dry-run", "--output", "json"))
    assert explicit["provenance"]["parameters"]["implicit_prefs"] is False


def test_ids_of_64_bits_go_the_whole_way(run, tmp_path):
    wide = 5_000_000_000
    run("generate", "raw", "--users", 120, "--items", 300, "--lines", 12_000, "--weeks", 20)
    for name, columns in (("purchases", (0, 1)), ("products", (0,))):
        path = tmp_path / f"raw/{name}.csv"
        header, *rows = path.read_text().splitlines()
        cells = [row.split(",") for row in rows]
        for row in cells:
            for column in columns:
                row[column] = str(wide + int(row[column]))
        path.write_text("\n".join([header] + [",".join(row) for row in cells]) + "\n")
    inputs = ("--purchases", "raw/purchases.csv", "--products", "raw/products.csv", "--top-n", 150,
              "--basket-column", "basket_id", "--time-column", "ts")
    assert 'id_type = "int64"' in run("prepare", *inputs, code=65).stderr
    run("prepare", *inputs, "--id-type", "int64")
    run("split", "--by", "time")
    run("load")
    run("publish")
    run("train", "--rank", 8, "--gate", "report")
    assert (tmp_path / "shop/models/1/_ids/users").is_dir() and (tmp_path / "shop/models/1/_ids/items").is_dir()
    run("stream", "--max-offsets-per-trigger", 1000, "--max-batches", 2)
    assert answer(run("retrain", "--rank", 8, "--output", "json"))["effect"]["later_rows"] > 0
    run("stream", "--available-now")
    run("verify")
    event = json.loads(run("tail", "--from-beginning", "--max-messages", 1).stdout)
    assert event["user_id"] > wide < event["item_id"]
    listed = answer(run("recommend", "--user", event["user_id"], "--output", "json"))
    assert listed["source"] == "model" and all(item["item_id"] > wide and item["name"] for item in listed["items"])

    from deltalake import DeltaTable
    table = DeltaTable(str(tmp_path / "shop/new_purchases")).to_pyarrow_table()
    types = {field.name: str(field.type) for field in table.schema}
    assert types["user_id"] == types["item_id"] == "int64" and "int64" in types["recs"]
    # Parquet that says itself how wide its ids are needs no option; CSV does.
    run("snapshot", "plain")
    assert answer(run("train", "--input", "plain", "--rank", 4, "--dry-run", "--output", "json"))[
        "provenance"]["metrics"]["validated_by_time"] is True
    assert 'id_type = "int64"' in run("train", "--input", "raw/purchases.csv", code=65).stderr
    run("train", "--input", "raw/purchases.csv", "--id-type", "int64", "--rank", 4, "--dry-run")


@pytest.mark.parametrize("columns, fields", [
    ((), []),
    (("--basket-column", "basket_id"), ["basket_id"]),
    (("--time-column", "ts"), ["ts"]),
    (("--basket-column", "basket_id", "--time-column", "ts"), ["basket_id", "ts"]),
])
def test_basket_and_time_are_carried_when_mapped_and_leave_no_trace_otherwise(run, shop_of, columns, fields):
    import pyarrow.parquet
    from deltalake import DeltaTable
    shop = shop_of(columns=columns)
    four = ["user_id", "item_id", "quantity", "sales_value"]
    history = pyarrow.parquet.read_schema(next(pathlib.Path(shop, "historical_purchases").glob("*.parquet")))
    assert history.names == four + fields
    assert [str(history.field(name).type) for name in four] == ["int32", "int32", "int32", "float"]
    line = next(pathlib.Path(shop, "for_topic").glob("*.csv")).read_text().splitlines()[0]
    assert line.count(",") == 3 + len(fields)
    event = run("tail", "--from-beginning", "--max-messages", 1).stdout
    assert list(json.loads(event)) == four + fields
    assert re.fullmatch(
        r'\{"user_id":\d+,"item_id":\d+,"quantity":\d+,"sales_value":[0-9.]+'
        + (r',"basket_id":\d+' if "basket_id" in fields else "")
        + (r',"ts":"[0-9T:.-]+Z"' if "ts" in fields else "") + r"\}\n", event)
    run("stream", "--available-now")
    table = DeltaTable(str(shop / "new_purchases")).to_pyarrow_table()
    assert table.column_names == ["item_id", "user_id", "quantity", "sales_value", "offset", "recs", "precision_at_k",
                                  "category", "department", "partition", "event_time", "model_version",
                                  "recs_source"] + fields
    types = {field.name: str(field.type) for field in table.schema}
    assert types["precision_at_k"] == "double" and types["partition"] == "int32" and types["offset"] == "int64"
    if "ts" in fields:
        assert types["ts"] == "timestamp[us, tz=UTC]"
