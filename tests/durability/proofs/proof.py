"""What every proof of a guarantee is, and how it is driven."""

import abc
import random
import subprocess
import time

from lab import Lab
from results import Tally


class CannotRun(Exception):
    """Something that the trials need is not on this machine."""


class Proof(abc.ABC):
    """One guarantee and the trials that try to break it."""

    number: int  # never given to another guarantee
    guarantee: str  # a sentence
    proven_by: str  # how, in a sentence
    trial: str  # what is counted, in the plural
    ci_trials: int  # in `make test`
    at_least: dict[str, float] = {}  # counters that show the trials to be no sham, per trial

    @abc.abstractmethod
    def round(self, lab: Lab, chance: random.Random, most: int) -> Tally:
        """Some trials, at most about `most`, from a fresh start. The same chance plays the same dice; what the
        processes make of them differs from time to time."""


def prove(proof: Proof, lab: Lab, seed: int, trials: int | None = None, seconds: float | None = None) -> Tally:
    """Rounds until there were so many trials, or so much time is over; at least one. The shops of a round that found
    a violation are kept."""
    total = Tally()
    started = time.monotonic()
    rounds = 0
    while rounds == 0 or (trials is None or total.trials < trials) and (
            seconds is None or time.monotonic() - started < seconds):
        most = 10**9 if trials is None else trials - total.trials
        try:
            tally = proof.round(lab, random.Random(f"{proof.number} {seed} {rounds}"), most)
        except (RuntimeError, OSError, subprocess.TimeoutExpired) as failure:  # a command that had to succeed did not
            tally = Tally(1, [str(failure)])
        if tally.violations:
            where = lab.keep(f"guarantee-{proof.number}-seed-{seed}-round-{rounds}")
            tally.violations = [f"{violation} (round {rounds} of seed {seed}, kept in {where})"
                                for violation in tally.violations]
        lab.clear()
        total.add(tally)
        rounds += 1
    return total


def shortfalls(proof: Proof, tally: Tally) -> list[str]:
    """Why these trials prove too little."""
    return [f"only {tally.counters[name]} {name} in {tally.trials} {proof.trial}"
            for name, share in proof.at_least.items() if tally.counters[name] < share * tally.trials]
