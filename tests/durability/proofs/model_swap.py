"""Models that change under running streams."""

import random
import signal
import time

import checker
from lab import Lab, Shop, make_shop, purchase_lines, purchase_of_line
from malformed import good
from proofs.proof import Proof
from results import Tally

STREAMS = 8  # each looks for another model once a second
SWAPS_OF_A_ROUND = 100
SECONDS_OF_A_MODEL = 1.15
SWAPPED = "another model is served"


class ModelSwap(Proof):
    number = 24
    guarantee = "Models change between batches of a running stream without an error, and every list comes from one model alone."
    proven_by = ("two models with no item in common are promoted in turn under running streams; the items of each row are "
                 "held against the model that the row names")
    trial = "swaps"
    ci_trials = 200
    at_least = {"rows": 5}

    def round(self, lab: Lab, chance: random.Random, most: int) -> Tally:
        shops = [lab.shop("swap", make_two_models) for _ in range(STREAMS)]
        sent = [checker.Sent(shop.tables.histories()) for shop in shops]
        streams = [shop.start("stream", "--commit-age", "100ms", "--show-rows", 0, "--log-level", "info") for shop in shops]
        for turn in range(1 + min(most, SWAPS_OF_A_ROUND) // STREAMS):
            begun = time.monotonic()
            for shop in shops:
                shop.run("model", "promote", 2 + turn % 2)
            while time.monotonic() < begun + SECONDS_OF_A_MODEL:
                for shop in shops:
                    shop.plant(good(chance) for _ in range(6))
                time.sleep(0.05)
        tally = Tally()
        for shop, stream in zip(shops, streams):
            stream.send_signal(signal.SIGTERM)
            stream.wait()
            tally.trials += sum(SWAPPED in line for line in shop.complaints())
            if stream.returncode != 0:
                tally.violations.append(f"a stream ended with {stream.returncode}: {shop.complaints()[-3:]}")
            tally.violations += [line for line in shop.complaints() if " warn " in line or " error " in line]
        for shop, before in zip(shops, sent):
            shop.run("stream", "--available-now", "--show-rows", 0)
            tally.violations += checker.check(shop, before) + self._mixed(shop, tally)
        return tally

    @staticmethod
    def _mixed(shop: Shop, tally: Tally) -> list[str]:
        header, lines = purchase_lines(shop)
        items = {purchase_of_line(header, line)[1] for line in lines}
        of_model = {"2": {item for item in items if item % 2 == 0}, "3": {item for item in items if item % 2 == 1}}
        rows = shop.rows()
        tally.counters["rows"] += len(rows)
        wrong = []
        for version, recommended in zip(rows["model_version"].to_pylist(), rows["recs"].to_pylist()):
            if version in of_model and not set(recommended) <= of_model[version]:
                wrong.append(f"a row of model {version} recommends {recommended}")
        return wrong


def make_two_models(shop: Shop) -> None:
    """Model 2 knows even items, model 3 odd ones."""
    make_shop(lines=4_000)(shop)
    header, lines = purchase_lines(shop)
    for remainder in (0, 1):
        chosen = [line for line in lines if purchase_of_line(header, line)[1] % 2 == remainder]
        (shop.home / "half.csv").write_text("\n".join([header, *chosen]) + "\n")
        shop.run("train", "--input", "half.csv", "--rank", 4, "--no-validation", "--gate", "report", "--no-promote")
