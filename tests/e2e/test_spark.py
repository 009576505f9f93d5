"""Spark's eyes on what punnet writes: historical_purchases as plain Parquet, new_purchases as Delta, models as ALSModel."""

import subprocess

import pyarrow.parquet
import pytest
from pyspark.ml.recommendation import ALSModel

NEW_PURCHASES = [
    ("item_id", "int"), ("user_id", "int"), ("quantity", "int"), ("sales_value", "float"), ("offset", "bigint"),
    ("recs", "array<int>"), ("precision_at_k", "double"), ("category", "string"), ("department", "string"),
    ("partition", "int"), ("event_time", "timestamp"), ("model_version", "string"), ("recs_source", "string"),
]


@pytest.fixture(scope="module")
def story(punnet, tmp_path_factory):
    """A shop that went through the whole story once; tests only read it."""
    home = tmp_path_factory.mktemp("spark")

    def run(*arguments):
        done = subprocess.run([punnet, *map(str, arguments)], cwd=home, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, f"{done.args}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    run("generate", "raw", "--users", 200, "--items", 400, "--lines", 20000, "--seed", 7)
    run("prepare", "--purchases", "raw/purchases.csv", "--products", "raw/products.csv")
    run("split")
    run("load")
    run("publish", "--partitions", 2)
    run("train")
    run("stream", "--available-now", "--file-per-batch", "--max-offsets-per-trigger", 1000)
    return home / "shop"


def test_reads_historical_purchases_as_plain_parquet(spark, story):
    rows = spark.read.parquet(str(story / "historical_purchases"))
    assert rows.dtypes[:4] == [("user_id", "int"), ("item_id", "int"), ("quantity", "int"), ("sales_value", "float")]
    prepared = spark.read.parquet(str(story / "prepared" / "purchases"))
    for_topic = spark.read.csv(str(story / "for_topic"))
    assert rows.count() > 0
    assert rows.count() + for_topic.count() == prepared.count()


def test_reads_new_purchases_as_delta(spark, story):
    rows = spark.read.format("delta").load(str(story / "new_purchases"))
    assert rows.dtypes[: len(NEW_PURCHASES)] == NEW_PURCHASES
    published = spark.read.csv(str(story / "for_topic")).count()
    assert rows.count() == published
    assert rows.select("partition", "offset").distinct().count() == published
    assert rows.where("recs is null or size(recs) != 5").count() == 0
    assert rows.where("array_contains(recs, item_id)").count() == 0


def test_reads_an_older_version_of_the_table(spark, story):
    table = str(story / "new_purchases")
    history = spark.sql(f"describe history delta.`{table}`").select("version").collect()
    newest = max(row.version for row in history)
    assert newest > 2
    first = spark.read.format("delta").option("versionAsOf", 1).load(table).count()
    assert 0 < first < spark.read.format("delta").load(table).count()


def test_loads_the_model_and_predicts_what_the_factors_say(spark, story):
    version = next(iter(sorted(p.name for p in (story / "models").iterdir() if p.name.isdigit())))
    directory = story / "models" / version
    model = ALSModel.load(str(directory))

    def factors(side):
        table = pyarrow.parquet.read_table(directory / side, columns=["id", "features"])
        return dict(zip(table["id"].to_pylist(), table["features"].to_pylist()))

    users, items = factors("userFactors"), factors("itemFactors")
    assert model.rank == len(next(iter(users.values())))
    pairs = [(u, i) for u in list(users)[:20] for i in list(items)[:20]]
    columns = [model.getUserCol(), model.getItemCol()]
    predicted = model.transform(spark.createDataFrame(pairs, columns)).collect()
    assert len(predicted) == len(pairs)
    for row in predicted:
        x, y = users[row[columns[0]]], items[row[columns[1]]]
        norms = sum(a * a for a in x) ** 0.5 * sum(b * b for b in y) ** 0.5
        assert row.prediction == pytest.approx(sum(a * b for a, b in zip(x, y)), abs=1e-6 * norms + 1e-12)
    assert model.recommendForUserSubset(spark.createDataFrame([(pairs[0][0],)], columns[:1]), 5).count() == 1


def test_optimizes_and_appends_beside_punnet(spark, punnet, story, tmp_path):
    """Foreign maintenance is legal: Spark compacts a copy of the table, and punnet still verifies it."""
    subprocess.run(["cp", "-r", story, tmp_path / "shop"], check=True)
    table = tmp_path / "shop" / "new_purchases"
    before = spark.read.format("delta").load(str(table)).count()
    spark.sql(f"optimize delta.`{table}`")
    done = subprocess.run([punnet, "verify"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    done = subprocess.run([punnet, "stream", "--available-now"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert spark.read.format("delta").load(str(table)).count() == before
