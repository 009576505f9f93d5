"""Streams as a supervisor runs them: one that finds a server away at its start ends at once, and is started again."""

import random
import subprocess
import time

from lab import Shop
from malformed import good
from results import Tally

UNAVAILABLE = 69
LONGEST_WAIT = 90
PAUSE = 0.5
EVENTS_OF_A_START = 100


def start_stream(shop: Shop, tally: Tally, chance: random.Random, *arguments) -> subprocess.Popen:
    """A stream that has made a batch of events that are sent here, or that ended otherwise than for want of a server."""
    shop.plant(good(chance) for _ in range(EVENTS_OF_A_START))
    give_up = time.monotonic() + LONGEST_WAIT
    begun = shop.home / "begun"
    while True:
        with begun.open("w") as out:
            stream = shop.start("stream", "--output", "json", "--log-level", "warn", *arguments, stdout=out)
        while stream.poll() is None and begun.stat().st_size == 0 and time.monotonic() < give_up:
            time.sleep(0.01)
        if stream.poll() != UNAVAILABLE or time.monotonic() > give_up:
            return stream
        tally.counters["starts without a server"] += 1
        time.sleep(PAUSE)


def drain(shop: Shop) -> None:
    """Streams to the topic's end, as soon as the servers answer."""
    give_up = time.monotonic() + LONGEST_WAIT
    while True:
        done = shop.run("stream", "--available-now", "--show-rows", 0, code=None)
        if done.returncode != UNAVAILABLE or time.monotonic() > give_up:
            break
        time.sleep(PAUSE)
    if done.returncode != 0:
        raise RuntimeError(f"the last stream ended with {done.returncode}: {done.stderr[-2000:]}")
