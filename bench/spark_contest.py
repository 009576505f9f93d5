"""The contest with Spark: whole fits of ten iterations in turn, both from the factors that Spark draws from its seed."""

import pathlib
from dataclasses import dataclass

from results import Outcome
from training_contest import GOAL_FACTOR, GOAL_SWEEPS, Arena, TrainingContest


@dataclass(frozen=True)
class SparkContest:
    training: TrainingContest
    pairs: int


def play(arena: Arena, contest: SparkContest) -> list[Outcome]:
    """A ratio is Spark's fit less a fit of no iterations, which is its setting up, over punnet's fit."""
    training = contest.training
    times: dict[str, list[float]] = {"ours": [], "spark": [], "empty": []}
    with (arena.contestant("referee", arena.referee(training)) as referee,
          arena.contestant("punnet", arena.punnet(training, training.threads), training.threads) as ours,
          arena.contestant("spark", training.peer_command, training.peer_threads) as spark):
        goal = GOAL_FACTOR * arena.goal(training, referee)[-1]
        turns = [("ours", ours, GOAL_SWEEPS), ("empty", spark, 0), ("spark", spark, GOAL_SWEEPS)]
        for _ in range(contest.pairs):
            for name, side, sweeps in arena.order.sample(turns, 3):
                times[name].append(side.turn("fit", sweeps)["seconds"])
        spark.ask("fit", GOAL_SWEEPS)
        outcome = Outcome(training.name, training.peer, spark.ready["version"], training.must, training.stretch)
        outcome.loss_ours, outcome.loss_peer = arena.loss(referee, ours), arena.loss(referee, spark)
        prepared = ours.ready["transpose_seconds"] + ours.ready["prepare_seconds"]
    outcome.take([(fit - empty) / own for own, fit, empty in zip(times["ours"], times["spark"], times["empty"])])
    outcome.ours_min_s, outcome.peer_min_s = min(times["ours"]), min(times["spark"]) - min(times["empty"])
    whole = min(times["spark"]) / (min(times["ours"]) + prepared)
    outcome.notes.append(f"with everything between reading and the model: {min(times['ours']) + prepared:.3f} s and "
                         f"{min(times['spark']):.2f} s, {whole:.0f} times (of the minima)")
    for name, loss in (("punnet", outcome.loss_ours), (training.peer, outcome.loss_peer)):
        if loss > goal:
            outcome.notes.append(f"{name} did not reach the goal: {loss:.9g} against {goal:.9g}")
    return [outcome]
