"""Damage to the tables on disk."""

import random

from lab import Lab
from proofs.counted_program import run_counted
from proofs.proof import Proof
from results import Tally

MOST = 1000


class PlantedCorruption(Proof):
    number = 7
    guarantee = "Any damage to the tables on disk is found by verify, and named; sound tables raise no alarm."
    proven_by = ("made-up tables of commits, deaths, races, compactions and months are damaged: bits flipped, files cut, "
                 "deleted, copied, swapped or stale, entries of the log edited with a seal that fits; as many are left sound")
    trial = "planted damages"
    ci_trials = 0  # ctest plants some
    at_least = {"sound tables without alarm": 1}

    def round(self, lab: Lab, chance: random.Random, most: int) -> Tally:
        trials = min(MOST, most)
        tallies = run_counted(lab, "punnet_corruption_test", "PlantedCorruption.*:SoundTables.*",
                              {"PUNNET_CORRUPTION_TRIALS": trials, "PUNNET_CORRUPTION_SEED": chance.randrange(1 << 30)})
        tally = tallies["planted corruption"]
        sound = tallies["sound tables"]
        tally.counters["sound tables without alarm"] = sound.trials - len(sound.violations)
        tally.violations += sound.violations
        return tally
