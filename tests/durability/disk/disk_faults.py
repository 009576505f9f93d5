"""The n-th call of a kind fails, for every n: nothing bad is published, the command says what is wrong or waits, and the
next one, on a sound disk, goes on."""

import collections
import dataclasses
import random
import re

from disk import promises
from disk.crash_points import SCENARIOS, Scenario, go_on, passed
from disk.power_loss import Cut, left_by, trace_of
from disk.promises import require
from disk.shop import Ran, leave, run, shop_at
from lab import Lab, Shop
from proofs.proof import Proof
from results import Tally

OF_A_ROUND = 200

HOWS = {
    "read": ["EIO", "EMFILE"],
    "open": ["EIO", "ENOSPC", "EMFILE"],
    "write": ["EIO", "ENOSPC", "EINTR", "short"],
    "sync": ["EIO", "ENOSPC", "EINTR"],
    "link": ["EIO", "ENOSPC", "EINTR", "lost-reply"],
    "rename": ["EIO", "ENOSPC", "EINTR", "lost-reply"],
    "close": ["EIO", "EINTR"],
    "truncate": ["EIO", "EINTR"],
    "mkdir": ["EIO", "ENOSPC"],
    "unlink": ["EIO"],
}
HARMLESS = {("write", "EINTR"), ("write", "short"), ("close", "EINTR")}

# Not available, try again later; the codes for a defect (1) or bad data (65) are none that a disk may cause.
CODES = {0, 69, 75}

POINT = re.compile(r"before-([a-z]+)-(.+)")


@dataclasses.dataclass(frozen=True)
class Fault:
    scenario: str
    operation: str
    kind: str  # of file
    number: int  # which of these calls
    how: str

    def order(self) -> str:
        return f"{self.operation}:{self.kind}:{self.number}:{self.how}"


def every_fault(lab: Lab) -> list[Fault]:
    """All that can happen to a run of each scenario."""
    faults = []
    for name in SCENARIOS:
        for point, count in sorted(passed(lab, name).items()):
            found = POINT.fullmatch(point)
            if not found:
                continue
            operation, kind = found.groups()
            faults += [Fault(name, operation, kind, number, how)
                       for how in HOWS[operation] for number in range(1, count + 1)]
    return faults


def sample(faults: list[Fault], trials: int, chance: random.Random) -> list[Fault]:
    """Every kind of call with every kind of failure before any comes again."""
    shuffled = chance.sample(faults, len(faults))
    turns: collections.Counter = collections.Counter()
    order = []
    for fault in shuffled:
        kind = (fault.scenario, fault.operation, fault.kind, fault.how)
        order.append((turns[kind], len(order), fault))
        turns[kind] += 1
    return [fault for _, _, fault in sorted(order, key=lambda entry: entry[:2])][:trials]


def check_never_synced_again(trace: list[str]) -> int:
    """A file of punnet's whose sync failed is never synced again and gets no name. How many syncs failed, of any file.

    SQLite is left out: it goes back to what was certain before and writes again what it syncs."""
    paths: dict[str, str] = {}
    doubtful: set[str] = set()
    failed = 0
    for line in trace:
        operation, state, *about = line.split("\t")
        if operation == "open" and state == "done":
            paths[about[0]] = about[2]
        elif operation == "opendir":
            paths.pop(about[0], None)
        elif operation == "sync":
            failed += state == "failed"
            path = paths.get(about[0])
            if path is None or ".db" in path:
                continue
            require(path not in doubtful, f"{path} was synced again after a sync of it had failed")
            if state == "failed":
                doubtful.add(path)
        elif operation in ("link", "rename"):
            require(about[0] not in doubtful, f"{about[0]} was published after a sync of it had failed")
    return failed


def check_told(done: Ran) -> None:
    require(done.code in CODES, f"ended with {done.code}: {done.err}")
    if done.code != 0:
        last = done.err.splitlines()[-1] if done.err else ""
        require(last.startswith("punnet: error: ") and "shop" in last, f"said only \"{last}\"")


def check_not_relied_upon(lab: Lab, shop: Shop, scenario: Scenario, done: Ran) -> None:
    """What was done, if it was called done, outlasts a power loss although that sync has failed."""
    trace = trace_of(shop)
    left = left_by(lab, scenario.stage, trace, Cut("", len(trace.lines), "all", 1))
    scenario.check(lab, left, done.code == 0)
    leave(lab, left)


def attempt(lab: Lab, fault: Fault, counters: collections.Counter) -> None:
    scenario = SCENARIOS[fault.scenario]
    shop = shop_at(lab, scenario.stage)
    done = run(shop, scenario.command, points=True, fault=fault.order(), record=shop.home / "trace")
    counters["met"] += f"failed-{fault.operation}-{fault.kind}" in done.points
    check_told(done)
    if (fault.operation, fault.how) in HARMLESS:
        require(done.code == 0, f"a call that was only interrupted ended the command: {done.err}")
    counters["ended the command"] += done.code != 0
    counters["syncs failed"] += check_never_synced_again(trace_of(shop).lines)
    scenario.check(lab, shop, done.code == 0)
    promises.check_names(shop.home)
    if fault.operation == "sync":
        check_not_relied_upon(lab, shop, scenario, done)
    go_on(lab, shop, scenario)
    leave(lab, shop)


class DiskFaults(Proof):
    number = 5
    guarantee = ("A disk that fails never makes punnet publish or acknowledge bad data; the command waits or says what is "
                 "wrong, and goes on when the disk is sound again.")
    proven_by = ("the n-th call of a kind on a kind of file fails with EIO, ENOSPC, EINTR or EMFILE, is short, or loses its "
                 "reply; what a failed sync was to write does not outlast a power loss")
    trial = "faults"
    ci_trials = 60
    at_least = {"met": 0.9}

    def round(self, lab: Lab, chance: random.Random, most: int) -> Tally:
        faults = every_fault(lab)
        tally = Tally()
        tally.counters["most kinds of faults"] = len(faults)
        # Who asks for as many as there are gets each once.
        count = len(faults) if len(faults) <= most < 10 * len(faults) else min(most, OF_A_ROUND)
        for fault in sample(faults, count, chance):
            try:
                attempt(lab, fault, tally.counters)
            except Exception as broken:  # a reader that cannot read is what this is about
                tally.violations.append(f"{fault}: {type(broken).__name__}: {broken}")
            tally.trials += 1
        return tally
