"""The whole way of the data, as a person would go it, on a made-up shop."""

import json
import pathlib

import pytest
from deltalake import DeltaTable

COLUMNS = ["item_id", "user_id", "quantity", "sales_value", "offset", "recs", "precision_at_k", "category",
           "department", "partition", "event_time", "model_version", "recs_source", "basket_id", "ts"]


@pytest.fixture
def prepared(run, tmp_path):
    run("generate", "raw", "--users", 120, "--items", 300, "--lines", 12_000, "--weeks", 20)
    run("prepare", "--purchases", "raw/purchases.csv", "--products", "raw/products.csv",
        "--basket-column", "basket_id", "--time-column", "ts", "--top-n", 150)
    run("split", "--by", "time")
    return tmp_path


def lines(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_from_raw_files_to_a_retrained_model(prepared, run):
    loaded = lines(run("load", "--output", "json"))[0]
    assert loaded["item_features"] == 150 and len(loaded["top_5"]) == 5

    topic_rows = sum(
        len(part.read_text().splitlines()) for part in pathlib.Path(prepared, "shop/for_topic").glob("part-*.csv"))
    published = lines(run("publish", "--partitions", 2, "--output", "json"))[0]
    assert published["published"] == topic_rows

    tail = run("tail", "--from-beginning", "--available-now")
    assert len(tail.stdout.splitlines()) == topic_rows
    assert f"Processed a total of {topic_rows} messages" in tail.stderr
    first = json.loads(tail.stdout.splitlines()[0])
    assert list(first) == ["user_id", "item_id", "quantity", "sales_value", "basket_id", "ts"]

    trained = lines(run("train", "--rank", 16, "--output", "json"))[0]
    assert trained["model_version"] == "1"
    assert trained["provenance"]["parameters"]["rank"] == 16

    batches = lines(run("stream", "--max-offsets-per-trigger", 500, "--max-batches", 4, "--output", "json"))
    assert [batch["batchId"] for batch in batches] == [0, 1, 2, 3]
    assert all(batch["numInputRows"] == 500 for batch in batches)

    retrained = lines(run("retrain", "--rank", 16, "--output", "json"))[0]
    assert retrained["old_version"] == "1" and retrained["trained"]["model_version"] == "2"
    assert retrained["effect"]["later_rows"] > 0

    rest = lines(run("stream", "--available-now", "--output", "json"))
    assert sum(batch["numInputRows"] for batch in batches + rest) == topic_rows
    assert rest[-1]["sources"][0]["endOffset"] == rest[-1]["sources"][0]["latestOffset"]

    sound = lines(run("verify", "--output", "json"))[0]
    assert sound["sound"] and sound["rows"] == topic_rows and sound["rejects"] == 0

    effect = run("evaluate", "--model", 2, "--against", 1, "--later", "new_purchases").stdout
    assert "model 1" in effect and "model 2" in effect


def test_foreign_readers_see_every_event_once(prepared, run):
    run("load")
    run("publish", "--partitions", 3)
    run("train", "--rank", 8)
    run("stream", "--max-offsets-per-trigger", 300, "--max-batches", 5, "--file-per-batch")
    run("stream", "--available-now")
    table = DeltaTable(str(prepared / "shop/new_purchases"))
    rows = table.to_pyarrow_table()
    assert rows.column_names == COLUMNS
    keys = list(zip(rows["partition"].to_pylist(), rows["offset"].to_pylist()))
    assert len(set(keys)) == len(keys)

    sent = [json.loads(line) for line in run("tail", "--from-beginning", "--available-now").stdout.splitlines()]
    assert sorted((row["user_id"], row["item_id"], row["quantity"]) for row in sent) == sorted(
        zip(rows["user_id"].to_pylist(), rows["item_id"].to_pylist(), rows["quantity"].to_pylist()))
    assert all(0 <= precision <= 1 for precision in rows["precision_at_k"].to_pylist() if precision is not None)
    for item, recs in zip(rows["item_id"].to_pylist(), rows["recs"].to_pylist()):
        assert len(recs) == 5 == len(set(recs)) and item not in recs

    before = len(table.file_uris())
    compacted = lines(run("compact", "--output", "json"))[0]
    assert compacted["files_before"] == before > compacted["files_after"] == 1
    after = DeltaTable(str(prepared / "shop/new_purchases")).to_pyarrow_table()
    order = [("partition", "ascending"), ("offset", "ascending")]
    assert after.sort_by(order).equals(rows.sort_by(order))

    run("snapshot", "plain")
    import pyarrow.parquet
    assert pyarrow.parquet.read_table(prepared / "plain").num_rows == rows.num_rows
    assert "exist" in run("snapshot", "plain", code=65).stderr
    run("verify")


def test_the_original_recipe_is_called_degenerate_and_the_default_keeps_fuel_out(prepared, run):
    run("load")
    assert "Degenerate" in run("train", "--recipe", "original").stdout
    default = run("train").stdout
    assert "Degenerate on all purchases" not in default and "GASOLINE" not in default
    catalogue = (prepared / "shop/prepared/item_features.csv").read_text()
    fuel = [line.split(",")[0] for line in (prepared / "raw/products.csv").read_text().splitlines()
            if "GASOLINE" in line]
    assert fuel and not any(f"\n{item}," in catalogue for item in fuel)


def test_recommendations_name_items_and_label_what_is_only_popular(prepared, run):
    run("load")
    run("train", "--rank", 8)
    user = json.loads(run("tail", "--from-beginning", "--max-messages", 1, code=65).stdout or "null")
    assert user is None
    run("publish")
    user = json.loads(run("tail", "--from-beginning", "--max-messages", 1).stdout)["user_id"]
    known, unknown = lines(run("recommend", "--user", user, "--user", 999_999_999, "--output", "json"))
    assert known["source"] == "model" and unknown["source"] == "popularity"
    assert len(known["items"]) == len(unknown["items"]) == 5
    assert all(item["name"] and item["category"] and item["department"] for item in known["items"])
    text = run("recommend", "--user", 999_999_999).stdout
    assert "is not known to the model; this is what is popular" in text

    bought = {item["item_id"] for item in lines(
        run("recommend", "--user", user, "-k", 150, "--output", "json"))[0]["items"]}
    new = {item["item_id"] for item in lines(
        run("recommend", "--user", user, "-k", 150, "--exclude-purchased", "--output", "json"))[0]["items"]}
    assert new < bought


def test_training_reads_what_it_is_given_and_saves_where_it_is_told(prepared, run):
    trained = lines(run("train", "--input", "raw/purchases.csv", "--no-validation", "--rank", 4, "--output",
                        "mine", "--output", "json"))[0]
    assert trained["model_version"] == ""
    assert (prepared / "mine/userFactors").is_dir() and (prepared / "mine/metadata").is_dir()
    assert not (prepared / "shop/models").exists()
    assert "exist" in run("train", "--input", "raw/purchases.csv", "--no-validation", "--rank", 4,
                          "--output", "mine", code=65).stderr


def test_the_same_seed_gives_the_same_model_for_any_number_of_threads(prepared, run):
    for threads in (1, 2, 8):
        run("train", "--rank", 8, "--no-validation", "--threads", threads, "--output", f"model_{threads}")
    parts = {
        threads: b"".join(path.read_bytes() for path in sorted((prepared / f"model_{threads}").glob("*Factors/part*")))
        for threads in (1, 2, 8)}
    assert parts[1] and parts[1] == parts[2] == parts[8]


def test_dry_runs_change_nothing(prepared, run):
    def everything():
        return {path: path.read_bytes() for path in prepared.rglob("*") if path.is_file()}

    before = everything()
    run("prepare", "--purchases", "raw/purchases.csv", "--products", "raw/products.csv", "--dry-run")
    run("split", "--dry-run")
    run("load", "--dry-run")
    run("publish", "--dry-run")
    run("train", "--rank", 4, "--dry-run")
    run("files", "rm", "-r", "prepared", "--dry-run")
    assert everything() == before


def test_files_go_in_and_out(run, tmp_path):
    (tmp_path / "a.txt").write_text("hello")
    run("files", "put", "a.txt", "raw/a.txt")
    assert "exists; --force replaces it" in run("files", "put", "a.txt", "raw/a.txt", code=65).stderr
    run("files", "put", "--force", "a.txt", "raw/a.txt")
    assert lines(run("files", "ls", "--output", "json"))[0]["path"] == "raw/a.txt"
    run("files", "get", "raw", "copy")
    run("files", "get", "", "all")
    assert (tmp_path / "all/raw/a.txt").read_bytes() == (tmp_path / "a.txt").read_bytes()
    assert (tmp_path / "copy/a.txt").read_text() == "hello"
    assert "-r removes" in run("files", "rm", "raw", code=65).stderr
    run("files", "rm", "-r", "raw")
    assert run("files", "ls", "--output", "json").stdout == ""


def test_standard_input_is_read_where_files_are(prepared, run):
    text = (prepared / "raw/purchases.csv").read_text()
    report = lines(run("prepare", "--purchases", "-", "--products", "raw/products.csv", "--dry-run", "--output",
                       "json", input=text))[0]
    assert report
    published = lines(run("publish", "--topic", "other", "--input", "-", "--output", "json", input=text))[0]
    assert published["published"] == len(text.splitlines()) - 1


def test_doctor_asks_everything(prepared, run):
    run("load")
    answers = lines(run("doctor", "--output", "json"))
    assert [answer["part"] for answer in answers] == ["events", "tables", "files", "models"]
    assert all(answer["well"] for answer in answers)
