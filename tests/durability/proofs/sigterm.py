"""A stream that is asked to stop."""

import random
import signal
import subprocess
import time

import checker
from lab import Lab, Shop, make_shop
from malformed import good
from proofs.proof import Proof
from results import Tally

SIGNALS_OF_A_ROUND = 20
LONGEST_DRAIN = 10
EVENTS_OF_A_SIGNAL = 3_000  # more than a stream takes until then


class Sigterm(Proof):
    number = 14
    guarantee = ("SIGTERM at any time ends a stream within ten seconds with exit code 0; nothing is left lying about, and the "
                 "next stream repeats nothing.")
    proven_by = "SIGTERM at a random moment under load, again and again on the same table"
    trial = "signals"
    ci_trials = 60
    at_least = {"with rows not yet committed": 0.2}

    def round(self, lab: Lab, chance: random.Random, most: int) -> Tally:
        shop = lab.shop("sigterm", make_shop(lines=2_000))
        sent = checker.Sent(shop.tables.histories())
        tally = Tally()
        for _ in range(min(most, SIGNALS_OF_A_ROUND)):
            shop.plant(good(chance) for _ in range(EVENTS_OF_A_SIGNAL))
            patient = chance.random() < 0.5  # then nothing is committed before the signal comes
            stream = shop.start("stream", "--max-offsets-per-trigger", 5, "--output", "json", "--commit-age",
                                "10s" if patient else "50ms", stdout=subprocess.PIPE)
            stream.stdout.readline()
            time.sleep(chance.uniform(0, 0.1))
            asked = time.monotonic()
            stream.send_signal(signal.SIGTERM)
            try:
                stream.communicate(timeout=LONGEST_DRAIN)
            except subprocess.TimeoutExpired:
                return Tally(tally.trials + 1, [f"no end within {LONGEST_DRAIN} s of SIGTERM"], tally.counters)
            tally.trials += 1
            tally.counters["with rows not yet committed"] += patient
            drain = round(1000 * (time.monotonic() - asked))
            tally.counters["most ms to drain"] = max(tally.counters["most ms to drain"], drain)
            tally.violations += self._after(shop, stream)
        shop.run("stream", "--available-now", "--show-rows", 0)
        tally.violations += checker.check(shop, sent)
        shop.run("verify")
        return tally

    @staticmethod
    def _after(shop: Shop, stream: subprocess.Popen) -> list[str]:
        wrong = []
        if stream.returncode != 0:
            wrong.append(f"the stream ended with {stream.returncode}: {shop.complaints()[-3:]}")
        wrong += [f"{path} was left behind" for path in shop.files.rglob(".*") if path.is_file()]
        rows = shop.table().count()
        if rows != sum(shop.positions().values()):
            wrong.append(f"the table has {rows} rows below positions {shop.positions()}")
        return wrong
