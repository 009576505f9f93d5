"""Damage to the directories of models."""

import random

from lab import Lab
from proofs.counted_program import run_counted
from proofs.proof import Proof
from results import Tally

MOST = 5000


class CorruptModels(Proof):
    number = 25
    guarantee = "A damaged model is never served."
    proven_by = ("files of a served model have bits flipped, are cut, grow, vanish or change places, and hashes are made "
                 "wrong; loading it fails, or gives the model that was published")
    trial = "damaged models"
    ci_trials = 0  # ctest damages some, and an end-to-end test does it beside a stream
    at_least = {"flipped bits": 0.1, "missing files": 0.05, "wrong hashes": 0.05}

    def round(self, lab: Lab, chance: random.Random, most: int) -> Tally:
        tallies = run_counted(lab, "punnet_corruption_test", "ModelCorruption.*:ForgedModel.*",
                              {"PUNNET_MODEL_MUTATIONS": min(MOST, most), "PUNNET_MODEL_SEED": chance.randrange(1 << 30)})
        tally = tallies["model corruption"]
        forged = tallies["forged models"]
        tally.counters["bits flipped under hashes that fit, no broken model"] = forged.trials
        tally.violations += forged.violations
        return tally
