"""SIGTERM at any time under load: the stream drains within ten seconds, and nothing is lost, repeated or left lying about."""

import json
import random
import signal
import time

import pytest
from deltalake import DeltaTable

ROUNDS = 60
LONGEST_DRAIN_SECONDS = 10


@pytest.fixture
def topic(run, tmp_path):
    run("generate", "raw", "--users", 300, "--items", 300, "--lines", 60_000)
    run("prepare", "--purchases", "raw/purchases.csv", "--products", "raw/products.csv", "--top-n", 150)
    run("split")
    run("load")
    run("train", "--rank", 8, "--no-validation")
    return json.loads(run("publish", "--partitions", 3, "--output", "json").stdout)["published"]


def test_sixty_times_it_drains_and_goes_on(start, run, topic, tmp_path):
    chance = random.Random(1)
    published, done = topic, 0
    drains = []
    for number in range(ROUNDS):
        process = start("stream", "--max-offsets-per-trigger", 50, "--output", "json", "--commit-age",
                        chance.choice(["50ms", "10s"]))
        if done == published:  # there must be something to do
            published += json.loads(run("publish", "--run-id", number, "--output", "json").stdout)["published"]
        assert process.stdout.readline()
        time.sleep(chance.uniform(0, 0.1))
        asked = time.monotonic()
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=LONGEST_DRAIN_SECONDS)
        drains.append(time.monotonic() - asked)
        assert process.returncode == 0, err
        before, done = done, held(tmp_path / "shop/new_purchases")
        assert done > before
    left = [path for path in (tmp_path / "shop").rglob(".*") if path.is_file()]
    assert not left
    run("stream", "--available-now")
    report = json.loads(run("verify", "--output", "json").stdout)
    assert report["sound"] and report["rows"] == published
    print(f"{ROUNDS} drains, the longest took {max(drains) * 1000:.0f} ms")


def held(directory):
    """How many events lie below the positions of the table."""
    table = DeltaTable(str(directory))
    topic_id = table.metadata().configuration["punnet.topic_id"]
    return sum(table.transaction_version(f"punnet:{topic_id}:{partition}") or 0 for partition in range(3))
