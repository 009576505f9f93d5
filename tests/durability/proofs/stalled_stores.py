"""A store that hangs while the topic is full."""

import random
import sqlite3
import time

import checker
from lab import Lab, make_shop
from malformed import good
from processes import peak_bytes
from proofs.poison import peak_of_drain
from proofs.proof import Proof
from results import Tally

EVENTS = 60_000
SECONDS_OF_A_STALL = 6


class StalledTables(Proof):
    number = 13
    guarantee = ("While a store hangs, a stream waits within the memory that it takes without a stall, and goes on when the "
                 "store is back.")
    proven_by = ("the database of the tables is locked for seconds at random moments while tens of thousands of events wait; "
                 "the stream's peak is compared with that of a stream that nothing held up")
    trial = "stalls"
    ci_trials = 2
    at_least = {"ms stalled": 1000}

    def round(self, lab: Lab, chance: random.Random, most: int) -> Tally:
        stalled, free = (lab.shop("stalled", make_shop(lines=2_000)) for _ in range(2))
        sent = checker.Sent(stalled.tables.histories())
        events = [good(chance) for _ in range(EVENTS)]
        for shop in (stalled, free):
            shop.plant(events)
        usual = peak_of_drain(free)
        tally = Tally(trials=1)
        stream = stalled.start("stream", "--available-now", "--show-rows", 0, "--log-level", "warn")
        time.sleep(chance.uniform(0.0, 0.15))
        database = sqlite3.connect(stalled.files / "tables.db", isolation_level=None, timeout=30)
        database.execute("begin exclusive")
        begun = time.monotonic()
        peak = 0
        while time.monotonic() < begun + SECONDS_OF_A_STALL and stream.poll() is None:
            peak = max(peak, peak_bytes(stream))
            time.sleep(0.01)
        tally.counters["ms stalled"] += round(1000 * (time.monotonic() - begun))
        database.execute("rollback")
        database.close()
        while stream.poll() is None:
            peak = max(peak, peak_bytes(stream))
            time.sleep(0.002)
        tally.counters["most % of the usual memory"] = round(100 * peak / usual)
        if stream.returncode != 0:
            tally.violations.append(f"the stream ended with {stream.returncode}: {stalled.complaints()[-3:]}")
        if peak > 1.1 * usual:
            tally.violations.append(f"the stream took {peak >> 20} MB, without a stall {usual >> 20} MB")
        tally.violations += checker.check(stalled, sent)
        return tally
