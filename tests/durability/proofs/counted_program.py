"""Proofs whose trials are made by a test program of the build, far more of them than a process each would allow."""

import collections
import json
import os
import re
import subprocess

from lab import Lab
from proofs.proof import CannotRun
from results import Tally

TIMEOUT = 1800


def run_counted(lab: Lab, program: str, tests: str, environment: dict[str, object]) -> dict[str, Tally]:
    """What each line 'name: {"trials":…}' of these tests of build/*/tests/`program` says; what failed is a violation."""
    path = lab.binary.parent / "tests" / program
    if not path.exists():
        raise CannotRun(f"{path} is missing: cmake --build --preset release --target {program}")
    done = subprocess.run([path, f"--gtest_filter={tests}"], capture_output=True, text=True, timeout=TIMEOUT, check=False,
                          env=os.environ | {name: str(value) for name, value in environment.items()})
    tallies = {name: Tally(said["trials"], [], collections.Counter(said["counters"]))
               for name, said in ((name, json.loads(text)) for name, text in
                                  re.findall(r"^([a-z ]+): (\{.*\})$", done.stdout, re.MULTILINE))}
    if done.returncode != 0:
        failures = re.findall(r"Failure\n(.*?)\n\n", done.stdout, re.DOTALL) or [done.stdout[-2000:] + done.stderr[-2000:]]
        first = next(iter(tallies.values())) if tallies else tallies.setdefault(program, Tally(1))
        first.violations += failures
    return tallies
