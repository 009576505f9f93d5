"""punnet against its peers, on the same data, objective, first factors and threads, strictly in turn.

    bench/contest.py --programs DIRECTORY --place DIRECTORY --peers PYTHON --spark PYTHON [--groceries DIRECTORY]
                     --punnet BINARY [--kernels FILE] [--full] [--only TEXT]

Prints a table, with a note below what is not reached, and writes PLACE/results.jsonl. bench/README.md says how to read it.
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import guarantee_contest
import ranking_contest
import spark_contest
import training_contest
from ranking_contest import RankingContest
from results import HEADER, Outcome, Results
from spark_contest import SparkContest
from training_contest import Arena, Objective, TrainingContest

PEERS = pathlib.Path(__file__).resolve().parent / "peers"
SPARK_SEED = 20210117
TOP_K_USERS = 2000


@dataclass(frozen=True)
class Settings:
    programs: pathlib.Path
    place: pathlib.Path
    peers: pathlib.Path
    spark: pathlib.Path
    groceries: pathlib.Path | None
    punnet: pathlib.Path
    kernels: pathlib.Path | None
    full: bool


class Data:
    """Makes each file of ratings or factors when it is first wanted."""

    def __init__(self, settings: Settings):
        self.settings = settings
        self.place = settings.place / "data"
        self.place.mkdir(parents=True, exist_ok=True)

    def made_up(self, shape: str) -> pathlib.Path:
        return self._made(f"{shape}.ratings", lambda path: self._make(shape, path))

    def groceries(self, kind: str) -> pathlib.Path:
        def make(_: pathlib.Path) -> None:
            subprocess.run([self.settings.spark, PEERS / "groceries.py", self.settings.groceries, self.place], check=True)

        return self._made(f"groceries-{kind}.ratings", make)

    def factors(self, kind: str, rows: int, rank: int, seed: int = 1, *more) -> pathlib.Path:
        name = f"{kind}-{rows}-{rank}-{seed}{''.join(f'-{word}' for word in more)}.factors"
        return self._made(name, lambda path: self._make(kind, rows, rank, seed, path, *more))

    @staticmethod
    def users_of(ratings: pathlib.Path) -> int:
        with open(ratings, "rb") as file:
            return int.from_bytes(file.read(16)[8:], "little")

    def _made(self, name: str, make: Callable[[pathlib.Path], None]) -> pathlib.Path:
        path = self.place / name
        if not path.exists():
            make(path)
        return path

    def _make(self, *words) -> None:
        subprocess.run([self.settings.programs / "make_ratings", *map(str, words)], check=True)


UNSCALED = Objective()  # of Hu, Koren and Volinsky; implicit's
RENDLE = Objective(confidence="constant", scaling="weight", regularization=0.003, unobserved_weight=0.1)  # irspack's


def implicit_contest(settings: Settings, data: Data, where: str, ratings: pathlib.Path, rank: int, method: str,
                     goals: tuple[float | None, float | None]) -> TrainingContest:
    users = data.factors("factors", data.users_of(ratings), rank)
    objective = UNSCALED
    command = [settings.peers, PEERS / "implicit_als.py", method, ratings, users, objective.regularization,
               objective.alpha, 2]
    label = "CG-3" if method == "cg" else "Cholesky"
    return TrainingContest(f"{label}, {where}, rank {rank}", ratings, users, rank, method, objective, "implicit",
                           command, *goals)


def irspack_contest(settings: Settings, data: Data, where: str, ratings: pathlib.Path, rank: int, method: str,
                    goals: tuple[float | None, float | None]) -> TrainingContest:
    users = data.factors("factors", data.users_of(ratings), rank)
    objective = RENDLE
    command = [settings.peers, PEERS / "irspack_als.py", method, ratings, users, objective.regularization,
               objective.unobserved_weight, objective.nu, 2]
    label = "CG-3" if method == "cg" else "Cholesky"
    return TrainingContest(f"{label}, {where}, rank {rank}", ratings, users, rank, method, objective, "irspack",
                           command, *goals)


CG_GOALS = {64: (4, 8), 128: (3, 6), 256: (2, 4)}
CG_SHARE_GOALS, CHOLESKY_SHARE_GOALS = (0.40, 0.65), (0.45, 0.65)


def contests_on_groceries(settings: Settings, data: Data) -> Iterator[TrainingContest]:
    ratings = data.groceries("implicit")
    for rank, goals in CG_GOALS.items():
        yield implicit_contest(settings, data, "groceries", ratings, rank, "cg", goals)
    yield implicit_contest(settings, data, "groceries", ratings, 64, "cholesky", (10, 20))
    for rank in (64, 128):
        yield irspack_contest(settings, data, "groceries", ratings, rank, "cg", (1.8, 3))
    yield irspack_contest(settings, data, "groceries", ratings, 64, "cholesky", (3, 5))


def contests_on_made_up_data(settings: Settings, data: Data) -> Iterator[TrainingContest]:
    """Of the size where factors no longer fit in the caches."""
    for shape in ("ml-20m", "lastfm-360k") if settings.full else ("ml-20m",):
        ratings, where = data.made_up(shape), f"{shape} shape"
        for rank in (64, 128, 256) if shape == "ml-20m" and settings.full else (64, 128) if settings.full else (64,):
            contest = implicit_contest(settings, data, where, ratings, rank, "cg", CG_GOALS[rank])
            yield replace(contest, share_goals=CG_SHARE_GOALS)
        if settings.full:
            yield irspack_contest(settings, data, where, ratings, 64, "cg", (1.8, 3))
            yield implicit_contest(settings, data, where, ratings, 64, "cholesky", (10, 20))
            for rank in (64, 128):
                yield irspack_contest(settings, data, where, ratings, rank, "cholesky", (3, 5))


def scaling_contests(arena: Arena, settings: Settings, data: Data) -> Iterator[TrainingContest]:
    """Two threads against one, and the share of the multiply-add peak, for which no peer is needed."""
    ratings, where = ((data.groceries("implicit"), "groceries") if settings.groceries else
                      (data.made_up("ml-20m"), "ml-20m shape"))
    for method in ("cg", "cholesky"):
        contest = implicit_contest(settings, data, where, ratings, 128, method, (1.85, None))
        contest = replace(contest, name=f"two threads, {contest.name}",
                          share_goals=CHOLESKY_SHARE_GOALS if method == "cholesky" else None)
        yield training_contest.against_itself(arena, contest)


def training_contests(arena: Arena, settings: Settings, data: Data) -> Iterator[TrainingContest]:
    if settings.groceries:
        yield from contests_on_groceries(settings, data)
    yield from contests_on_made_up_data(settings, data)
    yield from scaling_contests(arena, settings, data)


def spark_contests(settings: Settings, data: Data) -> Iterator[SparkContest]:
    ratings = data.groceries("explicit")
    for blocks in (10, 2):
        users = data.factors("spark", data.users_of(ratings), 10, SPARK_SEED, blocks)
        objective = Objective("explicit", scaling="count", regularization=0.1)
        work = settings.place / "spark"
        work.mkdir(exist_ok=True)
        command = [settings.spark, PEERS / "spark_als.py", ratings, 10, objective.regularization, SPARK_SEED, blocks, 2, work]
        training = TrainingContest(f"explicit, groceries, rank 10, {blocks} blocks", ratings, users, 10, "cholesky",
                                   objective, "pyspark", command, 40, 100)
        yield SparkContest(training, pairs=9 if settings.full else 5)


def ranking_groups(settings: Settings) -> Iterator[tuple[int, int, list[RankingContest]]]:
    """Contests by number of items and rank."""
    batch_goals = {10: (2.5, 4), 64: (1.2, 1.5), 128: (1.1, 1.3)}
    for items in (5_000, 92_000):
        for rank, goals in batch_goals.items():
            contests = [RankingContest(items, rank, 100, threads, *goals) for threads in (1, 2)]
            if rank == 10:
                contests += [RankingContest(items, rank, batch, 1, 4, 8) for batch in (1, 5)]
            elif settings.full:
                contests += [RankingContest(items, rank, batch, 1, None, None) for batch in (1, 5)]
            yield items, rank, contests


def gram_kernels(path: pathlib.Path) -> Iterator[Outcome]:
    """The share of the multiply-add peak that the Gram kernel reaches, as als_bench measured it."""
    for measured in json.loads(path.read_text(encoding="utf-8"))["benchmarks"]:
        named = re.fullmatch(r"gram_panel/rank:(\d+)/.*_median", measured["name"])
        if named and int(named[1]) >= 64:
            outcome = Outcome(f"multiply-add peak, Gram kernel, rank {named[1]}", "the machine", "", 0.70, 0.85, unit="share")
            outcome.take([measured["of_peak"]])
            yield outcome


def whole_training(settings: Settings, runs: int) -> Outcome:
    """`punnet train --recipe original`: from Parquet to a model that is measured and saved."""
    shop = settings.place / "shop"
    shop.mkdir(exist_ok=True)

    def punnet(*words) -> float:
        begun = time.perf_counter()
        subprocess.run([settings.punnet, *map(str, words)], cwd=shop, check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - begun

    punnet("prepare", "--purchases", settings.groceries / "transactions.parquet",
           "--products", settings.groceries / "products.parquet", "--user-column", "household_id",
           "--item-column", "product_id", "--quantity-column", "quantity", "--product-column", "product_id",
           "--category-column", "product_category", "--name-column", "product_type")
    punnet("split")
    train = ("train", "--recipe", "original", "--no-promote", "--output", "json")
    outcome = Outcome("original's training, Parquet to saved model", "(seconds)", "", 1.0, 0.3, unit="s")
    times = [punnet(*train) for _ in range(runs)]
    outcome.take(times)
    outcome.ours_min_s = min(times)
    bare = min(punnet(*train, "--no-validation") for _ in range(runs))
    outcome.notes.append(f"with a fifth held back, the model measured on it, and kept; without that: {bare:.3f} s")
    return outcome


def played(contest: TrainingContest, play: Callable[[], list[Outcome]]) -> list[Outcome]:
    """What a contest came to, or that it could not take place: one that fails does not stop the others."""
    try:
        return play()
    except RuntimeError as failure:
        return [Outcome(contest.name, contest.peer, "", contest.must, contest.stretch, notes=[str(failure)])]


def all_outcomes(settings: Settings, wanted: str) -> Iterator[Outcome]:
    data = Data(settings)
    arena = Arena(settings.programs, settings.place)
    pairs = 15 if settings.full else 9
    if wanted in "guarantee":
        yield from guarantee_contest.play(settings.programs, settings.place)
    for items, rank, contests in ranking_groups(settings):
        chosen = [contest for contest in contests if wanted in f"{contest.name} faiss"]
        if chosen:
            files = data.factors("normal", items, rank, 1), data.factors("normal", TOP_K_USERS, rank, 2)
            yield from ranking_contest.play(arena, chosen, *files, [settings.peers, PEERS / "faiss_top_k.py"], pairs)
    if settings.kernels and wanted in "Gram kernel":
        yield from gram_kernels(settings.kernels)
    if settings.groceries and wanted in "original's training, Parquet to saved model":
        yield whole_training(settings, pairs)
    for contest in training_contests(arena, settings, data):
        if wanted in f"{contest.name} {contest.peer}":
            yield from played(contest, partial(training_contest.play, arena, contest))
    for contest in spark_contests(settings, data) if settings.groceries else ():
        if wanted in f"{contest.training.name} pyspark":
            yield from played(contest.training, partial(spark_contest.play, arena, contest))


def machine() -> str:
    processor = next(line for line in pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
                     if line.startswith("model name"))
    stolen = pathlib.Path("/proc/stat").read_text(encoding="utf-8").split(maxsplit=9)[8]
    load = " ".join(f"{value:.2f}" for value in os.getloadavg())
    return f"{processor.split(': ')[1]}, {os.cpu_count()} processors, load {load}, stolen so far {int(stolen) / 100:.0f} s"


def parse_settings() -> tuple[Settings, str]:
    parser = argparse.ArgumentParser()
    for name in ("programs", "place", "peers", "spark", "punnet"):
        parser.add_argument(f"--{name}", type=lambda word: pathlib.Path(word).absolute(), required=True)
    parser.add_argument("--groceries", type=pathlib.Path)
    parser.add_argument("--kernels", type=pathlib.Path, help="what als_bench wrote, as JSON")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--only", default="", help="part of a contest's name, or its peer")
    arguments = vars(parser.parse_args())
    wanted = arguments.pop("only")
    return Settings(**arguments), wanted


def main() -> None:
    settings, wanted = parse_settings()
    settings.place.mkdir(parents=True, exist_ok=True)
    results = Results(settings.place / "results.jsonl")
    print(machine(), HEADER, sep="\n", flush=True)
    for outcome in all_outcomes(settings, wanted):
        results.add(outcome)
    print(machine(), results.summary(), sep="\n")


if __name__ == "__main__":
    sys.exit(main())
