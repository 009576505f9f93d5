"""Everything that can be wrong with what people give: a clear message with place and remedy, the right exit code,
and nothing half-written left behind."""

import gzip
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import time

import pytest

HEADER = "user_id,item_id,quantity,sales_value\n"
PRODUCTS = "product_id,department,category,name\n1,DAIRY,MILK,MILK 1L\n2,BAKERY,BREAD,RYE BREAD\n"
GOOD = HEADER + "".join(f"{user},{1 + user % 2},2,3.5\n" for user in range(1, 21))


@pytest.fixture
def files_of(tmp_path):
    """Every file below the test's directory with its bytes, temporaries included."""
    def snapshot():
        return {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    return snapshot


@pytest.fixture
def prepare(run, tmp_path, files_of):
    """Runs prepare on these texts; when it is to fail, checks that it left nothing behind."""
    def prepare_texts(purchases=GOOD, products=PRODUCTS, *arguments, code=0):
        for name, content in (("purchases.csv", purchases), ("products.csv", products)):
            if isinstance(content, str):
                content = content.encode()
            (tmp_path / name).write_bytes(content)
        before = files_of()
        done = run("prepare", "--purchases", "purchases.csv", "--products", "products.csv", *arguments, code=code)
        if code != 0:
            assert done.stderr.startswith("punnet: error: ") and done.stderr.count("\n") == 1, done.stderr
            assert files_of() == before
        return done
    return prepare_texts


@pytest.fixture
def shop(run, tmp_path):
    run("generate", "raw", "--users", 60, "--items", 100, "--lines", 3_000)
    run("prepare", "--purchases", "raw/purchases.csv", "--products", "raw/products.csv", "--top-n", 60)
    run("split")
    run("load")
    run("train", "--rank", 4, "--no-validation")
    return tmp_path / "shop"


def produce(run, shop, values):
    """Puts these values into the topic, behind good events that make it."""
    run("publish", "--input", "-", input=GOOD)
    with sqlite3.connect(shop / "events.db") as database:
        topic, partition, next_offset = database.execute(
            "select topic_id, partition, next_offset from partitions").fetchone()
        for n, value in enumerate(values):
            database.execute(
                'insert into events (topic_id, partition, "offset", ts, value) values (?, ?, ?, 0, ?)',
                (topic, partition, next_offset + n, value))
        database.execute("update partitions set next_offset = ?", (next_offset + len(values),))


@pytest.mark.parametrize("purchases, complaint", [
    ("", "purchases.csv"),
    ("user_id,item_id,quantity\n1,1,1\n", "sales_value"),
    (HEADER + "1,1,one,2.0\n", '(quantity): "one"'),
    (HEADER + "1,1,1.5,2.0\n", "quantity"),
    (HEADER + "1,1,1,nan\n1,2,1,inf\n", "sales_value"),
    (HEADER + "1,1,1\n", "Row #1"),
    (HEADER + "9999999999,1,1,2.0\n", "int64"),
    (HEADER + "99999999999999999999,1,1,2.0\n", "user_id"),
    (HEADER + ",1,1,2.0\n", "user_id"),
    (HEADER + "1,1,9999999999,2.0\n", "quantity"),
    (HEADER + "1,1,0,0\n", "none of 1 purchases is left"),
    (GOOD.encode("utf-16"), "UTF-8"),
    (b"PAR1 this is no Parquet PAR1", "purchases.csv"),
    (gzip.compress(GOOD.encode())[:-9], "purchases.csv"),
])
def test_purchases_that_cannot_be_read_are_refused(prepare, purchases, complaint):
    assert complaint in prepare(purchases, code=65).stderr


@pytest.mark.parametrize("purchases, rows", [
    ("\ufeff" + GOOD, 20),
    (GOOD.replace("\n", "\r\n"), 20),
    (GOOD.replace("3.5", '"3.5"'), 20),
    (gzip.compress(GOOD.encode()), 20),
    ("extra,sales_value,quantity,item_id,user_id\n" + "x,3.5,2,1,7\n" * 20, 20),
    (GOOD + "5,1,0,0\n5,1,-1,3.0\n5,1,1,-3.0\n", 20),
])
def test_odd_but_sound_purchases_are_read(prepare, tmp_path, run, purchases, rows):
    prepare(purchases)
    split = json.loads(run("split", "--output", "json").stdout)
    assert split["historical_purchases"] + split["for_topic"] == rows


def test_ids_beyond_int32_are_taken_when_asked_for(prepare):
    wide = GOOD + "9999999999,1,1,2.0\n"
    assert "--id-type" in prepare(wide, code=65).stderr or "id_type" in prepare(wide, code=65).stderr
    prepare(wide, PRODUCTS, "--id-type", "int64")


def test_a_file_that_is_missing_or_a_directory_is_named(run, tmp_path):
    (tmp_path / "products.csv").write_text(PRODUCTS)
    assert "nope.csv" in run(
        "prepare", "--purchases", "nope.csv", "--products", "products.csv", code=65).stderr
    (tmp_path / "empty").mkdir()
    assert "empty" in run("prepare", "--purchases", "empty", "--products", "products.csv", code=65).stderr
    (tmp_path / "shop").write_text("a file where the shop should be")
    (tmp_path / "purchases.csv").write_text(GOOD)
    assert "shop" in run(
        "prepare", "--purchases", "purchases.csv", "--products", "products.csv", code=65).stderr


def test_a_command_too_early_names_the_one_that_comes_before(run, files_of):
    before_all = files_of()
    for arguments, before in (
            (["split"], "prepare"), (["load"], "prepare"), (["publish"], "split"), (["train"], "split"),
            (["recommend", "--user", 1], "train"), (["tail"], "publish"), (["stream"], "publish"),
            (["retrain"], "split")):
        assert f"punnet {before}" in run(*arguments, code=65).stderr
    assert files_of() == before_all, "a command that could do nothing left something behind"


def test_a_directory_that_cannot_be_written_is_told(punnet, tmp_path):
    command = [punnet]
    if os.geteuid() == 0:  # root, but without the right to write everywhere
        assert shutil.which("setpriv"), "setpriv is needed to try this as root"
        command = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all", punnet]
    directory = tmp_path / "readonly"
    directory.mkdir(mode=0o555)
    done = subprocess.run([*command, "files", "put", "/etc/hostname", "a.txt", "--files", f"file:{directory}/shop"],
                          cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode in (65, 69), done.stderr
    assert "shop" in done.stderr and "ermission" in done.stderr


def test_a_full_disk_leaves_nothing_half_written(punnet, run, tmp_path, files_of):
    run("generate", "raw", "--users", 60, "--items", 100, "--lines", 20_000)
    before = files_of()
    done = subprocess.run(
        ["bash", "-c", 'ulimit -f 4; trap "" XFSZ; exec "$0" "$@"', punnet, "prepare", "--purchases",
         "raw/purchases.csv", "--products", "raw/products.csv"],
        cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 75, (done.returncode, done.stderr)
    assert done.stderr.startswith("punnet: error: ")
    assert files_of() == before


@pytest.mark.parametrize("name", ["events.db", "tables.db"])
def test_a_database_of_another_program_is_left_alone(run, tmp_path, name):
    shop = tmp_path / "shop"
    shop.mkdir()
    with sqlite3.connect(shop / name) as database:
        database.execute("create table songs (title text)")
    before = (shop / name).read_bytes()
    arguments = ["tail"] if name == "events.db" else ["recommend", "--user", 1]
    if name == "tables.db":
        run("generate", "raw", "--users", 60, "--items", 100, "--lines", 3_000)
        run("train", "--input", "raw/purchases.csv", "--rank", 2, "--no-validation", "--gate", "report")
    done = run(*arguments, code=65)
    assert name in done.stderr and "uri" in done.stderr
    assert (shop / name).read_bytes() == before
    (shop / name).write_text("not a database at all, whatever its name says" * 100)
    assert name in run(*arguments, code=65).stderr


def test_a_locked_database_is_waited_for_and_then_told(run, shop):
    with sqlite3.connect(shop / "tables.db", isolation_level=None) as database:
        database.execute("begin exclusive")
        done = run("load", "--conf", "tables.timeout=500ms", code=75)
        assert "tables.db" in done.stderr
        database.execute("rollback")
    run("load")


def test_a_damaged_model_is_refused_with_the_place(run, shop):
    part = next((shop / "models/1/userFactors").glob("*.parquet"))
    sound = part.read_bytes()
    part.write_bytes(sound[:100] + b"\x00\x01\x02\x03" + sound[104:])
    assert "models/1" in run("recommend", "--user", 1, code=65).stderr
    part.write_bytes(sound[:-20])
    assert "models/1" in run("recommend", "--user", 1, code=65).stderr
    part.unlink()
    assert "models/1" in run("recommend", "--user", 1, code=65).stderr
    part.write_bytes(sound)
    run("recommend", "--user", 1)
    assert "9" in run("model", "promote", "9", code=65).stderr


def test_a_delta_table_with_unknown_features_is_refused(run, shop):
    run("publish")
    run("stream", "--max-batches", 1)
    log = shop / "new_purchases/_delta_log"
    version = len(list(log.glob("*.json")))
    (log / f"{version:020}.json").write_text(
        '{"protocol":{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["deletionVectors"],'
        '"writerFeatures":["deletionVectors"]}}\n')
    for command in (["stream", "--available-now"], ["compact"], ["retrain"], ["snapshot", "plain"]):
        assert "deletionVectors" in run(*command, code=65).stderr


def test_events_that_do_not_parse_are_kept_aside_and_counted(run, shop):
    bad = ["{", "[]", '{"user_id":1}', '{"user_id":1,"item_id":2,"quantity":"3","sales_value":1.0}',
           '{"user_id":99999999999,"item_id":2,"quantity":3,"sales_value":1.0}',
           '{"user_id":1,"user_id":1,"item_id":2,"quantity":3,"sales_value":1.0}',
           '{"user_id":1,"item_id":2,"quantity":3,"sales_value":1e999}', b"\xff\xfe", "x" * 100_000]
    odd = ['{"user_id":1,"item_id":2,"quantity":3,"sales_value":1.0,"colour":"red"}']
    produce(run, shop, bad + odd)
    batches = [json.loads(line) for line in run("stream", "--available-now", "--output", "json").stdout.splitlines()]
    assert sum(batch["numInputRows"] for batch in batches) == 20 + len(bad) + len(odd)
    assert sum(batch["observedMetrics"]["stream"]["unknown_fields"] for batch in batches) == 1
    sound = json.loads(run("verify", "--output", "json").stdout)
    assert sound["rejects"] == len(bad) and sound["rows"] == 20 + len(odd)
    from deltalake import DeltaTable
    rejects = DeltaTable(str(shop / "rejected_events")).to_pyarrow_table().sort_by("offset")
    assert all(reason for reason in rejects["reason"].to_pylist())
    run("stream", "--available-now")
    assert json.loads(run("verify", "--output", "json").stdout) == sound


def test_a_topic_that_was_made_anew_stops_the_stream_with_the_remedy(run, shop):
    run("publish")
    run("stream", "--available-now")
    for name in shop.glob("events.db*"):
        name.unlink()
    run("publish", "--run-id", "again")
    done = run("stream", "--available-now", code=65)
    assert "topic" in done.stderr


def test_verify_names_what_is_damaged(run, shop):
    run("publish")
    run("stream", "--available-now", "--max-offsets-per-trigger", 500, "--file-per-batch")
    run("verify")
    part = sorted((shop / "new_purchases").glob("*.parquet"))[1]
    sound = part.read_bytes()
    part.write_bytes(sound[:50] + bytes([sound[50] ^ 1]) + sound[51:])
    assert part.name in run("verify", code=65).stderr
    part.unlink()
    assert part.name in run("verify", code=65).stderr
    part.write_bytes(sound)
    run("verify")


@pytest.mark.parametrize("arguments", [
    ["prepare", "--purchases", "raw/purchases.csv", "--products", "raw/products.csv"],
    ["split"], ["load"], ["train", "--max-iter", 5000], ["retrain", "--max-iter", 5000], ["tail"],
    ["publish", "--run-id", "slow", "--rate", "20/s"], ["stream", "--run-forever"], ["evaluate"], ["verify"],
    ["generate", "more", "--lines", 3_000_000], ["prepare", "--purchases", "-", "--products", "raw/products.csv"],
])
def test_a_signal_ends_every_command(punnet, run, shop, tmp_path, arguments):
    run("publish")
    run("stream", "--available-now")
    arguments = [a for a in arguments if a != "--run-forever"]
    process = subprocess.Popen([punnet, *map(str, arguments)], cwd=tmp_path, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(0.15)
    process.send_signal(signal.SIGINT)
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    finally:
        _, err = process.communicate()
    # Some are done before the signal comes; what was cut short says so.
    assert process.returncode in (0, 130), err
    if process.returncode == 130:
        assert "punnet: error: " in err
    hidden = [path for path in tmp_path.rglob(".*") if path.is_file()]
    assert not hidden
    run("verify")
