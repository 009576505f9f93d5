"""The power goes at any moment: a trace of all calls is cut, the disk forgets what was not synced, the program goes on."""

import dataclasses
import random
import shutil

from disk.crash_points import SCENARIOS, go_on
from disk.promises import require
from disk.shop import leave, run, shop_at, stage
from disk.simulated_disk import Disk, Loss
from lab import Lab, Shop
from proofs.proof import Proof
from results import Tally

OF_A_ROUND = 110


@dataclasses.dataclass(frozen=True)
class Trace:
    lines: list[str]
    data: bytes


@dataclasses.dataclass(frozen=True)
class Cut:
    scenario: str
    after: int  # so many calls
    kind: str  # of loss
    seed: int


def record(lab: Lab, name: str) -> Trace:
    """What an undisturbed run of the scenario does to its disk."""
    shop = shop_at(lab, SCENARIOS[name].stage)
    done = run(shop, SCENARIOS[name].command, record=shop.home / "trace")
    require(done.code == 0, f"{name} failed undisturbed: {done.err}")
    trace = trace_of(shop)
    leave(lab, shop)
    return trace


def trace_of(shop: Shop) -> Trace:
    """What was recorded in the shop's home."""
    return Trace((shop.home / "trace").read_text().splitlines(), (shop.home / "trace.data").read_bytes())


def left_by(lab: Lab, first: str, trace: Trace, cut: Cut) -> Shop:
    """The shop, at stage `first` when the trace began, as the next start finds it."""
    disk = Disk(stage(lab, first) / "shop")
    for line in trace.lines[:cut.after]:
        disk.replay(line, trace.data)
    shop = shop_at(lab, first)
    shutil.rmtree(shop.files)
    disk.leave(shop.files, Loss(cut.kind, cut.seed))
    return shop


def attempt(lab: Lab, trace: Trace, cut: Cut) -> None:
    scenario = SCENARIOS[cut.scenario]
    shop = left_by(lab, scenario.stage, trace, cut)
    # A command that ended well has promised all that it did.
    scenario.check(lab, shop, cut.after == len(trace.lines))
    go_on(lab, shop, scenario)
    leave(lab, shop)


def plan(traces: dict[str, Trace], cuts: int, chance: random.Random) -> list[Cut]:
    """Cuts all over every scenario; some at its end, where all that it did was promised."""
    planned = []
    for number in range(cuts):
        name = list(traces)[number % len(traces)]
        count = len(traces[name].lines)
        after = count if chance.random() < 0.1 else chance.randint(1, count)
        planned.append(Cut(name, after, chance.choice(Loss.KINDS), chance.randrange(2**32)))
    return planned


class PowerLoss(Proof):
    number = 4
    guarantee = ("A power loss at any moment leaves nothing published missing, torn or ahead of its rows, and the next "
                 "start goes on.")
    proven_by = ("the calls of a command are recorded, cut off anywhere, and replayed on a disk that forgets: all, some or "
                 "none of what was not synced, contents and names apart")
    trial = "cuts"
    ci_trials = 33
    at_least = {"took something": 0.3}

    def round(self, lab: Lab, chance: random.Random, most: int) -> Tally:
        traces = {name: record(lab, name) for name in SCENARIOS}
        tally = Tally()
        for cut in plan(traces, min(most, OF_A_ROUND), chance):
            try:
                attempt(lab, traces[cut.scenario], cut)
            except Exception as broken:  # a reader that cannot read is what this is about
                before = traces[cut.scenario].lines[cut.after - 1]
                tally.violations.append(f"{cut}, after {before!r}: {type(broken).__name__}: {broken}")
            tally.trials += 1
            tally.counters["took something"] += cut.kind != "nothing"
            tally.counters[f"in {cut.scenario}"] += 1
        return tally
