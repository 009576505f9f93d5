"""What proofs have found, kept as one JSON line a run, so that trials add up over runs and machines."""

import collections
import dataclasses
import datetime
import json
import math
import pathlib
import re
import subprocess
import uuid

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
WORKING = REPOSITORY / "build" / "torture" / "results.jsonl"  # of this machine
COMMITTED = pathlib.Path(__file__).with_name("results.jsonl")  # what docs/reliability.md is made of


@dataclasses.dataclass
class Tally:
    """Trials of one guarantee. `counters` say how hard the trials were; those that begin with "most" keep the greatest
    value, the others are sums."""

    trials: int = 0
    violations: list[str] = dataclasses.field(default_factory=list)
    counters: collections.Counter = dataclasses.field(default_factory=collections.Counter)

    def add(self, other: "Tally") -> None:
        self.trials += other.trials
        self.violations += other.violations
        add_counters(self.counters, other.counters)

    def __str__(self) -> str:
        return (f"{self.trials:,} trials, {len(self.violations)} violations, {counters_text(self.counters)}; "
                f"95 % bound {bound_text(self.trials, len(self.violations))}")


def add_counters(total: collections.Counter, more: dict) -> None:
    for name, value in more.items():
        total[name] = max(total[name], value) if name.startswith("most ") else total[name] + value


def counters_text(counters: dict) -> str:
    return ", ".join(f"{name} {value:,}" if name.startswith("most ") else f"{value:,} {name}"
                     for name, value in sorted(counters.items())) or "nothing counted"


def bound(trials: int, violations: int) -> float | None:
    """With 95 % confidence a trial violates the guarantee less often than this: 3/n where none of n did; where some
    did, the mean at which a Poisson count would be so low once in twenty times."""
    if trials == 0:
        return None
    if violations == 0:
        return min(1.0, 3 / trials)
    low, high = float(violations), violations + 10 * math.sqrt(violations) + 10

    def chance_of_so_few(mean: float) -> float:
        return sum(math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(violations + 1))

    while high - low > 1e-6 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if chance_of_so_few(middle) > 0.05 else (low, middle)
    return min(1.0, high / trials)


def bound_text(trials: int, violations: int) -> str:
    value = bound(trials, violations)
    return "none" if value is None else f"{100 * value:.2g} %"


def commit(binary: pathlib.Path) -> str:
    """Of which the program was built, in its own words."""
    version = subprocess.run([binary, "--version"], capture_output=True, text=True, check=True).stdout
    return re.search(r"\(git ([^)]+)\)", version).group(1)


def append(number: int, tally: Tally, seed: int, of_commit: str, path: pathlib.Path = WORKING) -> dict:
    """Adds the line of one run of guarantee `number` and returns it."""
    line = {"run": uuid.uuid4().hex[:12], "guarantee": number, "trials": tally.trials,
            "violations": len(tally.violations), "counters": dict(sorted(tally.counters.items())),
            "bound": bound(tally.trials, len(tally.violations)), "date": datetime.date.today().isoformat(),
            "commit": of_commit, "seed": seed}
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        file.write(json.dumps(line) + "\n")
    return line


def load(path: pathlib.Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def merge() -> list[dict]:
    """Brings the runs of this machine into the committed file, each once; all runs, by guarantee and date."""
    runs = {line["run"]: line for path in (COMMITTED, WORKING) for line in load(path)}
    ordered = sorted(runs.values(), key=lambda line: (line["guarantee"], line["date"], line["run"]))
    COMMITTED.write_text("".join(json.dumps(line) + "\n" for line in ordered))
    return ordered
