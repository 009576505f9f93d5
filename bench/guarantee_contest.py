"""What it costs that every event is written once: the stream into its tables against the same stream into plain files.

`guarantee_bench` lets the two take turns and prints, of each run, the seconds from the first batch to the last commit, those of
the processor, those of each batch from poll to rows ready, and those of each commit: pairs in batches of 10,000, pairs in batches
of 100, and a stream that commits every 10,000 events, which is what the default age of a commit brings at a thousand a second.
"""

import json
import pathlib
import statistics
import subprocess
from collections.abc import Iterator

from results import Outcome, quartiles

PEER = "plain files"


def percentile(values: list[float], share: float) -> float:
    ascending = sorted(values)
    return ascending[min(len(ascending) - 1, int(share * len(ascending)))]


def throughput(pairs: list[dict]) -> Outcome:
    outcome = Outcome("guarantee: throughput in batches of 10,000", PEER, "", 0.9, None, unit="share")
    outcome.take([pair["plain"]["seconds"] / pair["guaranteed"]["seconds"] for pair in pairs])
    outcome.ours_min_s = min(pair["guaranteed"]["seconds"] for pair in pairs)
    outcome.peer_min_s = min(pair["plain"]["seconds"] for pair in pairs)
    first, middle, third = quartiles([pair["plain"]["cpu_seconds"] / pair["guaranteed"]["cpu_seconds"] for pair in pairs])
    outcome.notes.append(f"by seconds of the processor, which others on the machine disturb less: {100 * middle:.1f} % "
                         f"({100 * first:.1f}-{100 * third:.1f})")
    return outcome


def rows_ready(pairs: list[dict]) -> Outcome:
    outcome = Outcome("guarantee: more from poll to rows ready, batch 100", PEER, "", 0.0001, None, unit="s")
    medians = [{side: statistics.median(run["ready_seconds"]) for side, run in pair.items()} for pair in pairs]
    outcome.take([pair["guaranteed"] - pair["plain"] for pair in medians])
    outcome.ours_min_s = min(pair["guaranteed"] for pair in medians)
    outcome.peer_min_s = min(pair["plain"] for pair in medians)
    return outcome


def durable_commit(name: str, commits: list[float]) -> Outcome:
    """The p99 alone: a goal for the slowest is no matter of quartiles."""
    outcome = Outcome(f"guarantee: durable commit, p99, {name}", "", "", 0.1, None, unit="s")
    outcome.take([percentile(commits, 0.99)])
    outcome.pairs = len(commits)
    outcome.ours_min_s = min(commits)
    outcome.notes.append(f"{len(commits)} commits, median {1e3 * statistics.median(commits):.1f} ms, "
                         f"longest {1e3 * max(commits):.1f} ms")
    return outcome


def full_commit(pairs: list[dict]) -> Outcome:
    """All of each run but the last, which is of the rest."""
    full = {side: [seconds for pair in pairs for seconds in pair[side]["commit_seconds"][:-1]] for side in ("guaranteed", "plain")}
    outcome = durable_commit("16 MB, the stream at full speed", full["guaranteed"])
    outcome.peer, outcome.peer_min_s = PEER, min(full["plain"])
    outcome.notes.append(f"without the guarantee {len(full['plain'])} commits, median {1e3 * statistics.median(full['plain']):.1f} ms, "
                         f"p99 {1e3 * percentile(full['plain'], 0.99):.1f} ms")
    return outcome


def outcomes(measured: dict) -> Iterator[Outcome]:
    yield throughput(measured["large_batches"])
    yield rows_ready(measured["small_batches"])
    yield durable_commit("10 s at 1,000 events/s", measured["paced_commits"]["commit_seconds"])
    yield full_commit(measured["large_batches"])


def play(programs: pathlib.Path, place: pathlib.Path) -> Iterator[Outcome]:
    """`place` is on the disk that is measured."""
    printed = subprocess.run([programs / "guarantee_bench", place], check=True, capture_output=True, text=True).stdout
    yield from outcomes(json.loads(printed))
