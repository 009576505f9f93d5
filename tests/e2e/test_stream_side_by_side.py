"""A stream beside everything else: other streams, readers, maintenance, retraining, stops, locks and full disks."""

import collections
import contextlib
import json
import os
import shutil
import signal
import sqlite3
import struct
import subprocess
import time

import pytest
from deltalake import DeltaTable
from deltalake.exceptions import CommitFailedError

BAD = ["{", "[]", '{"user_id":1}', b"\xff\xfe\x00", "x" * 70_000,
       '{"user_id":1,"user_id":1,"item_id":2,"quantity":3,"sales_value":1.0}',
       '{"user_id":99999999999,"item_id":2,"quantity":3,"sales_value":1.0}']


@pytest.fixture(scope="module")
def made_shop(punnet, tmp_path_factory):
    """A shop with a model and purchases to publish, made once."""
    directory = tmp_path_factory.mktemp("made")
    for arguments in (["generate", "raw", "--users", 100, "--items", 200, "--lines", 24_000],
                      ["prepare", "--purchases", "raw/purchases.csv", "--products", "raw/products.csv", "--top-n", 100],
                      ["split"], ["load"], ["train", "--rank", 4, "--no-validation"]):
        subprocess.run([punnet, *map(str, arguments)], cwd=directory, check=True, capture_output=True, timeout=120)
    return directory / "shop"


@pytest.fixture
def shop(made_shop, tmp_path):
    shutil.copytree(made_shop, tmp_path / "shop")
    return tmp_path / "shop"


@pytest.fixture
def events(run, shop):
    return json.loads(run("publish", "--partitions", 2, "--output", "json").stdout)["published"]


def spoil(shop, values):
    """Appends these values to every partition, as a careless producer would."""
    with sqlite3.connect(shop / "events.db") as database:
        ends = database.execute("select topic_id, partition, next_offset from partitions").fetchall()
        for topic, partition, end in ends:
            for n, value in enumerate(values):
                database.execute(
                    'insert into events (topic_id, partition, "offset", ts, value) values (?, ?, ?, 0, ?)',
                    (topic, partition, end + n, value))
        database.execute("update partitions set next_offset = next_offset + ?", (len(values),))
    return len(values) * len(ends)


def counts_in_histories(shop):
    counts = {}
    with sqlite3.connect(shop / "tables.db") as database:
        for user, entries in database.execute("select user_id, entries from histories"):
            for item, count, _ in struct.iter_unpack("<qqq", entries):
                counts[user, item] = count
    return counts


def table(shop, name="new_purchases"):
    return DeltaTable(str(shop / name)).to_pyarrow_table()


def places(rows):
    return list(zip(rows["partition"].to_pylist(), rows["offset"].to_pylist()))


def parts(shop):
    return sorted((shop / "new_purchases").glob("*.parquet"))


def assert_every_event_once(shop, run, events):
    found = places(table(shop))
    assert len(found) == events and len(set(found)) == events
    assert json.loads(run("verify", "--output", "json").stdout)["rows"] == events


def wait_for(condition, process):
    while not condition():
        assert process.poll() is None, process.communicate()
        time.sleep(0.002)


def test_kills_leave_every_reject_once_and_exact_histories(start, run, shop, events):
    bad = spoil(shop, BAD * 30)
    run("publish", "--run-id", "second")
    before = collections.Counter(counts_in_histories(shop))
    kills = 0
    for attempt in range(12):
        cut = [["--file-per-batch"], ["--commit-bytes", "20KB"], ["--commit-age", "5ms"]][attempt % 3]
        process = start("stream", "--available-now", "--max-offsets-per-trigger", 20, "--show-rows", 0, "--log-level",
                        "error", *cut, stdout=subprocess.DEVNULL)
        log = shop / "rejected_events/_delta_log"
        entries = len(list(log.glob("*"))) if log.exists() else 0
        time.sleep(0.006 * attempt)
        while attempt % 2 and process.poll() is None and len(list(log.glob("*"))) <= entries:
            time.sleep(0.001)
        process.kill()
        process.wait()
        kills += process.returncode == -signal.SIGKILL
    assert kills >= 5, "the streams ended before they could be killed: publish more events"
    run("stream", "--available-now", "--show-rows", 0)

    assert_every_event_once(shop, run, 2 * events)
    rejects = table(shop, "rejected_events")
    assert len(rejects) == bad == len(set(places(rejects)))
    with sqlite3.connect(shop / "events.db") as database:
        sent = {(partition, offset): value if isinstance(value, bytes) else value.encode() for partition, offset, value
                in database.execute('select partition, "offset", value from events')}
    for place, kept, reason in zip(places(rejects), rejects["bytes"].to_pylist(), rejects["reason"].to_pylist()):
        assert kept == sent[place] and reason
    rows = table(shop)
    before.update(zip(rows["user_id"].to_pylist(), rows["item_id"].to_pylist()))
    assert counts_in_histories(shop) == dict(before)


def test_a_topic_of_nothing_but_bad_events_is_drained(run, shop):
    run("publish", "--input", "-", input="user_id,item_id,quantity,sales_value\n1,1,1,1.0\n")
    spoil(shop, BAD)
    with sqlite3.connect(shop / "events.db") as database:
        database.execute('update events set value = ? where "offset" = 0', ("no event",))
    first = run("stream", "--available-now", "--show-rows", 5)
    assert "8 rejected" in first.stdout
    assert len(table(shop)) == 0 and len(table(shop, "rejected_events")) == 8
    assert "Processed a total of 0 events" in run("stream", "--available-now").stdout
    assert json.loads(run("verify", "--output", "json").stdout)["rejects"] == 8


def test_files_are_cut_by_bytes_age_and_stop_but_not_by_batch(run, shop, events):
    run("stream", "--max-offsets-per-trigger", 100, "--max-batches", 20, "--commit-age", "1h")
    assert len(parts(shop)) == 1
    run("stream", "--max-offsets-per-trigger", 100, "--max-batches", 5, "--file-per-batch")
    assert len(parts(shop)) == 6
    run("stream", "--max-offsets-per-trigger", 100, "--max-batches", 20, "--commit-age", "1h", "--commit-bytes", "50KB")
    assert 6 + 2 <= len(parts(shop)) < 6 + 20
    run("stream", "--max-offsets-per-trigger", 100, "--max-batches", 3, "--commit-age", "1ms", "--trigger", "20ms")
    run("stream", "--available-now")
    assert_every_event_once(shop, run, events)


def test_where_to_begin_counts_only_for_a_table_without_position(start, run, shop, events):
    process = start("stream", "--starting-offsets", "latest", "--output", "json", "--log-level", "debug")
    wait_for(lambda: (shop / "rejected_events/_delta_log").exists(), process)
    time.sleep(0.3)
    run("publish", "--run-id", "second")
    seen = 0
    while seen < events:
        seen += json.loads(process.stdout.readline())["numInputRows"]
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 0
    report = json.loads(run("verify", "--output", "json").stdout)
    assert report["rows"] == events == sum(report["starts"].values())
    run("publish", "--run-id", "third")
    run("stream", "--starting-offsets", "latest", "--available-now")
    assert_every_event_once(shop, run, 2 * events)
    assert "from" in run("verify").stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_that_comes_twice_at_once_still_drains(start, run, shop, events, number):
    process = start("stream", "--max-offsets-per-trigger", 100, "--trigger", "60s", "--output", "json")
    taken = json.loads(process.stdout.readline())["numInputRows"]
    process.send_signal(number)
    time.sleep(0.01)
    process.send_signal(number)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    assert json.loads(run("verify", "--output", "json").stdout)["rows"] == taken > 0


def test_a_stream_that_was_stopped_for_a_while_gives_way_to_another(start, run, shop, events):
    arguments = ["stream", "--available-now", "--max-offsets-per-trigger", 100, "--file-per-batch", "--show-rows", 0]
    sleeper = start(*arguments, stdout=subprocess.DEVNULL)
    wait_for(lambda: len(parts(shop)) >= 3, sleeper)
    sleeper.send_signal(signal.SIGSTOP)
    other = start(*arguments, stdout=subprocess.DEVNULL)
    # It ends while the first one sleeps, unless that one sleeps with a lock of the tables in its hand.
    with contextlib.suppress(subprocess.TimeoutExpired):
        other.wait(timeout=5)
    sleeper.send_signal(signal.SIGCONT)
    for process in (sleeper, other):
        _, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
    run(*arguments)
    assert_every_event_once(shop, run, events)


def test_others_may_compact_and_vacuum_while_a_stream_writes(start, run, shop, events):
    process = start("stream", "--max-offsets-per-trigger", 20, "--file-per-batch", "--show-rows", 0, "--log-level",
                    "warn", "--available-now")
    rounds = 0
    while process.poll() is None and rounds < 50:
        if len(parts(shop)) > 3:
            with contextlib.suppress(CommitFailedError):  # it gives up a race sooner than we do
                DeltaTable(str(shop / "new_purchases")).optimize.compact()
            run("compact")
            rounds += 1
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0 and rounds > 1, err
    assert_every_event_once(shop, run, events)
    DeltaTable(str(shop / "new_purchases")).optimize.compact()
    DeltaTable(str(shop / "new_purchases")).vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=False)
    assert_every_event_once(shop, run, events)
    run("vacuum", "--retain", "0s", code=65)
    run("vacuum", "--retain", "0s", "--force")
    assert_every_event_once(shop, run, events)
    assert "newer" in run("snapshot", "old", "--version-as-of", 3, code=65).stderr
    assert not (shop.parent / "old").exists()


def test_a_running_stream_takes_up_what_retraining_publishes(start, run, shop, events):
    process = start("stream", "--output", "json", "--file-per-batch")
    seen = 0
    while seen < events:
        batch = json.loads(process.stdout.readline())
        seen += batch["numInputRows"]
    assert batch["modelVersion"] == "1"
    run("retrain", "--rank", 4, "--no-validation")
    versions = set()
    for again in range(20):
        run("publish", "--run-id", f"again {again}")
        seen = 0
        while seen < events:
            batch = json.loads(process.stdout.readline())
            seen += batch["numInputRows"]
            versions.add(batch["modelVersion"])
        if "2" in versions:
            break
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) == 0
    assert "2" in versions
    assert set(table(shop)["model_version"].to_pylist()) == {"1", "2"}


def test_a_topic_made_anew_is_refused_even_when_it_is_longer(run, shop, events):
    run("stream", "--max-offsets-per-trigger", 100, "--max-batches", 1)
    for file in shop.glob("events.db*"):
        file.unlink()
    run("publish", "--partitions", 2)
    done = run("stream", "--available-now", code=65)
    assert "created again" in done.stderr and "move the table" in done.stderr
    assert 0 < len(table(shop)) <= 100


def test_a_log_that_ends_before_the_table_is_refused(run, shop, events):
    run("stream", "--available-now")
    with sqlite3.connect(shop / "events.db") as database:
        database.execute('delete from events where "offset" >= 50')
        database.execute("update partitions set next_offset = 50")
    done = run("stream", "--available-now", code=65)
    assert "ends at 50" in done.stderr and "files.uri" in done.stderr
    assert_every_event_once(shop, run, events)


def test_a_full_disk_ends_the_stream_and_the_next_goes_on(punnet, run, shop, events):
    # No file may grow beyond 60 KB: no place for a batch of 10,000.
    done = subprocess.run(
        ["bash", "-c", 'ulimit -f 60; trap "" XFSZ; exec "$0" "$@"', punnet, "stream", "--available-now",
         "--file-per-batch", "--show-rows", "0", "--conf", "tables.timeout=1s"],
        cwd=shop.parent, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 75, (done.returncode, done.stderr)
    assert "punnet: error: " in done.stderr
    hidden = [path for path in shop.rglob(".*") if path.is_file()]
    assert not hidden and not parts(shop)
    run("stream", "--available-now", "--show-rows", 0)
    assert_every_event_once(shop, run, events)


def locked(path):
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("begin exclusive")
    return database


def test_a_locked_log_and_locked_tables_are_waited_for_and_said(start, run, shop, events):
    for name, arguments in (("events.db", ["publish", "--run-id", "later"]),
                            ("tables.db", ["stream", "--available-now", "--show-rows", 0])):
        lock = locked(shop / name)
        process = start(*arguments)
        line = next(line for line in process.stderr if "waiting for" in line)
        assert name in line and process.poll() is None
        lock.execute("rollback")
        lock.close()
        _, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
    assert_every_event_once(shop, run, 2 * events)


def test_tail_watches_the_topic_as_the_original_did(start, run, shop, events):
    done = run("tail", "--from-beginning", "--max-offsets-per-trigger", 10, "--trigger", "10ms", "--max-messages", 25,
               "--partition", 1)
    heads = [line for line in done.stdout.splitlines() if line.startswith("Batch: ")]
    assert heads == ["Batch: 0", "Batch: 1", "Batch: 2"]
    assert "|user_id|item_id|quantity|sales_value|partition|offset|" in done.stdout
    assert "Processed a total of 25 messages" in done.stderr
    one = run("tail", "--partition", 0, "--offset", 3, "--max-messages", 1)
    assert one.stdout.startswith('{"user_id":') and one.stdout.count("\n") == 1
    assert "outside" in run("tail", "--offset", 10 ** 9, "--partition", 0, "--available-now", code=65).stderr
    end = start("tail")
    time.sleep(0.2)
    end.send_signal(signal.SIGINT)
    out, err = end.communicate(timeout=30)
    assert end.returncode == 0 and out == "" and "Processed a total of 0 messages" in err


def test_tail_ends_when_its_reader_leaves_although_nothing_comes(start, run, shop, events):
    sent = run("tail", "--from-beginning", "--partition", 0, "--available-now").stdout.splitlines()
    watching = start("tail", "--partition", 0, "--offset", len(sent) - 1)
    assert watching.stdout.readline() == sent[-1] + "\n"
    watching.stdout.close()
    assert watching.wait(timeout=20) == 0, watching.stderr.read()


@pytest.fixture
def streamed(run, shop, events):
    run("stream", "--available-now", "--max-offsets-per-trigger", 2_000, "--file-per-batch")
    run("verify")
    return shop


def entry(shop, version):
    return shop / "new_purchases/_delta_log" / f"{version:020}.json"


def truncated(shop):
    os.truncate(parts(shop)[2], parts(shop)[2].stat().st_size - 10)
    return parts(shop)[2].name


def swapped(shop):
    one, other = parts(shop)[1:3]
    first = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(first)
    return one.name


def added_twice(shop):
    add = next(line for line in entry(shop, 2).read_text().splitlines() if '"add"' in line)
    last = len(list(entry(shop, 0).parent.glob("*.json")))
    entry(shop, last).write_text('{"commitInfo":{"timestamp":1,"operation":"WRITE"}}\n' + add + "\n")
    return entry(shop, last).name


def copied(shop):
    add = next(line for line in entry(shop, 2).read_text().splitlines() if '"add"' in line)
    name = json.loads(add)["add"]["path"]
    shutil.copy(shop / "new_purchases" / name, shop / "new_purchases/copy.parquet")
    last = len(list(entry(shop, 0).parent.glob("*.json")))
    entry(shop, last).write_text(add.replace(name, "copy.parquet") + "\n")
    return "copy.parquet"


def moved_back(shop):
    text = entry(shop, 2).read_text()
    position = json.loads(text.splitlines()[1])["txn"]["version"]
    entry(shop, 2).write_text(text.replace(f'"version":{position},', f'"version":{position - 1},'))
    return entry(shop, 2).name


def without_an_entry(shop):
    entry(shop, 2).unlink()
    return "log entry 2"


@pytest.mark.parametrize("damage", [truncated, swapped, added_twice, copied, moved_back, without_an_entry])
def test_verify_finds_what_was_done_to_the_table(run, streamed, damage):
    place = damage(streamed)
    done = run("verify", code=65)
    assert place in done.stdout + done.stderr
    assert "nothing damaged" not in done.stdout


def test_a_snapshot_is_plain_parquet_and_never_mixed_with_other_files(run, streamed, events):
    import pyarrow.parquet as parquet
    run("snapshot", "plain")
    rows = parquet.read_table(streamed.parent / "plain")
    assert collections.Counter(places(rows)) == collections.Counter(places(table(streamed)))
    assert "not empty" in run("snapshot", "plain", code=65).stderr
    assert len(parquet.read_table(streamed.parent / "plain")) == events
