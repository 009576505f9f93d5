"""The program dies at a named point, is started again, and everything is as if nothing had happened.

A point is a moment of one call about one kind of file: "before-link-log-entry". Which points a command passes is
found by a run that lists them; each is then made to kill the command in its place."""

import collections
import dataclasses
import random
import signal
from collections.abc import Callable

from disk import promises
from disk.promises import require
from disk.shop import PREPARE, PUBLISH, RETRAIN, STREAM, TRAIN, VACUUM, leave, run, shop_at, stage
from lab import Lab, Shop
from proofs.proof import Proof
from results import Tally

OF_A_ROUND = 150

# Points that the proof must pass: when one is renamed or no longer reached, the proof has lost its teeth.
NAMED = {
    "publish": {
        "after-open-events-db", "before-write-events-journal", "after-sync-events-journal", "before-write-events-wal",
        "after-write-events-wal", "before-sync-events-wal", "after-sync-events-wal", "before-unlink-events-journal"},
    "stream": {
        "before-mkdir-log-directory", "after-mkdir-log-directory", "before-sync-table-directory",
        "before-open-data-file", "before-write-data-file", "after-write-data-file", "before-sync-data-file",
        "after-sync-data-file", "after-close-data-file", "before-link-data-file", "after-link-data-file",
        "before-unlink-data-file-temporary", "after-sync-table-directory", "before-link-rejects-data-file",
        "before-write-log-entry", "before-sync-log-entry", "before-link-log-entry", "after-link-log-entry",
        "before-sync-log-directory", "after-sync-log-directory", "before-link-rejects-log-entry",
        "after-link-rejects-log-entry", "before-sync-tables-wal", "after-sync-tables-wal", "before-write-offsets-wal"},
    "checkpoint": {
        "before-write-checkpoint", "before-sync-checkpoint", "before-link-checkpoint", "after-link-checkpoint",
        "before-write-last-checkpoint", "before-rename-last-checkpoint", "after-rename-last-checkpoint"},
    "compact": {"before-link-data-file", "after-link-data-file", "before-link-log-entry", "after-link-log-entry"},
    "vacuum": {"before-unlink-data-file", "after-unlink-data-file"},
    "train": {
        "before-link-model-claim", "after-link-model-claim", "before-link-model-file", "before-link-model-manifest",
        "after-link-model-manifest", "before-rename-model-current", "after-rename-model-current"},
    "promote": {"before-sync-model-current", "before-rename-model-current", "after-rename-model-current"},
    "retrain": {"before-link-model-manifest", "before-rename-model-current", "after-rename-model-current"},
    "prepare": {
        "before-unlink-success-marker", "after-unlink-success-marker", "before-unlink-prepared-part",
        "before-link-prepared-part", "after-link-prepared-part", "before-link-success-marker",
        "before-rename-prepared-table", "after-rename-prepared-table"},
    "split": {"after-unlink-success-marker", "before-link-prepared-part", "after-link-success-marker"},
    "load": {"before-write-tables-wal", "before-sync-tables-wal", "after-sync-tables-wal"},
}


@dataclasses.dataclass(frozen=True)
class Scenario:
    """A command, the stage at which it is run, and what must hold at any moment of it and, complete, at its end."""

    stage: str
    command: list
    check: Callable[[Lab, Shop, bool], None]


def check_publish(_, shop, complete):
    promises.check_topic(shop.home, complete=complete)


def check_stream(_, shop, complete):
    main, topic = promises.check_tables(shop.home, complete=complete)
    promises.check_histories(shop.home, main, topic, complete=complete)


def check_rewritten(_, shop, __):
    """Compaction and vacuum leave every row where it was, at any moment."""
    check_stream(_, shop, True)


def check_first_model(_, shop, complete):
    promises.check_models(shop.home, served=complete)


def check_models(_, shop, __):
    promises.check_models(shop.home, served=True)


def check_promoted(_, shop, complete):
    served = promises.check_models(shop.home, served=True)
    require(served == "1" or not complete, f"version {served} is served, not the one that was promoted")


def check_whole_directory(shop, reference, name):
    """A directory with its marker is whole."""
    if (shop.home / name / "_SUCCESS").exists():
        require(promises.same_content(shop.home / name, reference / name), f"{name} says that it is whole, and is not")


def check_prepared(lab, shop, complete):
    reference = stage(lab, "prepared")
    check_whole_directory(shop, reference, "shop/prepared/purchases")
    if complete:
        require(promises.same_content(shop.files / "prepared", reference / "shop/prepared"), "prepared differs")


def check_split(lab, shop, complete):
    reference = stage(lab, "split")
    for name in ("shop/historical_purchases", "shop/for_topic"):
        check_whole_directory(shop, reference, name)
        if complete:
            require(promises.same_content(shop.home / name, reference / name), f"{name} differs")


def check_loaded(lab, shop, complete):
    def dump(home):
        with promises.Database(home / "shop/tables.db") as tables:
            return list(tables.connection.iterdump())
    if complete:
        require(dump(shop.home) == dump(stage(lab, "loaded")), "the tables differ from those of an undisturbed load")
    elif (shop.files / "tables.db").exists():
        dump(shop.home)


SCENARIOS = {
    "publish": Scenario("loaded", PUBLISH, check_publish),
    "stream": Scenario("trained", STREAM, check_stream),
    "checkpoint": Scenario("before_checkpoint", STREAM, check_stream),
    "compact": Scenario("streamed", ["compact"], check_rewritten),
    "vacuum": Scenario("compacted", VACUUM, check_rewritten),
    "train": Scenario("published", TRAIN, check_first_model),
    "promote": Scenario("retrained", ["model", "promote", "1"], check_promoted),
    "retrain": Scenario("streamed", RETRAIN, check_models),
    "prepare": Scenario("prepared", PREPARE, check_prepared),
    "split": Scenario("split", ["split"], check_split),
    "load": Scenario("split", ["load"], check_loaded),
}


@dataclasses.dataclass(frozen=True)
class Crash:
    scenario: str
    point: str
    time: int  # the how-manieth time the point is reached
    again: str | None = None  # a point at which the next start dies too


def passed(lab: Lab, name: str) -> collections.Counter:
    """How often an undisturbed run of the scenario reaches each point."""
    shop = shop_at(lab, SCENARIOS[name].stage)
    done = run(shop, SCENARIOS[name].command, points=True)
    require(done.code == 0, f"{name} failed undisturbed: {done.err}")
    leave(lab, shop)
    return collections.Counter(done.points)


def go_on(lab: Lab, shop: Shop, scenario: Scenario) -> None:
    """Runs the command again, which must now come to its end, and sweeps up what the dead left."""
    again = run(shop, scenario.command)
    require(again.code == 0, f"the next start ended with {again.code}: {again.err}")
    scenario.check(lab, shop, True)
    promises.check_names(shop.home)
    for table in ("new_purchases", "rejected_events"):
        if (shop.files / table).exists():
            shop.run(*VACUUM, "--table", table)
            promises.check_swept(shop.home, table)


def plan(points: dict[str, collections.Counter], trials: int, chance: random.Random) -> list[Crash]:
    """The named points in any order, at any time that they are reached; then any point, half of the time with a second
    death."""
    named = [(name, point) for name in SCENARIOS for point in sorted(NAMED[name] & points[name].keys())]
    every = [(name, point) for name, counts in points.items() for point in sorted(counts)]
    crashes = [Crash(name, point, chance.randint(1, points[name][point])) for name, point in named]
    chance.shuffle(crashes)
    while len(crashes) < trials:
        name, point = chance.choice(every)
        again = chance.choice(sorted(points[name])) if chance.random() < 0.5 else None
        crashes.append(Crash(name, point, chance.randint(1, points[name][point]), again))
    return crashes[:trials]


def attempt(lab: Lab, crash: Crash) -> bool:
    """Kills, looks, starts again, looks. True when it died; Broken tells what does not hold then."""
    scenario = SCENARIOS[crash.scenario]
    shop = shop_at(lab, scenario.stage)
    killed = run(shop, scenario.command, crash=f"{crash.point}:{crash.time}")
    if killed.code == -signal.SIGKILL:
        scenario.check(lab, shop, False)
        promises.check_names(shop.home)
        if crash.again:
            run(shop, scenario.command, crash=f"{crash.again}:1")
            scenario.check(lab, shop, False)
        go_on(lab, shop, scenario)
    leave(lab, shop)
    return killed.code == -signal.SIGKILL


class CrashPoints(Proof):
    number = 2
    guarantee = "Whatever dies at whichever step, the next start goes on as if nothing had happened."
    proven_by = ("publish, stream, checkpoint, compact, vacuum, train, promote, retrain, prepare, split and load abort in "
                 "place before or after every kind of call on every kind of file, often twice in a row")
    trial = "deaths"
    ci_trials = 100

    def round(self, lab: Lab, chance: random.Random, most: int) -> Tally:
        points = {name: passed(lab, name) for name in SCENARIOS}
        tally = Tally(violations=[f"{name}: {point} is never reached" for name, named in NAMED.items()
                                  for point in sorted(named - points[name].keys())])
        died = set()
        for crash in plan(points, min(most, OF_A_ROUND), chance):
            try:
                if not attempt(lab, crash):
                    tally.counters["points not reached"] += 1
                    continue
            except Exception as broken:  # a reader that cannot read is what this is about
                tally.violations.append(f"{crash}: {type(broken).__name__}: {broken}")
            tally.trials += 1
            tally.counters[f"in {crash.scenario}"] += 1
            tally.counters["second deaths"] += crash.again is not None
            died.add((crash.scenario, crash.point))
        named = {(name, point) for name, points_of in NAMED.items() for point in points_of}
        if most >= len(named):
            tally.violations += [f"{name}: nothing died at {point}" for name, point in sorted(named - died)]
        tally.counters["most points in a round"] = len(died)
        return tally
