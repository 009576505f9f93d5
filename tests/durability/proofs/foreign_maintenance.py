"""Another Delta implementation that looks after the same table."""

import random
import time

from deltalake.exceptions import CommitFailedError

import checker
from lab import Lab, Shop, make_shop
from processes import kill
from proofs.proof import Proof
from results import Tally

ROUNDS_OF_MAINTENANCE = 12


class ForeignMaintenance(Proof):
    number = 35
    guarantee = "Others may compact and vacuum the table at any time, while streams write it and die."
    proven_by = ("OPTIMIZE and VACUUM by delta-rs, with a retention of nothing, beside streams that are killed and started "
                 "again")
    trial = "maintenances"
    ci_trials = 40
    at_least = {"compactions that stood": 0.2, "files vacuumed": 1, "streams killed": 0.2}

    def round(self, lab: Lab, chance: random.Random, most: int) -> Tally:
        shop = lab.shop("foreign", make_shop())
        sent = checker.Sent.so_far(shop)
        tally = Tally()
        shop.run("stream", "--max-offsets-per-trigger", 50, "--max-batches", 4, "--file-per-batch")
        stream = self._start(shop, chance)
        for _ in range(min(most, ROUNDS_OF_MAINTENANCE)):
            time.sleep(chance.uniform(0.02, 0.15))
            self._maintain(shop, tally)
            if chance.random() < 0.4:
                tally.counters["streams killed"] += kill(stream)
            if stream.poll() is not None:
                if stream.returncode != -9:
                    tally.violations.append(f"a stream ended with {stream.returncode}: {shop.complaints()[-3:]}")
                stream = self._start(shop, chance)
        tally.counters["streams killed"] += kill(stream)
        shop.run("stream", "--available-now", "--show-rows", 0)
        tally.violations += checker.check(shop, sent)
        self._maintain(shop, tally)
        tally.violations += checker.check(shop, sent)
        shop.run("verify")
        return tally

    @staticmethod
    def _start(shop: Shop, chance: random.Random):
        """One that goes on until it is killed, however long a maintenance takes."""
        return shop.start("stream", "--max-offsets-per-trigger", chance.choice([5, 10, 20]),
                          "--file-per-batch", "--show-rows", 0, "--log-level", "warn")

    @staticmethod
    def _maintain(shop: Shop, tally: Tally) -> None:
        tally.trials += 1
        try:  # delta-rs gives up a race sooner than we do
            shop.table().optimize.compact()
            tally.counters["compactions that stood"] += 1
            gone = shop.table().vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=False)
            tally.counters["files vacuumed"] += len(gone)
        except CommitFailedError:
            tally.counters["races lost by the others"] += 1
