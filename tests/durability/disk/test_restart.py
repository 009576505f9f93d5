"""How much a start reads of a table with 10,000 commits. Counted, not timed: the bench has the time."""

import collections
import json

from deltalake import DeltaTable

from disk.shop import STREAM, run, shop_at

COMMITS = 10_000
EVERY = 100  # commits between checkpoints


def add_entries(log, first, last):
    for version in range(first, last):
        entry = {"commitInfo": {"timestamp": 0, "operation": "WRITE", "operationParameters": {}, "txnId": f"w-{version}"}}
        (log / f"{version:020}.json").write_text(json.dumps(entry) + "\n")


def test_a_start_reads_the_last_checkpoint_and_what_came_after_it(lab):
    shop = shop_at(lab, "streamed")
    table = shop.files / "new_purchases"
    log = table / "_delta_log"
    there = len(list(log.glob("*.json")))
    add_entries(log, there, COMMITS - EVERY + 1)
    DeltaTable(str(table)).create_checkpoint()
    add_entries(log, COMMITS - EVERY + 1, COMMITS)

    done = run(shop, STREAM, points=True)
    assert done.code == 0, done.err
    reads = collections.Counter(done.points)
    assert 0 < reads["before-read-checkpoint"] <= 3
    assert EVERY - 1 <= reads["before-read-log-entry"] <= 2 * EVERY
