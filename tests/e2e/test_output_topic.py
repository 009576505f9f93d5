"""What the stream recommends on each event, told in a topic of its own, in Kafka and embedded."""

import json
import signal
import time

import pytest
from deltalake import DeltaTable

from kafka_shop import kafka, made_shop, publish, shop, there, told, topic  # noqa: F401


def lists_of_table(shop, topic):
    rows = DeltaTable(str(shop / "new_purchases")).to_pyarrow_table()
    return {f"{topic}/{row['partition']}/{row['offset']}":
            (row["user_id"], row["item_id"], row["recs"] or []) for row in rows.to_pylist()}


def lists_of_messages(messages):
    """By the event's place; and how often a message came again."""
    lists, repeats = {}, 0
    for headers, key, value in messages:
        name, _, source = headers.partition(":")
        message = json.loads(value)
        assert name == "punnet-source" and key == str(message["user_id"])
        repeats += source in lists
        lists[source] = (message["user_id"], message["item_id"], message["recommendations"])
    return lists, repeats


def kill_while_it_commits(start, shop, arguments, times):
    log = shop / "new_purchases/_delta_log"
    kills = 0
    for attempt in range(times):
        before = len(list(log.glob("*.json")))
        process = start(*arguments)
        while process.poll() is None and len(list(log.glob("*.json"))) < before + 2 + attempt % 3:
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        kills += process.returncode == -signal.SIGKILL
    return kills


@pytest.mark.parametrize("mode", ["at-least-once", "strict"])
def test_every_list_is_told_in_kafka_though_streams_are_killed(start, run, kafka, there, topic, shop, mode):
    events = publish(run, there, "--partitions", 2)
    output = topic + "-lists"
    arguments = ["stream", "--available-now", "--max-offsets-per-trigger", 500, "--file-per-batch", "--show-rows", 0,
                 "--output-topic", output, "--output-mode", mode, *there]
    assert kill_while_it_commits(start, shop, arguments, 5) >= 3
    run(*arguments)
    expected = lists_of_table(shop, topic)
    assert len(expected) == events
    lists, repeats = lists_of_messages(told(kafka, output, 4 * events, "--isolation-level", "read_committed"))
    assert lists == expected
    assert mode == "at-least-once" or repeats == 0
    described = kafka.tool("TopicCommand", "--describe", "--topic", output).decode()
    assert "PartitionCount: 2" in described, "made like the topic of events"


def test_every_list_is_told_in_an_embedded_topic(run, shop):
    events = json.loads(run("publish", "--partitions", 2, "--output", "json").stdout)["published"]
    run("stream", "--available-now", "--show-rows", 0, "--output-topic", "lists")
    out = run("tail", "--topic", "lists", "--from-beginning", "--available-now", "--output", "json").stdout
    messages = [json.loads(line) for line in out.splitlines()]
    assert len(messages) == events
    expected = lists_of_table(shop, "purchases")
    by_user = {}
    for message in messages:
        value = json.loads(message["value"])
        assert message["key"] == str(value["user_id"])
        by_user.setdefault(message["key"], set()).add(message["partition"])
    assert all(len(partitions) == 1 for partitions in by_user.values())
    assert sorted(json.loads(m["value"])["item_id"] for m in messages) == sorted(row[1] for row in expected.values())
    refused = run("stream", "--available-now", "--output-topic", "lists", "--output-mode", "strict", code=65)
    assert "takes a topic in Kafka" in refused.stderr
    refused = run("stream", "--available-now", "--output-topic", "purchases", code=65)
    assert "the topic that is read" in refused.stderr
