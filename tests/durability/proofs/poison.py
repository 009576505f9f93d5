"""Events that are none."""

import random
import time

import checker
from lab import Lab, Shop, make_shop
from malformed import good, malformed
from processes import kill, peak_bytes
from proofs.proof import Proof
from results import Tally

EVENTS_OF_A_ROUND = 12_000
KILLS_OF_A_ROUND = 12
MOST_GROWTH = 64 << 20


class Poison(Proof):
    number = 12
    guarantee = ("A malformed event is kept once, with its bytes and the right reason; it stops nothing, repeats nothing and "
                 "costs no more than 64 MB of memory.")
    proven_by = ("events of fifteen kinds of damage from a seed (cut off, nested too deep, invalid UTF-8, too large, wrong "
                 "types and ranges ...), one in four or nothing else, streamed with kills")
    trial = "malformed events"
    ci_trials = 30_000
    at_least = {"kills": 0.0005}

    def round(self, lab: Lab, chance: random.Random, most: int) -> Tally:
        only_poison = chance.random() < 0.5
        shop = lab.shop("poison", make_shop(lines=2_000))
        clean = lab.shop("poison", make_shop(lines=2_000))
        sent = checker.Sent(shop.tables.histories())
        messages = [malformed(chance) if only_poison or chance.random() < 0.25 else (good(chance), None)
                    for _ in range(EVENTS_OF_A_ROUND)]
        places = shop.plant(value for value, _ in messages)
        sent.malformed = {place: why for place, (_, why) in zip(places, messages) if why}
        clean.plant(good(chance) for _ in messages)
        tally = Tally(trials=len(sent.malformed))
        tally.counters["topics of nothing else"] += only_poison
        for _ in range(KILLS_OF_A_ROUND):
            stream = shop.start("stream", "--max-offsets-per-trigger", chance.choice([20, 100, 400]), "--show-rows", 0,
                                "--log-level", "warn", *chance.choice([["--file-per-batch"], ["--commit-age", "5ms"]]))
            time.sleep(chance.uniform(0.02, 0.15))
            tally.counters["kills"] += kill(stream)
        # In small batches: what is kept of one after the other would show.
        small = ["--max-offsets-per-trigger", 500, "--file-per-batch"]
        growth = peak_of_drain(shop, *small) - peak_of_drain(clean, *small)
        tally.counters["most MB more than clean events"] = max(0, growth >> 20)
        if growth > MOST_GROWTH:
            tally.violations.append(f"malformed events took {growth >> 20} MB more memory than good ones")
        tally.violations += checker.check(shop, sent)
        shop.run("verify")
        return tally


def peak_of_drain(shop: Shop, *options) -> int:
    """Streams to the end; the most memory that this took."""
    stream = shop.start("stream", "--available-now", "--show-rows", 0, "--log-level", "warn", *options)
    peak = 0
    while stream.poll() is None:
        peak = max(peak, peak_bytes(stream))
        time.sleep(0.002)
    if stream.returncode != 0:
        raise RuntimeError(f"a stream ended with {stream.returncode}: {shop.complaints()[-3:]}")
    return peak
