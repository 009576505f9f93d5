"""A real Kafka that dies, sleeps, loses data, or is reached through a connection that fails: nothing is lost or double."""

import collections
import json
import pathlib
import signal
import threading
import time

import pytest
from deltalake import DeltaTable
from deltalake.exceptions import TableNotFoundError

from kafka_shop import assert_every_event_once, kafka, made_shop, publish, shop, there, topic, wait_for  # noqa: F401
from tcp_proxy import TcpProxy

RECOVERY = 15


@pytest.fixture
def proxy(kafka):
    with TcpProxy(kafka.addresses["kafka-proxied"], int(kafka.addresses["kafka-proxy"].rpartition(":")[2])) as between:
        yield between


@pytest.fixture
def through(proxy, topic):
    """The options that lead to the topic by way of the proxy."""
    return ["--bootstrap-server", proxy.address, "--topic", topic]


class Stream:
    """A stream that runs until it is ended, and what is seen of it."""

    def __init__(self, start, shop, tmp_path, there, *arguments):
        self.table, self.said = shop / "new_purchases", tmp_path / "said"
        with self.said.open("w") as err:
            self.process = start("stream", "--commit-age", "200ms", "--show-rows", 0, *arguments, *there, stdout=err, stderr=err)

    def rows(self):
        try:
            table = DeltaTable(str(self.table))
        except TableNotFoundError:
            return 0
        return sum(table.get_add_actions(flatten=True)["num_records"].to_pylist())

    def words(self):
        return self.said.read_text()[-4000:]

    def wait_for_rows(self, rows, seconds=60):
        wait_for(lambda: self.rows() >= rows or self.process.poll() is not None, seconds, self.words)
        assert self.process.poll() is None, self.words()

    def memory(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(timeout=15) == 0, self.words()


def values_in(run, there):
    done = run("tail", *there, "--from-beginning", "--available-now", "--output", "json")
    return collections.Counter(json.loads(line)["value"] for line in done.stdout.splitlines())


def flow(run, there, runs, *arguments):
    """Publishes beside the test; the thread, and how much it wrote in the end."""
    written = []
    thread = threading.Thread(target=lambda: written.extend(
        publish(run, there, "--run-id", f"flow-{number}", *arguments) for number in range(runs)))
    thread.start()
    return thread, written


@pytest.mark.parametrize("how", ["killed", "asleep"])
def test_publish_and_stream_outlive_their_broker(start, run, kafka, there, shop, tmp_path, how):
    events = publish(run, there, "--partitions", 3)
    stream = Stream(start, shop, tmp_path, there)
    stream.wait_for_rows(events)
    publishing, written = flow(run, there, 2, "--rate", "2000/s")
    stream.wait_for_rows(events + 1_000)
    before = stream.memory()
    kafka.cluster("kill" if how == "killed" else "pause", "kafka")
    time.sleep(8)
    assert stream.memory() < before + 32, "memory grows while nothing can be read"
    kafka.cluster("up" if how == "killed" else "resume", "kafka")
    seen = stream.rows()
    stream.wait_for_rows(seen + 1, RECOVERY)
    publishing.join()
    assert len(written) == 2
    stream.wait_for_rows(events + sum(written), 30)
    stream.end()
    assert_every_event_once(shop, run, events + sum(written))


def test_a_connection_that_is_slow_cut_and_deaf_loses_and_repeats_nothing(start, run, proxy, there, through, shop, tmp_path):
    events = publish(run, there, "--partitions", 3)
    stream = Stream(start, shop, tmp_path, through)
    stream.wait_for_rows(100)
    publishing, written = flow(run, through, 3, "--rate", "1500/s")
    proxy.delay = 0.05
    time.sleep(2)
    proxy.go_on()
    for _ in range(10):
        proxy.cut()
        time.sleep(0.3)
    proxy.swallow()
    time.sleep(4)
    proxy.go_on()
    proxy.cut()
    proxy.refuse()
    time.sleep(4)
    proxy.go_on()
    seen = stream.rows()
    stream.wait_for_rows(seen + 1, RECOVERY)
    publishing.join()
    assert len(written) == 3 and proxy.cuts > 10 and proxy.swallowed > 0
    stream.wait_for_rows(events + sum(written), 60)
    stream.end()
    assert_every_event_once(shop, run, events + sum(written))


def test_publish_through_a_failing_connection_writes_each_purchase_once(start, run, proxy, kafka, there, through, shop):
    process = start("publish", "--input", "raw/purchases.csv", "--partitions", 3, "--rate", "4000/s", *through)
    while process.poll() is None:
        time.sleep(0.4)
        proxy.cut()
        proxy.swallow()
        time.sleep(0.15)
        proxy.go_on()
        proxy.cut()
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, out + err
    straight = [*there[:-1], there[-1] + "-straight"]
    run("publish", "--input", "raw/purchases.csv", "--partitions", 3, *straight)
    assert values_in(run, there) == values_in(run, straight)
    assert proxy.cuts > 10


def drop_events(kafka, tmp_path, topic, before):
    request = tmp_path / "drop.json"
    request.write_text(json.dumps({"version": 1, "partitions": [
        {"topic": topic, "partition": 0, "offset": before}]}))
    kafka.tool("DeleteRecordsCommand", "--offset-json-file", str(request))


def test_records_deleted_before_they_were_read_stop_the_stream_or_are_on_record(run, kafka, there, topic, shop, tmp_path):
    events = publish(run, there)
    run("stream", "--available-now", "--max-batches", 3, "--max-offsets-per-trigger", 100, "--show-rows", 0, *there)
    drop_events(kafka, tmp_path, topic, 450)
    refused = run("stream", "--available-now", *there, code=65)
    assert "begins at offset 450" in refused.stderr and "--on-data-loss record" in refused.stderr
    refused = run("stream", *there, code=65)
    assert "begins at offset 450" in refused.stderr
    run("stream", "--available-now", "--show-rows", 0, "--on-data-loss", "record", *there)
    report = json.loads(run("verify", "--output", "json").stdout)
    assert report["gaps"] == [{"partition": 0, "start": 300, "next": 450}]
    assert report["sound"] and report["rows"] == events - 150


def test_a_topic_made_anew_stops_the_stream_that_runs_and_the_one_that_comes(start, run, kafka, there, topic, shop, tmp_path):
    events = publish(run, there)
    stream = Stream(start, shop, tmp_path, there, "--on-data-loss", "record")
    stream.wait_for_rows(events)
    stream.process.send_signal(signal.SIGSTOP)  # what happens in between it is not to see
    kafka.tool("TopicCommand", "--delete", "--topic", topic)
    kafka.tool("TopicCommand", "--create", "--topic", topic, "--partitions", "1")
    stream.process.send_signal(signal.SIGCONT)
    assert stream.process.wait(timeout=RECOVERY) == 65, stream.words()
    assert "made anew" in stream.words()
    refused = run("stream", "--available-now", "--on-data-loss", "record", *there, code=65)
    assert "deleted and created again" in refused.stderr
    assert json.loads(run("verify", "--output", "json").stdout)["rows"] == events
