"""Contests in ranking: the five best of all items for a batch of users, punnet and faiss in turn."""

import itertools
import pathlib
import statistics
from dataclasses import dataclass

from contestants import Contestant
from results import Outcome
from training_contest import Arena

K = 5
LISTS_COMPARED = 200


@dataclass(frozen=True)
class RankingContest:
    items: int
    rank: int
    batch: int
    threads: int
    must: float | None
    stretch: float | None

    @property
    def name(self) -> str:
        threads = "1 thread" if self.threads == 1 else f"{self.threads} threads"
        return f"top {K} of {self.items:,}, rank {self.rank}, batch {self.batch}, {threads}"


def faster_setting(faiss: Contestant, contest: RankingContest) -> str:
    """faiss uses BLAS above a threshold; whichever of always and its default is faster here is what it is measured by."""
    times = {name: [] for name in ("blas", "default")}
    for name in list(times) * 3:
        faiss.ask("setting", name)
        times[name].append(faiss.turn("search", contest.batch, contest.threads)["least"])
    return min(times, key=lambda name: min(times[name]))


def different_lists(ours: Contestant, faiss: Contestant) -> int:
    """Lists whose scores differ by more than rounding: order among equals is nobody's fault."""
    scores = [side.ask("lists", LISTS_COMPARED)["scores"] for side in (ours, faiss)]
    pairs = itertools.zip_longest(*scores, fillvalue=[])
    return sum(any(abs(a - b) > 1e-4 * max(1, abs(a)) for a, b in itertools.zip_longest(x, y, fillvalue=1e9)) for x, y in pairs)


def play(arena: Arena, contests: list[RankingContest], items: pathlib.Path, users: pathlib.Path, peer_command: list,
         pairs: int) -> list[Outcome]:
    """Contests over the same factors."""
    outcomes = []
    threads = max(contest.threads for contest in contests)
    with (arena.contestant("punnet", [arena.programs / "top_k_contestant", items, users, K], threads) as ours,
          arena.contestant("faiss", [*peer_command, items, users, K], threads) as faiss):
        different = different_lists(ours, faiss)
        for contest in contests:
            setting = faster_setting(faiss, contest)
            faiss.ask("setting", setting)
            times: dict[str, list[float]] = {"ours": [], "faiss": []}
            for _ in range(pairs):
                for name, side in arena.order.sample([("ours", ours), ("faiss", faiss)], 2):
                    times[name].append(side.turn("search", contest.batch, contest.threads)["seconds"])
            outcome = Outcome(contest.name, "faiss", faiss.ready["version"], contest.must, contest.stretch)
            outcome.take([peer / own for own, peer in zip(times["ours"], times["faiss"])])
            outcome.ours_min_s, outcome.peer_min_s = min(times["ours"]), min(times["faiss"])
            own, peer = (statistics.median(t) / contest.batch * 1e6 for t in times.values())
            outcome.notes.append(f"a user: {own:.2f} us and {peer:.2f} us; faiss with its setting \"{setting}\"; "
                                 f"{different} of {LISTS_COMPARED} lists have other scores")
            outcomes.append(outcome)
    return outcomes
