"""Several streams that all believe a partition to be theirs."""

import random
import signal
import time

import checker
from lab import Lab, make_shop
from processes import Unfinished, kill
from proofs.process_death import drained, sleep_until
from proofs.proof import Proof
from results import Tally

LOST_RACE = "another stream was first"
LONGEST_STOP = 6.0
GIVE_UP = 60


class SideBySide(Proof):
    number = 3
    guarantee = ("Several streams of the same partitions at once, of which one sleeps and wakes up late, write every event "
                 "once, count it once, and leave each user the list of one of its events.")
    proven_by = ("two or three streams over the same three partitions; one is stopped by SIGSTOP for up to six seconds while "
                 "the others go on, and continued, or killed in its sleep")
    trial = "rounds"
    ci_trials = 30
    at_least = {"lost races": 1, "streams stopped": 1}

    def round(self, lab: Lab, chance: random.Random, most: int) -> Tally:
        shop = lab.shop("side-by-side", make_shop(lines=6_000))
        sent = checker.Sent.so_far(shop)
        unfinished = Unfinished(shop)
        tally = Tally(trials=1)
        streams = [shop.start("stream", "--available-now", "--max-offsets-per-trigger", chance.choice([30, 60, 100]),
                              "--file-per-batch", "--show-rows", 0, "--log-level", "warn")
                   for _ in range(chance.choice([2, 2, 3]))]
        self._disturb(streams, chance, tally)
        for stream in streams:
            stream.wait(timeout=GIVE_UP)
            if stream.returncode not in (0, -signal.SIGKILL):
                tally.violations.append(f"a stream ended with {stream.returncode}: {shop.complaints()[-3:]}")
        tally.counters["lost races"] += sum(LOST_RACE in line for line in shop.complaints())
        tally.violations += drained(shop, sent, unfinished, one_at_a_time=False)
        tally.counters["events"] += len(shop.events())
        return tally

    def _disturb(self, streams: list, chance: random.Random, tally: Tally) -> None:
        """Stops streams for a while, until those that are awake are done."""
        sleeper = chance.choice(streams)
        time.sleep(chance.uniform(0.02, 0.15))
        while sleeper.poll() is None:
            length = LONGEST_STOP * chance.random() if chance.random() < 0.1 else chance.uniform(0.01, 0.5)
            stopped = time.monotonic()
            sleeper.send_signal(signal.SIGSTOP)
            tally.counters["streams stopped"] += 1
            sleep_until(stopped + length)
            tally.counters["most ms asleep"] = max(tally.counters["most ms asleep"], round(1000 * length))
            if chance.random() < 0.1:
                tally.counters["killed asleep"] += kill(sleeper)
                return
            sleeper.send_signal(signal.SIGCONT)
            time.sleep(chance.uniform(0.01, 0.1))
            sleeper = chance.choice(streams)
