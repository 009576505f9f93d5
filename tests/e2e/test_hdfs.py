"""The whole way of the data on a real HDFS, looked at with Hadoop's own tools."""

import json
import os
import time
import uuid

import pyarrow.parquet
import pytest
from deltalake import DeltaTable

import hdfs_cluster
from tcp_proxy import TcpProxy, through_every_trouble

LINES = 12_000


@pytest.fixture(scope="module")
def hdfs(tmp_path_factory):
    if not hdfs_cluster.can_run():
        pytest.skip("no Java, or no Maven to fetch Hadoop with; run tools/setup --tests")
    cluster = hdfs_cluster.HdfsCluster(tmp_path_factory.mktemp("cluster"))
    yield cluster
    cluster.close()


@pytest.fixture
def place():
    """A directory in the HDFS of its own."""
    return f"/shops/{uuid.uuid4().hex[:8]}"


@pytest.fixture
def there(hdfs, place):
    return ["--files", hdfs.uri(place)]


@pytest.fixture
def raw(run):
    run("generate", "raw", "--users", 120, "--items", 300, "--lines", LINES, "--weeks", 20)


def make_shop(run, *there):
    """How many events wait in the topic."""
    run("prepare", "--purchases", "raw/purchases.csv", "--products", "raw/products.csv", "--basket-column", "basket_id",
        "--time-column", "ts", "--top-n", 150, *there)
    run("split", "--by", "time", *there)
    run("load", *there)
    run("train", "--rank", 8, *there)
    return json.loads(run("publish", "--partitions", 2, "--output", "json", *there).stdout)["published"]


def rows_of(table):
    rows = DeltaTable(str(table)).to_pyarrow_table()
    return rows.sort_by([("partition", "ascending"), ("offset", "ascending")])


def assert_every_event_once(hdfs, place, target, events):
    rows = rows_of(hdfs.fetch(f"{place}/new_purchases", target))
    places = list(zip(rows["partition"].to_pylist(), rows["offset"].to_pylist()))
    assert len(places) == events and len(set(places)) == events
    return rows


def wait_for(condition, said, seconds=60):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, said()
        time.sleep(0.05)


def test_the_whole_story_is_the_same_as_in_local_files(run, hdfs, there, place, raw, tmp_path):
    events = make_shop(run, *there)
    run("stream", "--available-now", "--max-offsets-per-trigger", 2000, "--file-per-batch", *there)
    rows = assert_every_event_once(hdfs, place, tmp_path / "fetched", events)
    compacted = json.loads(run("compact", "--output", "json", *there).stdout)
    assert compacted["files_before"] > compacted["files_after"] == 1
    assert rows_of(hdfs.fetch(f"{place}/new_purchases", tmp_path / "compacted")).equals(rows)
    retrained = json.loads(run("retrain", "--rank", 8, "--output", "json", *there).stdout)
    assert retrained["trained"]["model_version"] == "2"
    assert json.loads(run("verify", "--output", "json", *there).stdout)["rows"] == events
    run("vacuum", *there)
    for arguments in (["list"], ["inspect", "1"], ["diff", "1", "2"], ["rollback"]):
        run("model", *arguments, *there)
    run("snapshot", hdfs.uri(f"{place}/plain"), *there)
    assert pyarrow.parquet.read_table(hdfs.fetch(f"{place}/plain", tmp_path / "plain")).num_rows == events
    run("recommend", "--user", rows["user_id"][0].as_py(), *there)

    files = hdfs.files(place)
    assert not [name for name in files if name.endswith(".tmp")], "a temporary is left"
    assert "HEALTHY" in hdfs.tool("hdfs.tools.DFSck", place)
    history = pyarrow.parquet.read_table(hdfs.fetch(f"{place}/historical_purchases", tmp_path / "history"))
    assert history.num_rows > 0

    # The same in local files, of the same topic's making.
    for name in ("events.db", "tables.db"):
        (tmp_path / "shop" / name).unlink()
    assert make_shop(run, "--files", "file:local") == events
    run("stream", "--available-now", "--max-offsets-per-trigger", 2000, "--files", "file:local")
    local = rows_of(tmp_path / "local/new_purchases")
    changing = ["event_time"]
    assert local.drop_columns(changing).equals(rows.drop_columns(changing))
    for factors in sorted((tmp_path / "local/models/1").rglob("part-*")):
        name = factors.relative_to(tmp_path / "local/models/1")
        assert hdfs.files(f"{place}/models/1")[str(name)] == factors.stat().st_size


def test_files_go_in_and_out_and_are_counted_with_replicas(run, hdfs, there, place, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a").write_bytes(os.urandom(3 << 20))
    (tmp_path / "in/b c").write_bytes(b"")
    run("files", "put", "in", "deep/er", *there)
    assert hdfs.files(place) == {"deep/er/a": 3 << 20, "deep/er/b c": 0}
    run("files", "get", "deep/er", "out", *there)
    assert (tmp_path / "out/a").read_bytes() == (tmp_path / "in/a").read_bytes()

    hdfs.shell("-setrep", "2", f"{place}/deep/er/a")
    listed = [json.loads(line) for line in run("files", "ls", "--output", "json", *there).stdout.splitlines()]
    assert [(file["path"], file["bytes"], file["stored_bytes"]) for file in listed] == [
        ("deep/er/a", 3 << 20, 6 << 20), ("deep/er/b c", 0, 0)]
    assert "6,291,456" in run("files", "du", *there).stdout
    run("files", "rm", "deep/er/a", *there)
    assert hdfs.files(place) == {"deep/er/b c": 0}


def test_names_on_the_command_line_may_be_uris(run, hdfs, place, raw, tmp_path):
    hdfs.shell("-mkdir", "-p", place)
    hdfs.shell("-put", tmp_path / "raw", f"{place}/raw")
    run("prepare", "--purchases", hdfs.uri(f"{place}/raw/purchases.csv"), "--products", hdfs.uri(f"{place}/raw/products.csv"))
    run("train", "--input", hdfs.uri(f"{place}/raw/purchases.csv"), "--no-validation", "--rank", 4, "--output",
        hdfs.uri(f"{place}/mine"))
    assert "mine/metadata/part-00000" in hdfs.files(place)


def test_hadoops_settings_lead_to_the_default_and_kerberos_is_refused(run, hdfs, place, tmp_path):
    settings = {**os.environ, "HADOOP_CONF_DIR": str(hdfs.conf)}
    (tmp_path / "text").write_text("text")
    run("files", "put", "text", "text", "--files", f"hdfs://{place}", env=settings)
    assert hdfs.files(place) == {"text": 4}

    conf = tmp_path / "conf"
    conf.mkdir()
    (conf / "core-site.xml").write_text(
        "<configuration><property><name>hadoop.security.authentication</name><value>kerberos</value></property></configuration>")
    refused = run("files", "ls", "--files", hdfs.uri(place), code=65, env={**os.environ, "HADOOP_CONF_DIR": str(conf)})
    assert "kerberos, which is not supported yet" in refused.stderr


@pytest.mark.parametrize("authority, complaint", [
    ("127.0.0.1:1", "Connection refused"),
    ("no.such.host.invalid:9000", "failed to lookup address"),
])
def test_a_namenode_that_is_not_there_is_said_at_once(run, authority, complaint):
    for arguments in (["files", "ls"], ["compact"], ["verify"]):
        done = run(*arguments, "--files", f"hdfs://{authority}/shop", code=69, timeout=20)
        assert complaint in done.stderr and f"hdfs://{authority}/shop" in done.stderr
        assert done.stderr.count("\n") == 1


def test_what_is_not_in_it_is_absent_and_not_an_outage(run, hdfs, there, place):
    assert hdfs.uri(place) in run("train", *there, code=65).stderr
    assert run("files", "ls", *there).stdout.count("\n") <= 3
    assert "answers" in run("doctor", *there).stdout
    assert hdfs.uri(place) in run("files", "get", "nothing", "out", *there, code=65).stderr


def test_a_stranger_is_told_that_he_may_not(run, hdfs, there, tmp_path):
    (tmp_path / "text").write_text("text")
    denied = run("files", "put", "text", "text", *there, code=69, env={**os.environ, "HADOOP_USER_NAME": "stranger"})
    assert "Permission denied: user=stranger" in denied.stderr and "HADOOP_USER_NAME" in denied.stderr
    assert "\n\tat " not in denied.stderr


def test_a_stream_waits_while_the_cluster_is_in_safe_mode(run, start, hdfs, there, place, raw, tmp_path):
    events = make_shop(run, *there)
    run("stream", "--max-offsets-per-trigger", 500, "--max-batches", 2, *there)
    said = tmp_path / "said"
    hdfs.safe_mode("enter")
    try:
        with said.open("w") as err:
            process = start("stream", "--available-now", *there, stdout=err, stderr=err)
        wait_for(lambda: "safe mode" in said.read_text().lower(), said.read_text)
    finally:
        hdfs.safe_mode("leave")
    assert process.wait(timeout=15) == 0, said.read_text()
    assert_every_event_once(hdfs, place, tmp_path / "fetched", events)


def test_a_stream_waits_while_the_datanode_is_full(run, start, hdfs, there, place, raw, tmp_path):
    events = make_shop(run, *there)
    run("stream", "--max-offsets-per-trigger", 500, "--max-batches", 2, *there)
    said = tmp_path / "said"
    hdfs.cluster("kill", "datanode")
    gone = run("files", "get", "prepared", "out", *there, code=69).stderr
    assert hdfs.addresses["datanode"] in gone and "Proto" not in gone and gone.count("\n") == 1
    hdfs.cluster("up", "datanode", "--set", "dfs.datanode.du.reserved=1000000000000000")
    try:
        with said.open("w") as err:
            process = start("stream", "--max-offsets-per-trigger", 100, "--commit-age", "100ms", "--show-rows", 0, *there,
                            stdout=err, stderr=err)
        wait_for(lambda: said.read_text().count("no DataNode has room for it") >= 5, said.read_text)
        refused = run("files", "put", "raw", "raw", *there, code=69).stderr
        assert "no DataNode has room for it" in refused and refused.count("\n") == 1
        assert process.poll() is None and "committed rows=" not in said.read_text()
    finally:
        hdfs.cluster("kill", "datanode")
        hdfs.cluster("up", "datanode")
    back = time.monotonic()
    wait_for(lambda: "committed rows=" in said.read_text(), said.read_text, seconds=15)
    print(f"{time.monotonic() - back:.1f} s until the stream went on")
    process.terminate()
    assert process.wait(timeout=30) == 0, said.read_text()
    run("stream", "--available-now", *there)
    assert_every_event_once(hdfs, place, tmp_path / "fetched", events)
    left = [name for name in hdfs.files(place) if name.endswith(".tmp") and not name.startswith("raw/")]
    assert not left, "a stream that lived on left a temporary"


@pytest.mark.parametrize("daemon", ["namenode", "datanode"])
def test_a_stream_outlives_either_daemon(run, start, hdfs, there, place, raw, tmp_path, daemon):
    events = make_shop(run, *there)
    said = tmp_path / "said"
    batches = tmp_path / "batches"

    def seen():
        return sum(json.loads(line)["numInputRows"] for line in batches.read_text().splitlines(keepends=True)
                   if line.endswith("\n"))

    with said.open("w") as err, batches.open("w") as out:
        process = start("stream", "--max-offsets-per-trigger", 100, "--file-per-batch", "--output", "json", *there,
                        stdout=out, stderr=err)
    for _ in range(2):
        before = seen()
        wait_for(lambda: seen() > before + 300, said.read_text)
        quiet = len(said.read_text())
        hdfs.cluster("kill", daemon)
        wait_for(lambda: len(said.read_text()) > quiet, said.read_text)
        hdfs.cluster("up", "hdfs")
        back, before = time.monotonic(), seen()
        wait_for(lambda: seen() > before, said.read_text, seconds=15)
        print(f"{time.monotonic() - back:.1f} s until the stream went on")
    process.terminate()
    assert process.wait(timeout=30) == 0, said.read_text()
    run("stream", "--available-now", *there)
    assert_every_event_once(hdfs, place, tmp_path / "fetched", events)


def varint(number):
    """As protocol buffers write it."""
    digits = []
    while number > 0x7F:
        digits.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*digits, number])


def told_to_ask(namenode, datanode, instead):
    """A proxy of the NameNode whose answers name another port of the DataNode."""
    def port_of(address):
        return b"\x20" + varint(int(address.rpartition(":")[2]))  # field 4 of DatanodeIDProto

    asked, other = port_of(datanode), port_of(instead)
    assert len(asked) == len(other), "an answer's length would change"
    proxy = TcpProxy(namenode)
    proxy.change_answers = lambda: lambda answer: answer.replace(asked, other)
    return proxy


def test_connections_that_are_slow_cut_and_deaf_cost_no_event(run, start, hdfs, there, place, raw, tmp_path):
    events = make_shop(run, *there)
    said = tmp_path / "said"

    def committed():
        return said.read_text().count("committed rows=")

    def goes_on(seconds=15):
        before = committed()
        wait_for(lambda: committed() > before, said.read_text, seconds)

    with TcpProxy(hdfs.addresses["datanode"]) as data, \
            told_to_ask(hdfs.authority, hdfs.addresses["datanode"], data.address) as names:
        with said.open("w") as err:
            process = start("stream", "--files", f"hdfs://{names.address}{place}", "--max-offsets-per-trigger", 10,
                            "--trigger", "200ms", "--commit-age", "200ms", "--show-rows", 0, stdout=err, stderr=err)
        goes_on(60)
        for proxy in (names, data):
            through_every_trouble(proxy, goes_on, away=2)
        process.terminate()
        assert process.wait(timeout=60) == 0, said.read_text()
    run("stream", "--available-now", *there)
    assert_every_event_once(hdfs, place, tmp_path / "fetched", events)
    run("verify", *there)
