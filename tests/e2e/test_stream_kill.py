"""Streams that are killed, stopped and run side by side: every event is in the table once."""

import json
import signal
import time

import pytest
from deltalake import DeltaTable


@pytest.fixture
def shop_with_topic(run, tmp_path):
    run("generate", "raw", "--users", 200, "--items", 300, "--lines", 40_000)
    run("prepare", "--purchases", "raw/purchases.csv", "--products", "raw/products.csv", "--top-n", 150)
    run("split")
    run("load")
    run("train", "--rank", 8, "--no-validation")
    published = json.loads(run("publish", "--partitions", 2, "--output", "json").stdout)
    return tmp_path, published["published"]


def table_entries(directory):
    return len(list((directory / "shop/new_purchases/_delta_log").glob("*.json")))


def assert_every_event_once(directory, run, events):
    rows = DeltaTable(str(directory / "shop/new_purchases")).to_pyarrow_table()
    keys = list(zip(rows["partition"].to_pylist(), rows["offset"].to_pylist()))
    assert len(keys) == events and len(set(keys)) == events
    assert json.loads(run("verify", "--output", "json").stdout)["rows"] == events


def test_kills_anywhere_lose_and_repeat_nothing(start, run, shop_with_topic):
    directory, events = shop_with_topic
    arguments = ["stream", "--available-now", "--max-offsets-per-trigger", 200, "--file-per-batch", "--show-rows", 0,
                 "--log-level", "error"]
    kills = 0
    for attempt in range(12):
        before = table_entries(directory)
        process = start(*arguments)
        while process.poll() is None and table_entries(directory) < before + 2 + attempt % 3:
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        kills += process.returncode == -signal.SIGKILL
    assert kills >= 5, "the streams ended before they could be killed: publish more events"
    run(*arguments)
    assert_every_event_once(directory, run, events)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_drains_the_stream_and_it_goes_on_later(start, run, shop_with_topic, number):
    directory, events = shop_with_topic
    process = start("stream", "--max-offsets-per-trigger", 100, "--output", "json")
    lines = [json.loads(process.stdout.readline()) for _ in range(3)]
    process.send_signal(number)
    rest = process.stdout.read()  # communicate would not see what readline has read ahead
    _, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    done = sum(batch["numInputRows"] for batch in lines + [json.loads(line) for line in rest.splitlines()])
    assert json.loads(run("verify", "--output", "json").stdout)["rows"] == done <= events
    run("stream", "--available-now")
    assert_every_event_once(directory, run, events)


def test_a_stream_waits_for_new_events_and_swaps_the_model(start, run, shop_with_topic):
    directory, events = shop_with_topic
    run("stream", "--available-now")
    run("train", "--rank", 4, "--no-validation", "--no-promote", "--gate", "report")
    process = start("stream", "--output", "json", "--commit-age", "100ms")
    run("publish", "--run-id", "more")
    first = json.loads(process.stdout.readline())
    assert first["modelVersion"] == "1"
    run("model", "promote", "2")
    time.sleep(1.5)
    run("publish", "--run-id", "still more")
    swapped = False
    seen = first["numInputRows"]
    while seen < 2 * events:
        batch = json.loads(process.stdout.readline())
        seen += batch["numInputRows"]
        swapped = swapped or batch["modelVersion"] == "2"
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 0 and swapped
    assert "another model is served" in err


def test_two_streams_of_one_topic_write_every_event_once(start, run, shop_with_topic):
    directory, events = shop_with_topic
    arguments = ["stream", "--available-now", "--max-offsets-per-trigger", 500, "--file-per-batch", "--show-rows", 0]
    processes = [start(*arguments) for _ in range(2)]
    for process in processes:
        _, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
    run(*arguments)
    assert_every_event_once(directory, run, events)
