"""Contests in training: both sides sweep in turn from the same factors until each has reached the same goal.

The goal is 1.001 times the loss that ten sweeps of exact fp64 Cholesky come to. A pair is one sweep of either side, one
right after the other and in random order; its ratio is the time that the peer needs to the goal, by the number of
sweeps it needed and by this sweep of its, over the same of punnet with what it prepared before the first sweep.
"""

import hashlib
import json
import pathlib
import random
import statistics
from dataclasses import dataclass, replace

from contestants import Contestant
from results import Outcome
from work_of_a_sweep import floors

GOAL_SWEEPS = 10
GOAL_FACTOR = 1.001
PAIRS = 9
SWEEPS_AT_MOST = 25


@dataclass(frozen=True)
class Objective:
    """In punnet's words; bench/contest_options.cc has all of them."""

    feedback: str = "implicit"
    confidence: str = "rating"
    scaling: str = "none"
    regularization: float = 10.0
    alpha: float = 1.0
    unobserved_weight: float = 1.0
    nu: float = 1.0

    def options(self) -> list[str]:
        return ["--feedback", self.feedback, "--confidence", self.confidence, "--scaling", self.scaling,
                "--regularization", str(self.regularization), "--alpha", str(self.alpha),
                "--unobserved-weight", str(self.unobserved_weight), "--nu", str(self.nu)]


@dataclass(frozen=True)
class TrainingContest:
    name: str
    ratings: pathlib.Path
    users: pathlib.Path  # factors to start from
    rank: int
    method: str  # cholesky or cg
    objective: Objective
    peer: str
    peer_command: list
    must: float | None
    stretch: float | None
    threads: int = 2
    peer_threads: int = 2
    share_goals: tuple[float, float] | None = None  # of the multiply-add peak (cholesky) or the gather bound (cg)


class Arena:
    """Where contests take place: the built programs and a directory for what they leave."""

    def __init__(self, programs: pathlib.Path, place: pathlib.Path):
        self.programs, self.place = programs, place
        self.order = random.Random(20210117)

    def contestant(self, name: str, command: list, threads: int = 2) -> Contestant:
        return Contestant(command, self.place / f"{name}.log", threads)

    def punnet(self, contest: TrainingContest, threads: int) -> list:
        return [self.programs / "als_contestant", contest.ratings, contest.users, "--solver", contest.method,
                "--threads", threads, *contest.objective.options()]

    def referee(self, contest: TrainingContest) -> list:
        return [self.programs / "referee", contest.ratings, contest.users, "--threads", 2, *contest.objective.options()]

    def loss(self, referee: Contestant, side: Contestant) -> float:
        files = self.place / "users.factors", self.place / "items.factors"
        side.ask("save", *files)
        return referee.ask("loss", *files)["loss"]

    def goal(self, contest: TrainingContest, referee: Contestant) -> list[float]:
        """The losses of the sweeps that set the goal. They take long and never change, so they are kept beside the data."""
        identity = hashlib.sha256(contest.ratings.read_bytes() + contest.users.read_bytes())
        identity.update(json.dumps(contest.objective.options()).encode())
        kept = self.place / f"goal-{identity.hexdigest()[:16]}.json"
        if not kept.exists():
            kept.write_text(json.dumps(referee.ask("goal", GOAL_SWEEPS)), encoding="utf-8")
        return json.loads(kept.read_text(encoding="utf-8"))["losses"]


class Side:
    """What one contestant has done so far."""

    def __init__(self, contestant: Contestant):
        self.contestant = contestant
        self.sweeps: list[dict] = []
        self.losses: list[float] = []
        self.sweeps_to_goal: int | None = None

    def sweep(self) -> None:
        self.sweeps.append(self.contestant.turn("sweep"))

    def times(self) -> list[float]:
        return [sweep["seconds"] for sweep in self.sweeps]


def judge_losses(arena: Arena, referee: Contestant, sides: list[Side], goal: float) -> None:
    """Losses are taken until the goal is reached, and of the last sweep that set it."""
    for side in sides:
        if side.sweeps_to_goal is not None and len(side.sweeps) != GOAL_SWEEPS:
            continue
        side.losses.append(arena.loss(referee, side.contestant))
        if side.sweeps_to_goal is None and side.losses[-1] <= goal:
            side.sweeps_to_goal = len(side.sweeps)


class Sweep:
    """A median sweep of punnet beside the least that the machine needs for one."""

    def __init__(self, contest: TrainingContest, sweeps: list[dict], limits: dict):
        self.least = floors(limits, contest.rank, contest.method, contest.objective.feedback == "implicit")
        self.taken = {name: statistics.median(sweep[f"{name}_seconds"] for sweep in sweeps) for name in self.least}
        self.gflops = limits["gflops"]

    def share(self, of: str) -> float:
        """The machine's least seconds over those taken; `of` is a member of Floor."""
        return sum(getattr(floor, of) for floor in self.least.values()) / sum(self.taken.values())

    def where_time_goes(self) -> list[str]:
        return [
            f"{name}s: {self.taken[name] * 1e3:.1f} ms, at least {floor.arithmetic * 1e3:.1f} of arithmetic (at "
            f"{self.gflops:.0f} GF/s) and {floor.gather * 1e3:.1f} of reading rows; "
            f"{self.taken[name] / floor.entries * 1e9:.1f} ns a rating"
            for name, floor in self.least.items()
        ]


def sweep_in_turn(arena: Arena, referee: Contestant, ours: Side, peer: Side, goal: float) -> None:
    sides = [ours, peer]
    while len(ours.sweeps) < SWEEPS_AT_MOST:
        for side in arena.order.sample(sides, 2):
            side.sweep()
        judge_losses(arena, referee, sides, goal)
        if len(ours.sweeps) >= max(PAIRS, GOAL_SWEEPS) and all(side.sweeps_to_goal for side in sides):
            return


def play(arena: Arena, contest: TrainingContest) -> list[Outcome]:
    """The contest, and what share of the machine punnet made use of where there is a goal for that."""
    with arena.contestant("referee", arena.referee(contest)) as referee:
        goal = GOAL_FACTOR * arena.goal(contest, referee)[-1]
        with (arena.contestant("punnet", arena.punnet(contest, contest.threads), contest.threads) as ours_process,
              arena.contestant(contest.peer, contest.peer_command, contest.peer_threads) as peer_process):
            ours, peer = Side(ours_process), Side(peer_process)
            sweep_in_turn(arena, referee, ours, peer, goal)
            arena.loss(referee, ours_process)  # leaves the last factors for the limits
        limits = referee.ask("limits", arena.place / "users.factors", arena.place / "items.factors")
    sweep = Sweep(contest, ours.sweeps, limits)
    outcome = outcome_of(contest, ours, peer)
    outcome.fraction_of_limit = sweep.share("seconds")
    outcome.notes += sweep.where_time_goes()
    return [outcome, *share_of_limit(contest, sweep)]


def share_of_limit(contest: TrainingContest, sweep: Sweep) -> list[Outcome]:
    if contest.share_goals is None:
        return []
    limit = "arithmetic" if contest.method == "cholesky" else "gather"
    named = "multiply-add peak" if contest.method == "cholesky" else "gather bound"
    outcome = Outcome(f"{named}, {contest.name}", "the machine", "", *contest.share_goals, unit="share")
    outcome.take([sweep.share(limit)])
    outcome.ours_min_s = sum(sweep.taken.values())
    return [outcome]


def outcome_of(contest: TrainingContest, ours: Side, peer: Side) -> Outcome:
    outcome = Outcome(contest.name, contest.peer, peer.contestant.ready.get("version", ""), contest.must, contest.stretch)
    reached = ours.sweeps_to_goal and peer.sweeps_to_goal
    n_ours, n_peer = (ours.sweeps_to_goal, peer.sweeps_to_goal) if reached else (GOAL_SWEEPS, GOAL_SWEEPS)
    prepared = ours.contestant.ready["prepare_seconds"]
    outcome.take([n_peer * theirs / (prepared + n_ours * own) for own, theirs in zip(ours.times(), peer.times())])
    outcome.ours_min_s, outcome.peer_min_s = prepared + n_ours * min(ours.times()), n_peer * min(peer.times())
    outcome.loss_ours, outcome.loss_peer = ours.losses[-1], peer.losses[-1]
    outcome.notes.append(
        f"sweeps to the goal: {ours.sweeps_to_goal} and {peer.sweeps_to_goal}; a sweep: {min(ours.times()):.4f} s and "
        f"{min(peer.times()):.4f} s; processor seconds a sweep: "
        f"{statistics.median(s['cpu_seconds'] for s in ours.sweeps):.4f} and "
        f"{statistics.median(s['cpu_seconds'] for s in peer.sweeps):.4f}; prepared in {prepared:.4f} s")
    if not reached:
        outcome.notes.append(f"a side did not reach the goal in {SWEEPS_AT_MOST} sweeps: compared by equal sweeps")
    if contest.method == "cholesky" and abs(outcome.loss_ours / outcome.loss_peer - 1) > 1e-3:
        outcome.notes.append("losses at equal sweeps differ by more than 0.1 %")
    return outcome


def against_itself(arena: Arena, contest: TrainingContest) -> TrainingContest:
    """The same work by one thread, as the peer of two."""
    return replace(contest, peer="one thread", peer_command=arena.punnet(contest, 1), peer_threads=1)
