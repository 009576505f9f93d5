"""Whatever is killed, nothing is lost and nothing is twice."""

import os
import pathlib
import random
import signal
import subprocess
import time

import checker
from lab import TABLES, Lab, Shop, make_shop, purchase_lines, purchase_of_line
from malformed import malformed
from processes import Unfinished, kill
from proofs.proof import Proof
from results import Tally

KILLS_OF_A_ROUND = 40
LINES_OF_A_PUBLISHER = 300
BATCHES = (5, 20, 60)
RETRAINING = ["retrain", "--rank", 4, "--max-iter", 2, "--no-validation", "--gate", "report"]
CUTS = (*[["--file-per-batch"]] * 4, ["--commit-age", "5ms"], ["--commit-bytes", "20KB"])


class Publisher:
    """Publishes one run after the other; one that was killed is taken up again."""

    def __init__(self, shop: Shop, sent: checker.Sent, chance: random.Random):
        self.shop, self.sent, self.chance = shop, sent, chance
        self.header, self.lines = purchase_lines(shop)
        self.runs = 0
        self.ended = True

    def arguments(self) -> list:
        if self.ended:
            self.runs += 1
            chosen = self.chance.choices(self.lines, k=LINES_OF_A_PUBLISHER)
            (self.shop.home / "more.csv").write_text("\n".join([self.header, *chosen]) + "\n")
            self.sent.purchases.update(purchase_of_line(self.header, line) for line in chosen)
            self.ended = False
        return ["publish", "--input", "more.csv", "--run-id", f"run {self.runs}"]

    def note(self, returncode: int) -> None:
        self.ended = self.ended or returncode == 0

    def finish(self) -> None:
        if not self.ended:
            self.shop.run(*self.arguments())
            self.ended = True


class ProcessDeath(Proof):
    number = 1
    guarantee = ("Whichever process dies, every event is in the table once or among the rejects once, counted in the "
                 "histories once, and its user's last recommendations are the table's.")
    proven_by = ("SIGKILL at a random moment to a stream over three partitions, often with a publisher, a compaction, a "
                 "vacuum or a retraining that runs beside it")
    trial = "kills"
    ci_trials = 300
    at_least = {"inside a commit": 0.2}

    def round(self, lab: Lab, chance: random.Random, most: int) -> Tally:
        shop = lab.shop("kills", make_shop())
        sent = checker.Sent.so_far(shop)
        publisher = Publisher(shop, sent, chance)
        unfinished = Unfinished(shop)
        tally = Tally()
        for number in range(min(most, KILLS_OF_A_ROUND)):
            if number % 8 == 0:
                planted = [malformed(chance) for _ in range(20)]
                sent.malformed.update(zip(shop.plant(value for value, _ in planted), (why for _, why in planted)))
            tally.violations += self._crash(shop, publisher, chance, tally)
            tally.counters["inside a commit"] += unfinished.is_new()
            if chance.random() < 0.2:
                unfinished.make_older()
        publisher.finish()
        tally.violations += drained(shop, sent, unfinished)
        tally.counters["events"] += len(shop.events())
        return tally

    def _crash(self, shop: Shop, publisher: Publisher, chance: random.Random, tally: Tally) -> list[str]:
        """Starts a stream and perhaps more, kills them at a random moment, and returns who died of something else."""
        table = chance.choice([table for table in TABLES if shop.has_table(table)] or [None])
        beside = {
            "publishers killed": (0.35, publisher.arguments),
            "compactions killed": (0.15 if table else 0, lambda: ["compact", "--table", table]),
            "vacuums killed": (0.1 if table else 0, lambda: ["vacuum", "--table", table]),
            "retrainings killed": (0.04 if table else 0, lambda: RETRAINING),
        }
        running = {"streams killed": shop.start(
            "stream", "--max-offsets-per-trigger", chance.choice(BATCHES), "--show-rows", 0, "--log-level", "warn",
            *chance.choice(CUTS))}
        if chance.random() < 0.8:  # else it dies while it starts, or soon after
            wait_for_a_commit(shop, running["streams killed"])
        life = chance.uniform(0, 0.06)
        born = time.monotonic()
        for name, (share, arguments) in beside.items():
            if chance.random() < share:
                sleep_until(born + chance.uniform(0, life))
                running[name] = shop.start(*arguments())
        sleep_until(born + life)
        wrong = []
        for name, process in running.items():
            spared = name != "streams killed" and chance.random() < 0.3
            if spared:
                process.wait()
            elif kill(process):
                tally.counters[name] += 1
            if process.returncode not in (0, -signal.SIGKILL) or name == "streams killed" and process.returncode == 0:
                wrong.append(f"{process.args[1:]} ended with {process.returncode}: {shop.complaints()[-3:]}")
        if "publishers killed" in running:
            publisher.note(running["publishers killed"].returncode)
        tally.trials += running["streams killed"].returncode == -signal.SIGKILL
        return wrong


def sleep_until(moment: float) -> None:
    time.sleep(max(0.0, moment - time.monotonic()))


def wait_for_a_commit(shop: Shop, stream: subprocess.Popen, seconds: float = 1) -> None:
    """Until the table has one more version; for a while only, as the topic may be drained."""
    log = shop.files / "new_purchases/_delta_log"
    before, give_up = entries(log), time.monotonic() + seconds
    while entries(log) == before and stream.poll() is None and time.monotonic() < give_up:
        time.sleep(0.001)


def entries(log: pathlib.Path) -> int:
    return sum(not name.startswith(".") for name in os.listdir(log)) if log.exists() else 0


def drained(shop: Shop, sent: checker.Sent, unfinished: Unfinished, one_at_a_time: bool = True) -> list[str]:
    """Streams to the end, compacts, sweeps up what dead processes left; what is then wrong."""
    shop.run("stream", "--available-now", "--show-rows", 0)
    wrong = checker.check(shop, sent, one_at_a_time)
    unfinished.make_older()
    for table in TABLES:
        shop.run("compact", "--table", table)
        shop.run("vacuum", "--table", table)
    wrong += [f"{path} is still there after a vacuum" for path in unfinished.all()]
    shop.run("verify")
    return wrong + checker.check(shop, sent, one_at_a_time)
