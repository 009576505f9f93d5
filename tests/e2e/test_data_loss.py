"""Events that the topic dropped before they were read stop the stream, or are on record as a gap."""

import contextlib
import json
import sqlite3

import pytest
from deltalake import DeltaTable


@pytest.fixture
def half_read_topic(run, tmp_path):
    """A topic of one partition whose first events are in the table, and the next ones gone."""
    run("generate", "raw", "--users", 50, "--items", 100, "--lines", 4_000)
    run("prepare", "--purchases", "raw/purchases.csv", "--products", "raw/products.csv", "--top-n", 50)
    run("split")
    run("load")
    run("train", "--rank", 4, "--no-validation")
    events = json.loads(run("publish", "--output", "json").stdout)["published"]
    run("stream", "--max-offsets-per-trigger", 100, "--max-batches", 3)
    drop_events_before(tmp_path, 450)
    return tmp_path, events


def drop_events_before(directory, offset):
    with contextlib.closing(sqlite3.connect(directory / "shop/events.db")) as topic, topic:
        topic.execute('DELETE FROM events WHERE "offset" < ?', (offset,))


def test_lost_events_stop_the_stream_and_the_message_names_the_option(run, half_read_topic):
    refused = run("stream", "--available-now", code=65)
    assert "begins at offset 450" in refused.stderr and "from 300 on" in refused.stderr
    assert "--on-data-loss record" in refused.stderr
    assert json.loads(run("verify", "--output", "json").stdout)["positions"] == {"0": 300}


def test_lost_events_are_recorded_as_a_gap_when_told(run, half_read_topic):
    directory, events = half_read_topic
    streamed = run("stream", "--available-now", "--on-data-loss", "record")
    assert "the gap is recorded" in streamed.stderr
    report = json.loads(run("verify", "--output", "json").stdout)
    assert report["sound"] and report["positions"] == {"0": events} and report["holes"] == {"0": 0}
    assert report["gaps"] == [{"partition": 0, "start": 300, "next": 450}]
    assert report["rows"] == events - 150
    assert "[300, 450) were lost before they were read" in run("verify").stdout
    ranges = [json.loads(entry["punnetRanges"]) for entry in DeltaTable(str(directory / "shop/new_purchases")).history()
              if "punnetRanges" in entry]
    assert [covered["gap"] for commit in ranges for covered in commit if "gap" in covered] == [150]


def test_a_topic_that_was_cut_always_stops_the_stream(run, half_read_topic):
    directory, _ = half_read_topic
    with contextlib.closing(sqlite3.connect(directory / "shop/events.db")) as topic, topic:
        topic.execute('DELETE FROM events WHERE "offset" >= 200')
        topic.execute("UPDATE partitions SET next_offset = 200")
    assert "made anew" in run("stream", "--available-now", "--on-data-loss", "record", code=65).stderr
