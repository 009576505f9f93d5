"""Models that must not be served, and the way back from one that is."""

import json
import pathlib
import random
import sys

from lab import Lab, Shop
from proofs.proof import Proof
from results import Tally

ENGINE = pathlib.Path(__file__).resolve().parents[1] / "planted_engine.py"
DAMAGES = ("random", "shuffled_users", "shuffled_items", "popularity_only", "stale")
USERS = 300
REFUSED = 65
RECIPE = ("--rank", 16)


class BadModels(Proof):
    number = 26
    guarantee = "A bad model is refused and the old one stays; going back to an earlier model gives its lists bit for bit."
    proven_by = ("an engine of our own returns factors that are random, belong to other users or items, know popularity alone, "
                 "or have seen little of the data; undamaged, it passes")
    trial = "planted models"
    ci_trials = 20
    at_least = {"undamaged models accepted": 0.1, "lists compared after a rollback": 50}

    def round(self, lab: Lab, chance: random.Random, most: int) -> Tally:
        shop = lab.shop("bad-models", make_served_shop)
        before = self._served(shop)
        tally = Tally()
        for damage in DAMAGES:
            done = self._train(shop, damage, chance.randrange(1 << 30), code=None)
            tally.trials += 1
            tally.counters[damage] += 1
            if done.returncode != REFUSED or "gate" not in done.stderr or self._served(shop) != before:
                tally.violations.append(f"the gate let a model pass that is {damage}: {done.stdout[-900:]}{done.stderr[-300:]}")
        self._train(shop, "none", chance.randrange(1 << 30), code=0)
        tally.counters["undamaged models accepted"] += 1
        tally.violations += self._roll_back(shop, before, tally)
        return tally

    @staticmethod
    def _roll_back(shop: Shop, before: tuple, tally: Tally) -> list[str]:
        changed = BadModels._served(shop)
        shop.run("model", "rollback")
        after = BadModels._served(shop)
        tally.counters["lists compared after a rollback"] += USERS
        wrong = [] if after == before else ["a rollback gives other lists than were given before"]
        return wrong + (["the model before the rollback gave the same lists"] if changed == before else [])

    @staticmethod
    def _train(shop: Shop, damage: str, seed: int, code: int | None):
        """A training by the planted engine."""
        submit = shop.home / "submit"
        submit.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{ENGINE}" "$@"\n')
        submit.chmod(0o755)
        return shop.run("train", *RECIPE, "--engine", "spark", "--spark-submit", submit, "--spark-arguments",
                        f"--damage {damage} --damage-seed {seed}", code=code)

    @staticmethod
    def _served(shop: Shop) -> tuple:
        """The version that is served, and what it recommends to everybody."""
        version = json.loads(shop.run("model", "inspect", "--output", "json").stdout)["model_version"]
        users = [word for user in range(1, USERS + 1) for word in ("--user", user)]
        return version, shop.run("recommend", *users, "--output", "json").stdout


def make_served_shop(shop: Shop) -> None:
    shop.run("generate", "raw", "--users", USERS, "--items", 500, "--lines", 30_000, "--seed", 7)
    shop.run("prepare", "--purchases", "raw/purchases.csv", "--products", "raw/products.csv", "--time-column", "ts",
             "--basket-column", "basket_id")
    shop.run("split", "--by", "time")
    shop.run("load")
    shop.run("train", *RECIPE)
