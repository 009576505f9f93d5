"""Publishing that is killed and run again: nothing missing, nothing twice."""

import collections
import contextlib
import itertools
import json
import os
import signal
import time

import pytest

ROWS = 40_000


@pytest.fixture
def purchases(run, tmp_path):
    run("generate", "raw", "--users", 200, "--items", 300, "--lines", ROWS)
    return tmp_path / "raw/purchases.csv"


def messages_in(run, *arguments):
    done = run("tail", "--from-beginning", "--available-now", "--output", "json", *arguments)
    return [json.loads(line) for line in done.stdout.splitlines()]


def expected_values(purchases):
    rows = purchases.read_text().splitlines()[1:]
    return [tuple(row.split(",")[:3]) for row in rows]


def values_of(messages):
    values = (json.loads(message["value"]) for message in messages)
    return [(str(value["user_id"]), str(value["item_id"]), str(value["quantity"])) for value in values]


def bytes_of_topic(shop):
    size = 0
    for path in shop.glob("events.db*"):
        with contextlib.suppress(FileNotFoundError):  # SQLite's journals come and go
            size += path.stat().st_size
    return size


def wait_until_topic_grows(process, shop, before):
    """Until the log's files have grown, or the process has ended."""
    while process.poll() is None and bytes_of_topic(shop) <= before:
        time.sleep(0.002)


@pytest.mark.parametrize("key", ["none", "user"])
def test_twenty_kills_lose_and_repeat_nothing(start, run, purchases, tmp_path, key):
    arguments = ["publish", "--input", "raw/purchases.csv", "--partitions", 3, "--key", key, "--log-level", "error"]
    kills = 0
    for attempt in range(20):
        size = bytes_of_topic(tmp_path / "shop")
        process = start(*arguments)
        if attempt % 2:
            wait_until_topic_grows(process, tmp_path / "shop", size + 50_000)
        else:
            time.sleep(0.004 * attempt)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        kills += process.returncode == -signal.SIGKILL
    assert kills >= 5, "the runs ended before they could be killed: publish more rows"
    run(*arguments)

    messages = messages_in(run)
    assert collections.Counter(values_of(messages)) == collections.Counter(expected_values(purchases))
    by_partition = collections.defaultdict(list)
    for message in messages:
        by_partition[message["partition"]].append(message["offset"])
    for offsets in by_partition.values():
        assert sorted(offsets) == list(range(len(offsets)))
    if key == "none":
        expected = expected_values(purchases)
        for partition in range(3):
            mine = sorted((m for m in messages if m["partition"] == partition), key=lambda m: m["offset"])
            assert values_of(mine) == list(itertools.islice(expected, partition, None, 3))
    assert json.loads(run(*arguments, "--output", "json").stdout)["published"] == 0


@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_a_slow_publish_and_the_same_command_goes_on(start, run, purchases, tmp_path, number, code):
    process = start("publish", "--input", "raw/purchases.csv", "--rate", "500/s")
    while not (tmp_path / "shop/events.db").exists():
        time.sleep(0.01)
    time.sleep(0.3)
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    assert process.returncode == code, err
    assert out == "" and err.startswith("punnet: error: ")
    done = json.loads(run("publish", "--input", "raw/purchases.csv", "--output", "json").stdout)
    assert done["published"] + done["already_held"] == ROWS


def test_several_processes_read_while_one_writes(start, run, purchases, tmp_path):
    publisher = start("publish", "--input", "raw/purchases.csv", "--partitions", 2)
    while not (tmp_path / "shop/events.db").exists():
        time.sleep(0.005)
    readers = [start("tail", "--from-beginning", "--max-messages", ROWS)
               for _ in range(2) if os.path.exists(tmp_path / "shop/events.db")]
    # A reader that came before the topic was made says so; the others see every message.
    for reader in readers:
        out, err = reader.communicate(timeout=120)
        assert reader.returncode == 0 or "punnet publish" in err
        if reader.returncode == 0:
            assert len(out.splitlines()) == ROWS
    assert publisher.wait(timeout=120) == 0


def test_another_run_id_publishes_again(run, purchases):
    run("publish", "--input", "raw/purchases.csv")
    again = json.loads(run("publish", "--input", "raw/purchases.csv", "--run-id", "again", "--output", "json").stdout)
    assert again["published"] == ROWS
