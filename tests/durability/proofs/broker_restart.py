"""A broker that goes away and comes back."""

import collections
import pathlib
import random
import shutil
import signal
import sys
import time

import checker
from lab import Lab, make_shop, places_of_rows, purchase_lines, purchase_of_line, purchases_of_rows
from proofs.proof import Proof
from results import Tally

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "e2e"))
from kafka_cluster import KafkaCluster, can_run  # noqa: E402

RESTARTS_OF_A_ROUND = 5
EVENTS = 40_000
LONGEST_RETURN = 60


class BrokerRestart(Proof):
    number = 8
    guarantee = "A Kafka broker that dies, is restarted or hangs while events flow costs nothing but time."
    proven_by = ("a real broker is killed, restarted in order or stopped for up to ten seconds while a publisher writes and a "
                 "stream reads; the console consumer's view of the topic is compared with the table")
    trial = "restarts"
    ci_trials = 0  # needs a broker of its own
    at_least = {"ms without a broker": 100}

    def round(self, lab: Lab, chance: random.Random, most: int) -> Tally:
        if not can_run():
            raise RuntimeError("Kafka cannot run here: it needs Java and Maven")
        shop = lab.shop("broker", make_shop(lines=2_000))
        kafka = KafkaCluster(shop.home / "cluster")
        try:
            return self._round(shop, kafka, chance, most)
        finally:
            kafka.close()

    def _round(self, shop, kafka: KafkaCluster, chance: random.Random, most: int) -> Tally:
        there = ["--bootstrap-server", kafka.servers, "--topic", "torture"]
        header, lines = purchase_lines(shop)
        chosen = chance.choices(lines, k=EVENTS)
        (shop.home / "many.csv").write_text("\n".join([header, *chosen]) + "\n")
        publish = ["publish", "--input", "many.csv", "--partitions", 3, "--run-id", "load", *there]
        publisher = shop.start(*publish, "--rate", "800/s")
        time.sleep(2)  # the topic has to be there
        stream = shop.start("stream", "--max-offsets-per-trigger", 200, "--commit-age", "200ms", "--show-rows", 0,
                            "--log-level", "warn", *there)
        tally = Tally()
        for _ in range(min(most, RESTARTS_OF_A_ROUND)):
            time.sleep(chance.uniform(0.5, 3))
            tally.trials += 1
            away = time.monotonic()
            self._trouble(kafka, chance, tally)
            tally.counters["ms without a broker"] += round(1000 * (time.monotonic() - away))
            self._wait_for_rows(shop, tally)
        publisher.terminate()
        publisher.wait()
        stream.send_signal(signal.SIGTERM)
        stream.wait()
        if stream.returncode != 0:
            tally.violations.append(f"the stream ended with {stream.returncode}: {shop.complaints()[-3:]}")
        shop.run(*publish)
        shop.run("stream", "--available-now", "--show-rows", 0, *there)
        sent = collections.Counter(purchase_of_line(header, line) for line in chosen)
        rows = shop.rows()
        places = places_of_rows(rows)
        tally.violations += checker.differences("in new_purchases", sent, collections.Counter(purchases_of_rows(rows)))
        held = {(message[0], message[1]) for message in kafka.consume("torture", EVENTS)}
        tally.violations += checker.differences("of the topic", collections.Counter(held), collections.Counter(places))
        shop.run("verify", *there[:0])
        tally.counters["events"] += EVENTS
        return tally

    @staticmethod
    def _trouble(kafka: KafkaCluster, chance: random.Random, tally: Tally) -> None:
        kind = chance.choice(["killed", "restarted", "stopped for a while"])
        tally.counters[kind] += 1
        if kind == "killed":
            kafka.cluster("kill", "kafka")
            time.sleep(chance.uniform(0, 3))
            kafka.cluster("up", "kafka")
        elif kind == "restarted":
            kafka.cluster("restart", "kafka")
        else:
            kafka.cluster("pause", "kafka")
            time.sleep(chance.uniform(0.5, 10))
            kafka.cluster("resume", "kafka")

    @staticmethod
    def _wait_for_rows(shop, tally: Tally) -> None:
        """Until the table grows again."""
        def rows() -> int:
            return sum(shop.table().transaction_version(name) or 0 for name in apps) if there.exists() else 0

        there = shop.files / "new_purchases/_delta_log/00000000000000000000.json"
        begun = time.monotonic()
        while not there.exists():
            time.sleep(0.05)
            if time.monotonic() > begun + LONGEST_RETURN:
                break
        topic = shop.table().metadata().configuration["punnet.topic_id"]
        apps = [f"punnet:{topic}:{partition}" for partition in range(3)]
        before = rows()
        while rows() == before:
            time.sleep(0.05)
            if time.monotonic() > begun + LONGEST_RETURN:
                tally.violations.append(f"no row within {LONGEST_RETURN} s of the broker's return")
                return
        waited = round(1000 * (time.monotonic() - begun))
        tally.counters["most ms to the first row"] = max(tally.counters["most ms to the first row"], waited)
