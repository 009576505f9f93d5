"""What a contest came to: ratios of pairs, printed for people and written for programs."""

import json
import pathlib
import statistics
from dataclasses import asdict, dataclass, field


def quartiles(values: list[float]) -> tuple[float, float, float]:
    """First quartile, median and third quartile, between two values where need be."""
    if len(values) == 1:
        return values[0], values[0], values[0]
    first, middle, third = statistics.quantiles(values, n=4, method="inclusive")
    return first, middle, third


@dataclass
class Outcome:
    """One line of results.jsonl. `ratio` is peer / punnet, so more is better; `unit` says when it is something else."""

    name: str
    peer: str
    peer_version: str
    must: float | None
    stretch: float | None
    unit: str = "x"
    ratio_q1: float | None = None
    ratio_median: float | None = None
    ratio_q3: float | None = None
    ours_min_s: float | None = None
    peer_min_s: float | None = None
    loss_ours: float | None = None
    loss_peer: float | None = None
    pairs: int = 0
    fraction_of_limit: float | None = None
    reached: str = ""
    notes: list[str] = field(default_factory=list)

    def take(self, ratios: list[float]) -> None:
        self.ratio_q1, self.ratio_median, self.ratio_q3 = quartiles(ratios)
        self.pairs = len(ratios)

    def judge(self) -> None:
        """Less is better where the unit is seconds, else more."""
        better = (lambda a, b: a <= b) if self.unit == "s" else (lambda a, b: a >= b)
        if self.ratio_median is None:
            self.reached = "not measured"
        elif self.must is None:
            self.reached = "no goal"
        elif self.stretch is not None and better(self.ratio_median, self.stretch):
            self.reached = "stretch"
        else:
            self.reached = "must" if better(self.ratio_median, self.must) else "NOT REACHED"


HEADER = (f"{'contest':<46} {'against':<16} {'ratio':>7} {'quartiles':>13} {'pairs':>5} {'ours':>9} {'peer':>9} "
          f"{'loss/loss':>9} {'limit':>6} {'must':>5} {'stretch':>7}  reached")


def seconds(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.3f} s" if value >= 0.1 else f"{value * 1e3:.2f} ms" if value >= 1e-3 else f"{value * 1e6:.2f} us"


def number(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}f}"


def row(outcome: Outcome) -> str:
    o = outcome
    spread = "" if o.ratio_q1 is None else f"{o.ratio_q1:.2f}-{o.ratio_q3:.2f}"
    losses = "" if not o.loss_ours or not o.loss_peer else f"{o.loss_ours / o.loss_peer:.5f}"
    limit = "" if o.fraction_of_limit is None else f"{100 * o.fraction_of_limit:.0f} %"
    return (f"{o.name:<46} {o.peer + ' ' + o.peer_version:<16} {number(o.ratio_median, 2):>7} {spread:>13} {o.pairs:>5} "
            f"{seconds(o.ours_min_s):>9} {seconds(o.peer_min_s):>9} {losses:>9} {limit:>6} "
            f"{'' if o.must is None else f'{o.must:g}':>5} {'' if o.stretch is None else f'{o.stretch:g}':>7}  {o.reached}")


class Results:
    """Prints each outcome as it comes and keeps all of them in one file."""

    def __init__(self, path: pathlib.Path):
        self.path, self.outcomes = path, []
        path.write_text("", encoding="utf-8")

    def add(self, outcome: Outcome) -> None:
        outcome.judge()
        self.outcomes.append(outcome)
        with open(self.path, "a", encoding="utf-8") as out:
            out.write(json.dumps(asdict(outcome)) + "\n")
        print(row(outcome), flush=True)
        for note in outcome.notes:
            print(f"    {note}", flush=True)

    def summary(self) -> str:
        missed = [outcome.name for outcome in self.outcomes if outcome.reached in ("NOT REACHED", "not measured")]
        met = sum(outcome.reached in ("must", "stretch") for outcome in self.outcomes)
        return f"{met} goals reached, {len(missed)} not" + "".join(f"\n  not reached: {name}" for name in missed)
