"""Servers that stop for long while the topic is full: a stream keeps to its limits of memory, and goes on by itself.

PUNNET_STOPPED_SECONDS=180 stops them for so long, instead of what a test run has time for.
"""

import contextlib
import os
import pathlib
import threading
import time

import pytest

import cassandra_cluster
import hdfs_cluster
from kafka_shop import kafka, publish, there, topic, wait_for  # noqa: F401
from test_hdfs import assert_every_event_once

SECONDS = float(os.environ.get("PUNNET_STOPPED_SECONDS", "20"))
EVENTS = 400_000
RECOVERY = 15

MB = 1 << 20
LIMITS = {"events.queue_bytes": 16 * MB, "stream.commit_bytes": 8 * MB, "stream.commit_backlog_bytes": 16 * MB, "stream.history_bytes": 8 * MB,
          "stream.history_backlog_bytes": 8 * MB, "stream.lookup_bytes": 4 * MB}
# Rows and histories wait and are on their way, and there are two caches of look-ups. What the limits do not count: a
# fetch of each partition beyond a full queue, the batch at hand, the Parquet file being made, what malloc keeps.
MOST_ABOVE_IDLE = 16 * MB + 2 * 8 * MB + 8 * MB + 2 * 8 * MB + 2 * 4 * MB + 64 * MB


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    """By name of a daemon, the cluster that it belongs to."""
    if not (hdfs_cluster.can_run() and cassandra_cluster.can_run()):
        pytest.skip("no Java, or no Maven to fetch Hadoop and Cassandra with; run tools/setup --tests")
    with contextlib.ExitStack() as open_ones:
        hdfs = open_ones.enter_context(contextlib.closing(hdfs_cluster.HdfsCluster(tmp_path_factory.mktemp("hdfs"))))
        cassandra = open_ones.enter_context(
            contextlib.closing(cassandra_cluster.CassandraCluster(tmp_path_factory.mktemp("cassandra"))))
        yield {"namenode": hdfs, "datanode": hdfs, "cassandra": cassandra}


@pytest.fixture
def hdfs(servers):
    return servers["namenode"]


@pytest.fixture
def place(topic):  # noqa: F811
    return f"/shops/{topic}"


@pytest.fixture
def shop(run, servers, hdfs, place, topic, monkeypatch):  # noqa: F811
    """With files in HDFS, tables in Cassandra, and a model."""
    cassandra = servers["cassandra"]
    monkeypatch.setenv("PUNNET__FILES__URI", hdfs.uri(place))
    monkeypatch.setenv("PUNNET__TABLES__URI", f"cassandra://{cassandra.address}/{topic.replace('-', '_')}")
    monkeypatch.setenv("PUNNET__TABLES__USER", cassandra.user)
    monkeypatch.setenv("PUNNET_TABLES_PASSWORD", cassandra.password)
    run("generate", "raw", "--users", 100, "--items", 200, "--lines", EVENTS)
    run("prepare", "--purchases", "raw/purchases.csv", "--products", "raw/products.csv", "--top-n", 100)
    run("split", "--fraction", 0.05)
    run("load")
    run("train", "--rank", 4, "--no-validation")


class Stream:
    """A stream that runs, and how much memory it has resident, looked at all the time."""

    def __init__(self, start, said, there, *arguments):  # noqa: F811
        self.said = said
        limits = [word for name, size in LIMITS.items() for word in ("--conf", f"{name}={size}B")]
        with said.open("w") as err:
            self.process = start("stream", "--show-rows", 0, "--commit-age", "500ms", *limits, *arguments, *there,
                                 stdout=err, stderr=err)
        self.resident = []
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status")
        with contextlib.suppress(OSError, IndexError):  # it has ended
            while True:
                self.resident.append(int(status.read_text().split("VmRSS:")[1].split()[0]) << 10)
                time.sleep(0.05)

    def words(self):
        return self.said.read_text()

    def commits(self):
        return self.words().count("committed rows=")

    def wait_until(self, condition, seconds=60):
        wait_for(lambda: condition() or self.process.poll() is not None, seconds, self.words)
        assert self.process.poll() is None, self.words()

    def end(self):
        self.process.terminate()
        assert self.process.wait(timeout=60) == 0, self.words()


def memory_when_idle(start, kafka, topic, there, tmp_path):  # noqa: F811
    kafka.tool("TopicCommand", "--create", "--topic", topic, "--partitions", "3")
    stream = Stream(start, tmp_path / "idle", there)
    stream.wait_until(lambda: "lists are made ahead" in stream.words())
    time.sleep(1)
    stream.end()
    return max(stream.resident)


@pytest.mark.parametrize("server", ["namenode", "datanode", "cassandra"])
def test_a_stream_keeps_to_its_limits_while_a_server_is_stopped(
        start, run, kafka, servers, hdfs, place, shop, topic, there, tmp_path, server):  # noqa: F811
    idle = memory_when_idle(start, kafka, topic, there, tmp_path)
    events = publish(run, there, "--input", "raw/purchases.csv")
    stream = Stream(start, tmp_path / "said", there, "--trigger", "20ms", "--max-offsets-per-trigger", 400)
    stream.wait_until(lambda: stream.commits() > 0)
    servers[server].cluster("pause", server)
    try:
        begun, commits = len(stream.resident), stream.commits()
        time.sleep(SECONDS)
        stopped = stream.resident[begun:]
    finally:
        servers[server].cluster("resume", server)
    back = time.monotonic()
    stream.wait_until(lambda: stream.commits() > commits + 1, RECOVERY)
    print(f"{server}: idle {idle / MB:.0f} MB, stopped {max(stopped) / MB:.0f} MB, on in {time.monotonic() - back:.1f} s")
    assert max(stopped) < idle + MOST_ABOVE_IDLE
    stream.end()
    run("stream", "--available-now", "--show-rows", 0, *there)
    assert_every_event_once(hdfs, place, tmp_path / "fetched", events)
