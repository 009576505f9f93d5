"""What can be done with models: look at them, compare, convert, ask, judge, serve another and go back."""

import csv
import json
import math
import shutil

import pytest

GOLDEN = "tests/data/spark-golden"


@pytest.fixture(scope="module")
def trained(punnet, tmp_path_factory):
    """A shop with a good model 1, which is served; tests work on copies."""
    import subprocess

    home = tmp_path_factory.mktemp("models")

    def go(*arguments):
        done = subprocess.run([punnet, *map(str, arguments)], cwd=home, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, f"{done.args}\n{done.stdout}\n{done.stderr}"

    go("generate", "raw", "--users", 300, "--items", 500, "--lines", 30000, "--seed", 7)
    go("prepare", "--purchases", "raw/purchases.csv", "--products", "raw/products.csv", "--time-column", "ts",
       "--basket-column", "basket_id")
    go("split", "--by", "time")
    go("load")
    go("publish")
    go("train", "--rank", 16)
    return home / "shop"


@pytest.fixture
def shop_of(trained, tmp_path):
    shutil.copytree(trained, tmp_path / "shop")
    return tmp_path / "shop"


def answer(done):
    return json.loads(done.stdout)


def predictions(text):
    rows = list(csv.reader(text.splitlines()))
    assert rows[0] == ["user_id", "item_id", "prediction"]
    return {(row[0], row[1]): float(row[2]) for row in rows[1:]}


@pytest.mark.parametrize("case", ["explicit", "explicit_spark4"])
def test_predicts_what_spark_predicted(run, repository, case):
    golden = repository / GOLDEN / case
    expected = predictions((golden / "predictions.csv").read_text())
    ask = ("model", "predict", "--model", golden / "model", "--input", golden / "predictions.csv")
    found = predictions(run(*ask).stdout)
    assert found.keys() == expected.keys()
    for pair, score in expected.items():
        assert math.isnan(found[pair]) == math.isnan(score)
        if not math.isnan(score):
            assert found[pair] == pytest.approx(score, rel=1e-5, abs=1e-4)
    known = predictions(run(*ask, "--cold-start", "drop").stdout)
    assert known.keys() == {pair for pair, score in expected.items() if not math.isnan(score)}


def test_writes_predictions_to_files_of_both_kinds(run, repository, tmp_path):
    import pyarrow.parquet

    golden = repository / GOLDEN / "explicit"
    ask = ("model", "predict", "--model", golden / "model", "--input", golden / "predictions.csv")
    assert "60 pairs" in run(*ask, "--output", "p.csv").stdout
    run(*ask, "--output", "p.parquet")
    table = pyarrow.parquet.read_table(tmp_path / "p.parquet")
    assert [str(field.type) for field in table.schema] == ["int32", "int32", "float"]
    assert table.num_rows == len((tmp_path / "p.csv").read_text().splitlines()) - 1 == 600
    assert "already" in run(*ask, "--output", "p.csv", code=65).stderr
    again = run("model", "predict", "--model", golden / "model", "--input", "p.parquet").stdout
    assert again == (tmp_path / "p.csv").read_text()


def test_inspects_models_of_the_shop_and_of_spark(run, repository, shop_of):
    ours = answer(run("model", "inspect", "--output", "json"))
    assert ours["served"] and ours["model_version"] == "1" and ours["rank"] == 16
    assert ours["provenance"]["parameters"]["rank"] == 16
    assert ours["provenance"]["gate"]["passed"]
    assert ours["lists"]["users"] == ours["users"]["rows"]
    assert all(len(entry["sha256"]) == 64 for entry in ours["files"]) and len(ours["manifest_sha256"]) == 64
    theirs = answer(run("model", "inspect", repository / GOLDEN / "explicit_spark4/model", "--output", "json"))
    assert theirs["spark"]["version"] == "4.3.0" and theirs["rank"] == 5
    assert theirs["manifest_sha256"] == "" and not theirs["served"]
    read = run("model", "inspect", 1).stdout
    assert "Recipe default, learned from" in read and "All files are what the manifest says" in read
    assert "{" not in read
    assert "not recorded" in run("model", "inspect", repository / GOLDEN / "explicit_spark4/model").stdout


def test_converts_there_and_back(run, shop_of, tmp_path):
    run("model", "convert", 1, "--to", "spark", "--user-column", "u", "--output", "bare")
    assert sorted(path.name for path in (tmp_path / "bare").iterdir()) == ["itemFactors", "metadata", "userFactors"]
    assert answer(run("model", "inspect", "bare", "--output", "json"))["spark"]["user_column"] == "u"
    run("model", "convert", "bare", "--to", "punnet", "--id-type", "int64", "--output", "own")
    assert (tmp_path / "own" / "_ids" / "users").is_dir()
    diff = answer(run("model", "diff", 1, "own", "--output", "json"))
    assert diff["users"]["only_first"] == diff["items"]["only_second"] == []
    assert diff["user_distance"] < 1e-6 and diff["item_distance"] < 1e-6
    assert "not empty" in run("model", "convert", 1, "--output", "own", code=65).stderr


def test_takes_a_model_of_spark_into_the_shop(run, repository, shop_of):
    told = answer(run("model", "convert", repository / GOLDEN / "explicit/model", "--publish", "--output", "json"))
    assert told["model_version"] == "2" and told["provenance"]["recipe"] == "imported"
    assert told["provenance"]["gate"]["mode"] == "report"
    inspected = answer(run("model", "inspect", "--output", "json"))
    assert inspected["served"] and inspected["rank"] == 5 and inspected["popular_items"] > 0
    first = run("stream", "--max-offsets-per-trigger", 100, "--max-batches", 1).stdout.splitlines()[0]
    assert first.startswith("Model 2, recipe imported; gate: ")


def test_goes_back_to_what_was_served_before(run, shop_of):
    run("train", "--rank", 20, "--gate", "report")
    run("train", "--rank", 24, "--gate", "report")
    assert answer(run("model", "rollback", "--output", "json")) == {"version": "2", "from": "3", "rolled_back": True}
    assert "could be" in run("model", "rollback", "--dry-run").stdout
    part = next((shop_of / "models" / "1" / "userFactors").glob("*.parquet"))
    whole = part.read_bytes()
    part.write_bytes(whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:])
    assert "userFactors" in run("model", "rollback", code=65).stderr
    assert answer(run("model", "inspect", "--output", "json"))["model_version"] == "2"
    part.write_bytes(whole)
    assert "Model 1 is served again instead of 2" in run("model", "rollback").stdout
    assert "no version was served before" in run("model", "rollback", code=65).stderr


def test_keeps_an_unfit_model_out_unless_told_to_report(run, shop_of):
    refused = run("train", "--recipe", "original", "--gate", "refuse", code=65)
    assert "degenerate" in refused.stderr and "--gate report" in refused.stderr
    assert "Nothing was published" in refused.stdout
    assert sorted(path.name for path in (shop_of / "models").iterdir()) == ["1", "current"]
    run("stream", "--max-offsets-per-trigger", 500, "--max-batches", 1, "--show-rows", 0)
    told = run("train", "--recipe", "original")
    assert "Gate: failed, which is only reported" in told.stdout
    assert "failed: " in run("model", "list").stdout
    first = run("stream", "--max-offsets-per-trigger", 500, "--max-batches", 1).stdout.splitlines()[0]
    assert first.startswith("Model 2, recipe original; gate: failed: ") and "variety" in first


def test_refuses_what_is_much_worse_than_the_served_model(run, shop_of):
    refused = run("train", "--rank", 16, "--alpha", 1e-7, "--reg-param", 1e6, code=65)
    assert "the gate keeps this model from being published" in refused.stderr
    assert answer(run("model", "inspect", "--output", "json"))["model_version"] == "1"
    again = answer(run("train", "--rank", 16, "--output", "json"))
    served = next(x for x in again["provenance"]["gate"]["findings"] if x["check"] == "served")
    assert served["outcome"] == "passed" and again["model_version"] == "2"
