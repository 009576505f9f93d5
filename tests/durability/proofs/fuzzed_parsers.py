"""Bytes from outside."""

import random
import re
import subprocess

from lab import Lab
from proofs.proof import Proof
from results import REPOSITORY, Tally

SECONDS_EACH = 15
TIMEOUT = 7200


class FuzzedParsers(Proof):
    number = 30
    guarantee = "No bytes from outside crash a parser, make it take all memory, or read as two things."
    proven_by = ("libFuzzer under the address and undefined behaviour sanitizers on each parser, with what it kept of "
                 "earlier runs; where there are two ways to read, or a writer, they are held against each other")
    trial = "executions"
    ci_trials = 0  # ctest runs every parser over its corpus

    def round(self, lab: Lab, chance: random.Random, most: int) -> Tally:
        done = subprocess.run(["tools/fuzz", "--seconds", str(SECONDS_EACH)], cwd=REPOSITORY, capture_output=True,
                              text=True, timeout=TIMEOUT, check=False)
        tally = Tally()
        for parser, executions in re.findall(r"^(\S+) +(\d+) executions", done.stdout, re.MULTILINE):
            tally.trials += int(executions)
            tally.counters[f"of {parser}"] = int(executions)
        if done.returncode != 0:
            tally.trials = max(1, tally.trials)
            tally.violations.append(done.stdout[-2000:] + done.stderr[-1000:])
        return tally
