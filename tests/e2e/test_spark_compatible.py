"""train and split --spark-compatible beside real Spark: the same bits and the same rows, and clear words for what Spark refuses."""

import csv
import json
import random
import struct

import pyarrow
import pyarrow.parquet
import pytest
from pyspark.ml.recommendation import ALS, ALSModel

DDL = "user_id int, item_id int, rating float, row_id int"
COLUMNS = ["user_id", "item_id", "rating", "row_id"]

GOLDEN = {
    "explicit": ["--rank", 5, "--max-iter", 6, "--reg-param", 0.08, "--seed", 1234],
    "implicit": ["--rank", 5, "--max-iter", 6, "--reg-param", 0.08, "--seed", 1234, "--implicit-prefs", "--alpha", 10],
    "nonnegative": ["--rank", 5, "--max-iter", 6, "--reg-param", 0.08, "--seed", 1234, "--nonnegative"],
    "rank10_defaults": ["--seed", 3],
    "blocks_3x4": ["--rank", 6, "--max-iter", 4, "--reg-param", 0.2, "--seed", -5, "--num-user-blocks", 3,
                   "--num-item-blocks", 4],
}


@pytest.fixture(scope="module")
def golden(repository):
    return repository / "tests" / "data" / "spark-golden"


@pytest.fixture(scope="module")
def blas(spark):
    """What this Spark computes with, as --blas has it."""
    name = spark._jvm.dev.ludovic.netlib.blas.BLAS.getInstance().getClass().getSimpleName()
    return {"JNIBLAS": "native", "ForeignLinkerBLAS": "native", "Java11BLAS": "java"}[name]


def factors(directory):
    table = pyarrow.parquet.read_table(directory, columns=["id", "features"])
    return dict(zip(table["id"].to_pylist(), table["features"].to_pylist()))


def bits(row):
    return struct.pack(f"{len(row)}f", *row)


def norm(row):
    return sum(x * x for x in row) ** 0.5


def expect_same_bits(ours, theirs, share=0.99):
    """At least this share of the rows bit for bit, all within one ulp of the row's largest element."""
    assert ours.keys() == theirs.keys()
    same = sum(bits(ours[key]) == bits(theirs[key]) for key in ours)
    assert same >= share * len(ours), f"{same} of {len(ours)}"
    for key, expected in theirs.items():
        largest = max(abs(x) for x in expected)
        word = struct.unpack("i", struct.pack("f", largest))[0]
        ulp = struct.unpack("f", struct.pack("i", word + 1))[0] - largest
        assert all(abs(x - y) <= ulp for x, y in zip(ours[key], expected)), key


def expect_close(ours, theirs, tolerance):
    assert ours.keys() == theirs.keys()
    for key, expected in theirs.items():
        assert all(abs(x - y) <= tolerance * norm(expected) for x, y in zip(ours[key], expected)), key


def golden_factors(path):
    with open(path, encoding="utf-8") as file:
        rows = [line.split(",") for line in file]
    return {int(row[0]): [struct.unpack("f", struct.pack("f", float(x)))[0] for x in row[1:]] for row in rows}


@pytest.mark.parametrize("name", GOLDEN)
def test_trains_the_golden_factors(run, golden, tmp_path, name):
    run("train", "--spark-compatible", "--input", golden / "ratings.csv", "--schema", DDL, "--user-column", "user_id",
        "--item-column", "item_id", "--rating-column", "rating", *GOLDEN[name], "--no-validation", "--output", "model")
    for side, file in (("userFactors", "user_factors.csv"), ("itemFactors", "item_factors.csv")):
        ours, theirs = factors(tmp_path / "model" / side), golden_factors(golden / name / file)
        if name == "nonnegative":
            expect_close(ours, theirs, 1e-5)
            assert min(min(row) for row in ours.values()) >= 0
        else:
            expect_same_bits(ours, theirs)


@pytest.mark.parametrize("writer", ["explicit", "explicit_spark4"])
def test_trains_the_factors_that_either_release_saved(run, golden, tmp_path, writer):
    run("train", "--spark-compatible", "--input", golden / "ratings.csv", "--schema", DDL, *GOLDEN["explicit"],
        "--no-validation", "--output", "model")
    for side in ("userFactors", "itemFactors"):
        expect_same_bits(factors(tmp_path / "model" / side), factors(golden / writer / "model" / side))


def write_csv(path, rows, header=True):
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows(([COLUMNS] if header else []) + rows)


def awkward_rows(count, seed):
    """Ratings with ties, pairs that repeat with the same and with other values, zeros, negative ones, wild ids."""
    draw = random.Random(seed)
    users = [0, -1, 2147483647, -2147483648] + [draw.randrange(-10**6, 10**6) for _ in range(25)]
    items = [0, -7, 2147483647] + [draw.randrange(10**9) for _ in range(17)]
    rows = [[draw.choice(users), draw.choice(items), draw.randrange(-4, 21) / 4, n] for n in range(count)]
    rows += [row[:] for row in draw.sample(rows, count // 10)]
    draw.shuffle(rows)
    return rows


@pytest.mark.parametrize("parameters", [
    {"rank": 4, "maxIter": 5, "regParam": 0.1, "seed": 7},
    {"rank": 3, "maxIter": 3, "regParam": 0.05, "seed": -(2**63), "implicitPrefs": True, "alpha": 2.5},
    {"rank": 7, "maxIter": 2, "regParam": 0.3, "seed": 2**63 - 1, "numUserBlocks": 1, "numItemBlocks": 7},
    {"rank": 4, "maxIter": 4, "regParam": 0.1, "seed": 11, "nonnegative": True},
    {"rank": 4, "maxIter": 4, "regParam": 0.1, "seed": 12, "nonnegative": True, "implicitPrefs": True},
], ids=["explicit", "implicit", "blocks", "nonnegative", "nonnegative_implicit"])
def test_trains_what_spark_trains_at_this_moment(run, spark, blas, tmp_path, parameters):
    write_csv(tmp_path / "ratings.csv", awkward_rows(400, parameters["seed"]))
    data = spark.read.option("header", True).schema(DDL).csv(str(tmp_path / "ratings.csv")).coalesce(1)
    theirs = ALS(userCol="user_id", itemCol="item_id", ratingCol="rating", **parameters).fit(data)
    names = {"rank": "--rank", "maxIter": "--max-iter", "regParam": "--reg-param", "seed": "--seed", "alpha": "--alpha",
             "numUserBlocks": "--num-user-blocks", "numItemBlocks": "--num-item-blocks"}
    given = [text for key, value in parameters.items() if key in names for text in (names[key], value)]
    given += [flag for key, flag in (("implicitPrefs", "--implicit-prefs"), ("nonnegative", "--nonnegative"))
              if parameters.get(key)]
    run("train", "--spark-compatible", "--input", "ratings.csv", "--schema", DDL, *given, "--blas", blas, "--no-validation",
        "--output", "model")
    for side, frame in (("userFactors", theirs.userFactors), ("itemFactors", theirs.itemFactors)):
        ours, expected = factors(tmp_path / "model" / side), {row.id: row.features for row in frame.collect()}
        if parameters.get("nonnegative"):
            expect_close(ours, expected, 1e-5)
        else:
            expect_same_bits(ours, expected)


def test_saves_a_model_that_spark_loads_with_its_columns(run, spark, blas, tmp_path):
    rows = awkward_rows(200, 3)
    table = pyarrow.table({"who": pyarrow.array([row[0] for row in rows], pyarrow.int64()),
                           "what": pyarrow.array([float(row[1]) for row in rows]),
                           "stars": pyarrow.array([row[2] for row in rows]),
                           "many": pyarrow.array([[1]] * len(rows))})
    pyarrow.parquet.write_table(table, tmp_path / "ratings.parquet")
    run("train", "--spark-compatible", "--input", "ratings.parquet", "--user-column", "who", "--item-column", "what",
        "--rating-column", "stars", "--rank", 3, "--seed", 5, "--blas", blas, "--no-validation", "--output",
        "model")
    data = spark.read.parquet(str(tmp_path / "ratings.parquet"))
    als = ALS(userCol="who", itemCol="what", ratingCol="stars", rank=3, seed=5)
    theirs, ours = als.fit(data), ALSModel.load(str(tmp_path / "model"))
    expect_same_bits({row.id: row.features for row in ours.userFactors.collect()},
                     {row.id: row.features for row in theirs.userFactors.collect()})
    assert (ours.getUserCol(), ours.getItemCol(), ours.rank) == ("who", "what", 3)
    assert ours.getColdStartStrategy() == "nan"
    predicted = {(row.who, row.what): row.prediction for row in ours.transform(data).collect()}
    for row in theirs.transform(data).collect():
        assert predicted[(row.who, row.what)] == pytest.approx(row.prediction, rel=1e-5, abs=1e-5)


def test_rates_one_without_a_column(run, spark, blas, tmp_path):
    write_csv(tmp_path / "ratings.csv", awkward_rows(200, 4))
    data = spark.read.option("header", True).schema(DDL).csv(str(tmp_path / "ratings.csv")).selectExpr(
        "user_id", "item_id", "cast(1 as float) as one")
    theirs = ALS(userCol="user_id", itemCol="item_id", ratingCol="one", rank=2, seed=1, implicitPrefs=True).fit(data)
    run("train", "--spark-compatible", "--input", "ratings.csv", "--schema", DDL, "--rating-column", "", "--rank", 2,
        "--seed", 1, "--blas", blas, "--implicit-prefs", "--no-validation", "--output", "model")
    expect_same_bits(factors(tmp_path / "model" / "userFactors"),
                     {row.id: row.features for row in theirs.userFactors.collect()})


def test_validates_on_what_random_split_holds_back(run, spark, blas, tmp_path):
    rows = awkward_rows(600, 5)
    (tmp_path / "ratings").mkdir()
    frames = []
    for n in range(3):
        write_csv(tmp_path / "ratings" / f"{n}.csv", rows[n::3])
        frames.append(spark.createDataFrame(rows[n::3], DDL).coalesce(1))
    data = frames[0].union(frames[1]).union(frames[2])
    assert data.rdd.getNumPartitions() == 3
    train, held_back = data.randomSplit([0.8, 0.2], seed=9)
    als = ALS(userCol="user_id", itemCol="item_id", ratingCol="rating", rank=4, seed=9, coldStartStrategy="drop")
    theirs = als.fit(train)
    done = run("train", "--spark-compatible", "--input", "ratings", "--schema", DDL, "--rank", 4, "--seed", 9,
               "--blas", blas, "--output", "model", "--output", "json")
    expect_same_bits(factors(tmp_path / "model" / "userFactors"),
                     {row.id: row.features for row in theirs.userFactors.collect()})
    told = json.loads(done.stdout)["provenance"]
    predictions = [(row.prediction, row.rating) for row in theirs.transform(held_back).collect()]
    rmse = (sum((p - r) ** 2 for p, r in predictions) / len(predictions)) ** 0.5
    assert told["metrics"]["predicted"] == len(predictions)
    assert told["metrics"]["rmse"] == pytest.approx(rmse, rel=1e-5)
    assert told["counts"]["held_back"] == held_back.count()
    assert told["counts"]["ratings"] == train.count()


def test_threads_change_nothing(run, golden, tmp_path):
    for threads in (1, 4):
        run("train", "--spark-compatible", "--input", golden / "ratings.csv", "--schema", DDL, "--seed", 3, "--threads",
            threads, "--output", f"model{threads}")
    for side in ("userFactors", "itemFactors"):
        assert factors(tmp_path / "model1" / side) == factors(tmp_path / "model4" / side)


def side_rows(directory):
    rows = []
    for part in sorted(directory.glob("part-*.csv")):
        with open(part, newline="", encoding="utf-8") as file:
            rows += [row for row in csv.reader(file) if row != COLUMNS]
    return rows


@pytest.mark.parametrize("name, options", [("split_80_20", ["--fraction", 0.8, "--seed", 5]), ("split_50_50", ["--seed", 6])])
def test_splits_the_golden_rows(run, golden, tmp_path, name, options):
    run("split", "--spark-compatible", "--input", golden / "ratings.csv", "--schema", DDL, *options, "--output", "sides")
    for side in (0, 1):
        expected = (golden / name / f"side{side}.txt").read_text().split()
        assert [row[3] for row in side_rows(tmp_path / "sides" / f"side{side}")] == expected


def test_splits_three_partitions_three_ways(run, golden, tmp_path):
    header, *lines = (golden / "ratings.csv").read_text().splitlines(keepends=True)
    for n in range(3):
        (tmp_path / f"p{n}.csv").write_text(header + "".join(lines[500 * n:500 * (n + 1)]))
    done = run("split", "--spark-compatible", "--input", "p0.csv", "--input", "p1.csv", "--input", "p2.csv", "--schema", DDL,
               "--weights", "0.6,0.3,0.1", "--seed", 8, "--output", "sides", "--output", "json")
    sizes = []
    for side in range(3):
        expected = (golden / "split_3parts" / f"side{side}.txt").read_text().split()
        assert [row[3] for row in side_rows(tmp_path / "sides" / f"side{side}")] == expected
        sizes.append(len(expected))
    assert [side["rows"] for side in json.loads(done.stdout)["sides"]] == sizes


TYPED = "b boolean, y tinyint, s smallint, i int, l bigint, f float, d double, t string, day date, at timestamp"


def typed_rows(count, seed):
    """Rows of all types, with many ties in the first columns and nulls everywhere."""
    draw = random.Random(seed)

    def maybe(text):
        return "" if draw.random() < 0.15 else text

    return [[maybe(draw.choice(["true", "false"])), maybe(str(draw.choice([-128, 0, 1]))), maybe(str(draw.choice([-5, 300]))),
             maybe(str(draw.choice([-2147483648, 7]))), maybe(str(draw.choice([2**40, -1]))),
             maybe(draw.choice(["NaN", "-Inf", "Inf", "1.5", "-0.0", "0.0", "0.1"])),
             maybe(draw.choice(["NaN", "-1e300", "1e-300", "2"])), maybe(draw.choice(["a", "B", "\u00e9", "\U0001f600", "\uffff", "aa"])),
             maybe(draw.choice(["1969-12-31", "2020-02-29"])),
             maybe(draw.choice(["1969-12-31 23:59:59.999999", "2020-01-01 00:00:00"]))] for _ in range(count)]


@pytest.mark.parametrize("file_format", ["csv", "parquet"])
def test_splits_tables_of_all_types_as_spark_does(run, spark, tmp_path, file_format):
    rows = typed_rows(400, 1)
    numbered = [row + [n] for n, row in enumerate(rows)]
    ddl = TYPED + ", n int"
    with open(tmp_path / "table.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(numbered)
    data = spark.read.schema(ddl).csv(str(tmp_path / "table.csv")).coalesce(1)
    name = "table.csv"
    options = ["--schema", ddl]
    if file_format == "parquet":
        data.write.parquet(str(tmp_path / "table"))
        name, options = "table", []
    run("split", "--spark-compatible", "--input", name, *options, "--weights", "3,1,2", "--seed", -12, "--output", "sides")
    for side, expected in enumerate(data.randomSplit([3.0, 1.0, 2.0], seed=-12)):
        read = spark.read.schema(ddl)
        directory = str(tmp_path / "sides" / f"side{side}")
        ours = read.csv(directory) if file_format == "csv" else spark.read.parquet(directory)
        assert ours.columns == expected.columns
        assert ours.dtypes == expected.dtypes
        assert [repr(row) for row in ours.collect()] == [repr(row) for row in expected.collect()]


def expect_error(done, *parts):
    assert done.stderr.startswith("punnet: error: ") and done.stderr.count("\n") == 1, done.stderr
    for part in parts:
        assert part in done.stderr, done.stderr


@pytest.fixture
def train_text(run, tmp_path):
    """Trains on this text as CSV and checks that a failure leaves no model."""
    def train(text, ddl="user_id int, item_id int, rating float", *options, code=65):
        (tmp_path / "ratings.csv").write_text(text)
        done = run("train", "--spark-compatible", "--input", "ratings.csv", "--schema", ddl, "--no-validation", *options,
                   "--output", "model", code=code)
        assert code == 0 or not (tmp_path / "model").exists()
        return done

    return train


@pytest.mark.parametrize("text, ddl, parts", [
    ("1,2,3\n", "user_id int, item_id foo, rating float", ["--schema", 'column "item_id"', '"foo"', "bigint"]),
    ("1,2,3\n", "user_id int, item_id", ["--schema", "expected the type"]),
    ("1,2,3\n", "user_id int, item int, rating float", ['no column "item_id"', "user_id, ", "--item-column"]),
    ("1,2,3\n", "user_id int, item_id int, stars float", ['no column "rating"', "--rating-column"]),
    ("1,2,3\n", "u int, item_id int, rating float", ['no column "user_id"', "--user-column"]),
    ("1,2,x\n", "user_id int, item_id int, rating string", ["--rating-column", "numeric", "string"]),
    ("true,2,1\n", "user_id boolean, item_id int, rating float", ["--user-column", "numeric", "boolean"]),
    ("1,2,3\n1,x,3\n", "user_id int, item_id int, rating float", ["row 2, column 2 (item_id)", '"x"', "int"]),
    ("1,2,3\n,2,3\n", "user_id int, item_id int, rating float", ["row 2", '"user_id" (--user-column)', "no value"]),
    ("1,2,3\n1,,3\n", "user_id int, item_id int, rating float", ["row 2", '"item_id" (--item-column)', "no value"]),
    ("1,2,\n", "user_id int, item_id int, rating float", ["row 1", '"rating" (--rating-column)', "no value"]),
    ("2147483648,2,1\n", "user_id bigint, item_id int, rating float", ["2147483648", "32 bits", "--user-column"]),
    ("1,-2147483649,1\n", "user_id int, item_id bigint, rating float", ["-2147483649", "32 bits", "--item-column"]),
    ("1,2.5,1\n", "user_id int, item_id double, rating float", ["2.5", "--item-column"]),
    ("1,2,NaN\n", "user_id int, item_id int, rating float", ["nan", "--rating-column"]),
    ("1,2,Infinity\n", "user_id int, item_id int, rating double", ["inf", "--rating-column"]),
    ("1,2\n", "user_id int, item_id int, rating float", ["columns"]),
    ("item_id,user_id,rating\n1,2,3\n", "user_id int, item_id int, rating float", ["item_id, user_id, rating", "--schema"]),
    ("user_id,item_id,rating\n", "user_id int, item_id int, rating float", ["no ratings"]),
])
def test_says_what_is_wrong_with_ratings(train_text, text, ddl, parts):
    expect_error(train_text(text, ddl), *parts)


def test_asks_for_what_is_missing(run, tmp_path):
    (tmp_path / "r.csv").write_text("1,2,3\n")
    spark_train = ("train", "--spark-compatible", "--output", "model")
    expect_error(run(*spark_train, code=64), "--input")
    expect_error(run(*spark_train, "--input", "r.csv", code=65), "--schema")
    expect_error(run(*spark_train, "--input", "gone.csv", "--schema", DDL, code=65), "gone.csv")
    expect_error(run(*spark_train, "--input", "r.csv", "--num-user-blocks", 0, code=64), "--num-user-blocks")
    expect_error(run(*spark_train, "--input", "r.csv", "--recipe", "original", code=65), "--recipe")
    for option in ("--schema", "--rating-column", "--num-user-blocks", "--num-item-blocks"):
        expect_error(run("train", option, 3, code=64), option, "--spark-compatible")
    expect_error(run("train", "--blas", "java", code=64), "--blas", "--spark-compatible")
    spark_split = ("split", "--spark-compatible", "--schema", "a int, b int, c int")
    expect_error(run(*spark_split, "--output", "sides", code=64), "--input")
    expect_error(run(*spark_split, "--input", "r.csv", code=65), "--output")
    expect_error(run(*spark_split, "--input", "r.csv", "--output", "sides", "--weights", "1,x", code=65), "--weights", "1,x")
    expect_error(run(*spark_split, "--input", "r.csv", "--output", "sides", "--weights", "1,-1", code=65), "--weights")
    for option in ("--input", "--schema", "--weights"):
        expect_error(run("split", option, "x", code=64), option, "--spark-compatible")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["r.csv"]


def test_refuses_tables_of_different_columns_and_places_that_are_taken(run, tmp_path):
    pyarrow.parquet.write_table(pyarrow.table({"a": [1]}), tmp_path / "a.parquet")
    pyarrow.parquet.write_table(pyarrow.table({"b": [1]}), tmp_path / "b.parquet")
    split = ("split", "--spark-compatible", "--input", "a.parquet", "--output", "sides")
    expect_error(run(*split, "--input", "b.parquet", code=65), "b.parquet", "b bigint", "a bigint", "--schema")
    run(*split, "--dry-run")
    assert not (tmp_path / "sides").exists()
    run(*split)
    expect_error(run(*split, code=65), "sides", "already holds")
