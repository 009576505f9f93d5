"""The tables on a real Cassandra, looked at with the Python driver."""

import collections
import json
import random
import signal
import sqlite3
import struct
import subprocess
import time
import uuid

import pytest
from deltalake import DeltaTable

import cassandra_cluster
from tcp_proxy import TcpProxy, through_every_trouble

LINES = 12_000
NO_TIME = -(1 << 63)


@pytest.fixture(scope="module")
def cassandra(tmp_path_factory):
    if not cassandra_cluster.can_run():
        pytest.skip("no Java, or no Maven to fetch Cassandra with; run tools/setup --tests")
    cluster = cassandra_cluster.CassandraCluster(tmp_path_factory.mktemp("cluster"))
    yield cluster
    cluster.close()


@pytest.fixture(scope="module")
def driver(cassandra):
    return cassandra.session()


@pytest.fixture(scope="module")
def made_shop(punnet, tmp_path_factory):
    """A shop with a model, a topic, and tables in SQLite to compare with."""
    directory = tmp_path_factory.mktemp("made")
    for arguments in (
            ["generate", "raw", "--users", 100, "--items", 200, "--lines", LINES, "--weeks", 10],
            ["prepare", "--purchases", "raw/purchases.csv", "--products", "raw/products.csv", "--top-n", 100,
             "--time-column", "ts"],
            ["split"], ["load"], ["publish"], ["train", "--rank", 4, "--no-validation"]):
        subprocess.run([punnet, *map(str, arguments)], cwd=directory, check=True, capture_output=True, timeout=120)
    return directory


@pytest.fixture
def shop(made_shop, tmp_path):
    subprocess.run(["cp", "-r", made_shop / "shop", tmp_path], check=True)
    return tmp_path / "shop"


@pytest.fixture
def keyspace(driver):
    name = f"shop_{uuid.uuid4().hex[:8]}"
    yield name
    driver.execute(f"DROP KEYSPACE IF EXISTS {name}")


@pytest.fixture
def there(cassandra, keyspace, tmp_path, monkeypatch):
    """The options that lead to the tables, of a shop that may log in."""
    (tmp_path / "password").write_text(cassandra.password + "\n")
    monkeypatch.setenv("PUNNET__TABLES__USER", cassandra.user)
    monkeypatch.setenv("PUNNET__TABLES__PASSWORD_FILE", str(tmp_path / "password"))
    return ["--tables", f"cassandra://{cassandra.address}/{keyspace}"]


def generation_of(driver, keyspace, table):
    return driver.execute(f"SELECT generation FROM {keyspace}.generations WHERE name = %s", [table]).one().generation


def current(driver, keyspace, table, columns):
    """The current rows of a table."""
    generation = generation_of(driver, keyspace, table)
    rows = driver.execute(f"SELECT generation, {columns} FROM {keyspace}.{table}")
    return [row[1:] for row in rows if row[0] == generation]


def histories_in(driver, keyspace):
    """By user and item: the count and the last time."""
    state = driver.execute(f"SELECT * FROM {keyspace}.history_state").one()
    assert state.is_folded
    rows = driver.execute(f"SELECT * FROM {keyspace}.histories_by_user")
    return {(row.user_id, row.item_id): (row.count, row.last_time) for row in rows
            if row.generation == state.generation}


def counts_in(driver, keyspace):
    return {key: count for key, (count, _) in histories_in(driver, keyspace).items()}


def histories_in_sqlite(shop):
    rows = sqlite3.connect(shop / "tables.db").execute("SELECT user_id, entries FROM histories").fetchall()
    return {(user, item): (count, last) for user, blob in rows for item, count, last in struct.iter_unpack("<3q", blob)}


def streamed(shop):
    return DeltaTable(str(shop / "new_purchases")).to_pyarrow_table().to_pylist()


def counts_of(rows):
    return collections.Counter((row["user_id"], row["item_id"]) for row in rows)


def assert_counted_once(driver, keyspace, shop):
    """Histories are those of the load and every event of new_purchases once."""
    loaded = collections.Counter({key: count for key, (count, _) in histories_in_sqlite(shop).items()})
    assert counts_in(driver, keyspace) == loaded + counts_of(streamed(shop))


def events_in(shop):
    return sqlite3.connect(shop / "events.db").execute("SELECT count(*) FROM events").fetchone()[0]


def test_load_fills_every_table(run, driver, keyspace, there, shop):
    assert "punnet load" in run("doctor", *there, "--log-level", "error").stdout
    loaded = json.loads(run("load", *there, "--output", "json").stdout)
    assert "answers, loaded" in run("doctor", *there).stdout
    embedded = sqlite3.connect(shop / "tables.db")
    assert sorted(current(driver, keyspace, "features_by_item", "item_id, department, category")) == sorted(
        embedded.execute("SELECT item_id, department, category FROM item_features").fetchall())
    assert sorted(current(driver, keyspace, "names_by_item", "item_id, name")) == sorted(
        embedded.execute("SELECT item_id, name FROM items").fetchall())
    own = {user: list(struct.unpack(f"<{len(blob) // 8}q", blob))
           for user, blob in embedded.execute("SELECT user_id, item_ids FROM own_purchases")}
    assert {user: list(items) for user, items in current(
        driver, keyspace, "own_purchases_by_user", "user_id, item_ids")} == own
    assert histories_in(driver, keyspace) == histories_in_sqlite(shop)
    assert len(histories_in(driver, keyspace)) == loaded["histories"]
    baselines = {row.name: list(row.item_ids) for row in driver.execute(f"SELECT * FROM {keyspace}.baselines")}
    assert baselines == {"top_5": loaded["top_5"], "random_5": loaded["random_5"]}


def test_loading_again_leaves_nothing_behind(run, driver, keyspace, there, shop):
    for _ in range(2):
        run("load", *there)
    for table in ("features_by_item", "names_by_item", "own_purchases_by_user", "histories_by_user"):
        generations = {row.generation for row in driver.execute(f"SELECT generation FROM {keyspace}.{table}")}
        assert len(generations) == 1, table


def test_replication_is_an_option_of_load(run, driver, keyspace, there, shop):
    def replication():
        return driver.execute(
            "SELECT replication FROM system_schema.keyspaces WHERE keyspace_name = %s", [keyspace]).one().replication

    run("load", *there)
    assert replication()["class"].endswith("SimpleStrategy") and replication()["replication_factor"] == "1"
    driver.execute(f"DROP KEYSPACE {keyspace}")
    run("load", *there, "--replication", "datacenter1:1")
    assert replication()["class"].endswith("NetworkTopologyStrategy") and replication()["datacenter1"] == "1"
    assert "tables.replication" in run("load", *there, "--replication", "many", code=65).stderr


def test_a_stream_counts_every_event_once_and_stores_its_lists(run, driver, keyspace, there, shop):
    run("load", *there)
    run("stream", *there, "--available-now", "--max-offsets-per-trigger", 700, "--show-rows", 0)
    rows = streamed(shop)
    assert len(rows) == events_in(shop)
    assert_counted_once(driver, keyspace, shop)

    last = {row["user_id"]: row for row in sorted(rows, key=lambda row: row["offset"])}
    for user, row in last.items():
        first = driver.execute(f"SELECT * FROM {keyspace}.recommendations_by_user WHERE user_id = %s LIMIT 1",
                               [user]).one()
        assert (first.topic_offset, list(first.item_ids)) == (row["offset"], row["recs"])
        assert first.model_version == row["model_version"] and first.source == row["recs_source"]


def test_rows_are_those_of_the_embedded_tables(run, keyspace, there, shop, tmp_path):
    subprocess.run(["cp", "-r", shop, tmp_path / "twin"], check=True)
    run("load", *there)
    options = ["--available-now", "--max-offsets-per-trigger", 500, "--exclude-purchased", "--show-rows", 0]
    run("stream", *there, *options)
    run("stream", "--events", "sqlite:twin/events.db", "--tables", "sqlite:twin/tables.db", "--files", "file:twin",
        *options)
    mine, twin = streamed(shop), streamed(tmp_path / "twin")
    key = lambda row: row["offset"]  # noqa: E731
    assert sorted(mine, key=key) == sorted(twin, key=key)


def dumps(driver, keyspace):
    histories = sorted(histories_in(driver, keyspace).items())
    lists = sorted(
        (row.user_id, row.topic_partition, row.topic_offset, tuple(row.item_ids or ()), row.source, row.model_version)
        for row in driver.execute(f"SELECT * FROM {keyspace}.recommendations_by_user"))
    positions = sorted(driver.execute(f"SELECT positions FROM {keyspace}.history_state").one().positions.items())
    return repr((histories, lists, positions)).encode()


def test_replays_after_kills_leave_the_same_bytes(run, start, driver, keyspace, there, shop, tmp_path):
    options = ["stream", "--available-now", "--max-offsets-per-trigger", 200, "--file-per-batch", "--show-rows", 0,
               "--log-level", "error", "--conf", "tables.recommendations_kept=1000"]
    subprocess.run(["cp", "-r", shop, tmp_path / "calm"], check=True)
    run("load", *there)
    run(*options, *there, "--files", "file:calm", "--events", "sqlite:calm/events.db")
    undisturbed = dumps(driver, keyspace)
    assert len(undisturbed) > 100_000

    run("load", *there)
    driver.execute(f"TRUNCATE {keyspace}.recommendations_by_user")
    luck, kills = random.Random(5), 0
    log = shop / "new_purchases/_delta_log"
    for attempt in range(12):
        before = len(list(log.glob("*.json")))
        process = start(*options, *there)
        while process.poll() is None and len(list(log.glob("*.json"))) < before + 1 + attempt % 3:
            time.sleep(0.002)
        time.sleep(luck.random() * 0.05)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        kills += process.returncode == -signal.SIGKILL
    assert kills >= 6, "the streams ended before they could be killed: publish more events"
    run(*options, *there)
    run(*options, *there)
    assert dumps(driver, keyspace) == undisturbed
    assert_counted_once(driver, keyspace, shop)


def test_a_stream_outlives_a_node_that_is_killed(run, start, cassandra, driver, keyspace, there, shop, tmp_path):
    run("load", *there)
    batches, said = tmp_path / "batches", tmp_path / "said"
    with batches.open("w") as out, said.open("w") as err:
        process = start("stream", *there, "--max-offsets-per-trigger", 100, "--trigger", "100ms", "--file-per-batch",
                        "--output", "json", "--conf", "stream.lookup_bytes=1B", "--conf", "stream.history_bytes=1B",
                        stdout=out, stderr=err)

    def seen():
        return batches.read_text().count("\n")

    def read():
        whole_lines = batches.read_text().rpartition("\n")[0].splitlines()
        return sum(json.loads(line)["numInputRows"] for line in whole_lines)

    def wait_for(condition, seconds=60):
        began = time.monotonic()
        while not condition():
            assert process.poll() is None, said.read_text()
            assert time.monotonic() - began < seconds, said.read_text()
            time.sleep(0.05)
        return time.monotonic() - began

    wait_for(lambda: seen() >= 3)
    cassandra.cluster("kill", "cassandra")
    wait_for(lambda: "retry_ms" in said.read_text() or "waiting" in said.read_text())
    time.sleep(10)  # long enough for pauses to have grown
    stuck = seen()
    cassandra.cluster("up", "cassandra")
    recovery = wait_for(lambda: seen() > stuck)
    print(f"went on {recovery:.1f} s after the node answered again")
    assert recovery < 15
    total = events_in(shop)
    wait_for(lambda: read() >= total, 120)
    wait_for(lambda: cassandra.answers(driver))
    process.send_signal(signal.SIGTERM)
    process.wait(60)
    assert process.returncode == 0, said.read_text()
    assert len(streamed(shop)) == total
    assert_counted_once(driver, keyspace, shop)


def test_a_connection_that_is_slow_cut_and_deaf_counts_every_event_once(run, start, cassandra, driver, keyspace, there, shop, tmp_path):
    run("load", *there)
    said = tmp_path / "said"
    total = events_in(shop)

    def done():
        return said.read_text().count("committed rows=")

    def goes_on(seconds=15):
        before, began = done(), time.monotonic()
        while done() == before:
            assert process.poll() is None and time.monotonic() - began < seconds, said.read_text()
            time.sleep(0.05)

    with TcpProxy(cassandra.address) as proxy:
        with said.open("w") as err:
            process = start("stream", "--tables", f"cassandra://{proxy.address}/{keyspace}", "--max-offsets-per-trigger", 20,
                            "--trigger", "100ms", "--file-per-batch", "--show-rows", 0, "--conf", "stream.lookup_bytes=1B",
                            "--conf", "stream.history_bytes=1B", stdout=err, stderr=err)
        goes_on(60)
        through_every_trouble(proxy, goes_on, away=4)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0, said.read_text()
    assert 0 < len(streamed(shop)) < total
    run("stream", *there, "--available-now", "--show-rows", 0)
    assert len(streamed(shop)) == total
    assert_counted_once(driver, keyspace, shop)


def test_a_keyspace_that_was_never_made_says_what_makes_it(run, there, shop):
    for command in (["stream", "--available-now"], ["recommend", "--user", 1, "--exclude-purchased"]):
        said = run(*command, *there, code=65).stderr
        assert "punnet load" in said and "tables.uri" in said and said.count("\n") == 1


def test_only_the_right_password_gets_in(run, cassandra, there, shop, tmp_path, monkeypatch):
    run("load", *there)
    (tmp_path / "password").write_text("wrong")
    said = run("load", *there, code=69).stderr
    assert "tables.user" in said and "tables.password_file" in said and "wrong" not in said
    monkeypatch.setenv("PUNNET__TABLES__PASSWORD_FILE", str(tmp_path / "nowhere"))
    assert "tables.password_file: cannot read" in run("load", *there, code=65).stderr
    monkeypatch.delenv("PUNNET__TABLES__PASSWORD_FILE")
    monkeypatch.setenv("PUNNET_TABLES_PASSWORD", cassandra.password)
    run("load", *there)
    monkeypatch.delenv("PUNNET__TABLES__USER")
    assert "tables.user" in run("load", *there, code=69).stderr
    shown = run("config", "show").stdout
    assert cassandra.password not in shown.replace("cassandra://", "").replace("Cassandra", "")


def test_a_user_who_may_not_write_is_told(run, driver, keyspace, there, shop, tmp_path, monkeypatch):
    run("load", *there)
    role = f"reader_{keyspace}"
    driver.execute(f"CREATE ROLE {role} WITH PASSWORD = 'reads' AND LOGIN = true")
    driver.execute(f"GRANT SELECT ON KEYSPACE {keyspace} TO {role}")
    monkeypatch.setenv("PUNNET__TABLES__USER", role)
    (tmp_path / "password").write_text("reads")
    assert "answers, loaded" in run("doctor", *there).stdout
    assert "right to perform" in run("load", *there, code=69).stderr
    driver.execute(f"DROP ROLE {role}")


@pytest.fixture(scope="module")
def tls(tmp_path_factory):
    if not cassandra_cluster.can_run():
        pytest.skip("no Java, or no Maven to fetch Cassandra with; run tools/setup --tests")
    cluster = cassandra_cluster.CassandraCluster(tmp_path_factory.mktemp("tls-cluster"), "cassandra-tls")
    yield cluster
    cluster.close()


def test_tls_is_verified(run, tls, shop, monkeypatch):
    monkeypatch.setenv("PUNNET__TABLES__USER", tls.user)
    monkeypatch.setenv("PUNNET_TABLES_PASSWORD", tls.password)

    def load(host="127.0.0.1", ca="ca.pem", code=0):
        encrypted = ["--conf", "tables.tls=true", "--conf", f"tables.ca_file={tls.tls / ca}"] if ca else []
        return run("load", "--tables", f"cassandra://{host}:{tls.port}/shop", *encrypted, code=code).stderr

    load()
    assert len(list(tls.session("shop").execute("SELECT name FROM baselines"))) == 2
    assert "tables.ca_file" in load(ca="other-ca.pem", code=69)
    assert "tables.uri" in load(host="127.0.0.2", code=69)
    assert "tables.tls = true" in load(ca=None, code=69)
    run("stream", "--tables", f"cassandra://127.0.0.1:{tls.port}/shop", "--available-now", "--show-rows", 0,
        "--conf", "tables.tls=true", "--conf", f"tables.ca_file={tls.tls / 'ca.pem'}")
    assert len(streamed(shop)) == events_in(shop)


def test_plain_servers_are_told_from_broken_tls(run, cassandra, there, shop):
    said = run("load", *there, "--conf", "tables.tls=true", code=65).stderr
    assert "tables.tls = false" in said


def test_the_originals_tables_are_read_and_written(run, driver, keyspace, there, shop):
    driver.execute(f"CREATE KEYSPACE {keyspace} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}")
    driver.execute(f"CREATE TABLE {keyspace}.item_features (product_id int PRIMARY KEY, department text, category text)")
    driver.execute(f"CREATE TABLE {keyspace}.own_purchases (user_id int PRIMARY KEY, item_id_list list<int>)")
    driver.execute(f"CREATE TABLE {keyspace}.baseline (name text PRIMARY KEY, list list<int>)")
    loaded = json.loads(run("load", *there, "--original-tables", "--output", "json").stdout)
    own = {row.user_id: row.item_id_list for row in driver.execute(f"SELECT * FROM {keyspace}.own_purchases")}
    assert len(own) == loaded["own_purchases"]
    baseline = {row.name: row.list for row in driver.execute(f"SELECT * FROM {keyspace}.baseline")}
    assert baseline == {"top_5": loaded["top_5"], "random_5": loaded["random_5"]}

    # What somebody else wrote there counts.
    driver.execute(f"UPDATE {keyspace}.item_features SET department = 'CHANGED' WHERE product_id = %s",
                   [loaded["top_5"][0]])
    some = sorted(own)[:10]
    for user in some:
        driver.execute(f"UPDATE {keyspace}.own_purchases SET item_id_list = [1] WHERE user_id = %s", [user])
    run("stream", *there, "--original-tables", "--available-now", "--show-rows", 0)
    rows = streamed(shop)
    assert {row["department"] for row in rows if row["item_id"] == loaded["top_5"][0]} == {"CHANGED"}
    assert all(row["precision_at_k"] == 0 for row in rows if row["user_id"] in some)
    assert any(row["precision_at_k"] for row in rows if row["user_id"] not in some)
    assert_counted_once(driver, keyspace, shop)


def test_warm_batches_ask_nothing(run, driver, keyspace, there, shop):
    """Once every user and item was seen, the tables are only written to."""
    run("load", *there)
    done = run("stream", *there, "--available-now", "--max-offsets-per-trigger", 3000, "--output", "json")
    fetches = [json.loads(line)["durationMs"]["fetch"] for line in done.stdout.splitlines()]
    assert fetches[0] > 0 and max(fetches[1:]) <= fetches[0] / 2
