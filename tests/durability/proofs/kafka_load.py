"""Events that flow through a real Kafka while somebody does harm."""

import collections
import json
import random
import signal
import subprocess
import time

import checker
from kafka_cluster import KafkaCluster, can_run
from lab import Lab, make_shop, places_of_rows, purchase_lines, purchase_of_line, purchases_of_rows
from proofs.proof import CannotRun

TOPIC = "torture"
LONGEST_WAIT = 60


class KafkaLoad:
    """A broker of its own, a publisher that writes to it at a steady rate, and the streams that are started."""

    def __init__(self, lab: Lab, chance: random.Random, events: int, rate: int, partitions: int, stream: tuple = ()):
        if not can_run():
            raise CannotRun("Kafka cannot run here: it needs Java, and Maven once")
        self.shop = lab.shop("kafka", make_shop(lines=2_000))
        self.events = events
        self.stream = ["stream", "--show-rows", 0, *stream]
        self.header, lines = purchase_lines(self.shop)
        self.lines = chance.choices(lines, k=events)
        (self.shop.home / "many.csv").write_text("\n".join([self.header, *self.lines]) + "\n")
        self.kafka = KafkaCluster(self.shop.home / "cluster")
        self.there = ["--bootstrap-server", self.kafka.servers, "--topic", TOPIC]
        self.stream += self.there
        self.publish = ["publish", "--input", "many.csv", "--partitions", partitions, "--run-id", "load", *self.there]
        self.publisher = self.shop.start(*self.publish, "--rate", f"{rate}/s")
        self._wait_for(lambda: b"no topic" not in subprocess.run(
            [lab.binary, "tail", *map(str, self.there), "--available-now"], capture_output=True, check=False).stderr)

    def start_stream(self, *arguments, cut: tuple = ("--max-offsets-per-trigger", 200, "--commit-age", "200ms")):
        return self.shop.start(*self.stream, *cut, *arguments)

    def rows(self) -> int:
        """How many events lie below the table's positions, by the log alone."""
        log = self.shop.files / "new_purchases/_delta_log"
        ends: collections.Counter = collections.Counter()
        for path in log.glob("*.json"):
            if path.name.startswith("."):
                continue
            for action in map(json.loads, path.read_text().splitlines()):
                if "txn" in action:
                    ends[action["txn"]["appId"]] = max(ends[action["txn"]["appId"]], action["txn"]["version"])
        return sum(ends.values())

    def wait_for_rows(self) -> float | None:
        """Seconds until the table grows; None when it does not."""
        before, begun = self.rows(), time.monotonic()
        if before >= self.events or self._wait_for(lambda: self.rows() > before):
            return time.monotonic() - begun
        return None

    def finish(self, streams: list[subprocess.Popen]) -> list[str]:
        """Stops everything, publishes and streams what is left, and compares: what is wrong."""
        self.publisher.terminate()
        self.publisher.wait()
        wrong = []
        for stream in streams:
            stream.send_signal(signal.SIGTERM)
            if stream.wait(timeout=LONGEST_WAIT) != 0:
                wrong.append(f"a stream ended with {stream.returncode}: {self.shop.complaints()[-3:]}")
        self.shop.run(*self.publish)
        self.shop.run(*self.stream, "--available-now")
        rows = self.shop.rows()
        sent = collections.Counter(purchase_of_line(self.header, line) for line in self.lines)
        topic = collections.Counter((message[0], message[1]) for message in self.kafka.consume(TOPIC, self.events))
        wrong += checker.differences("in new_purchases, of what was sent,", sent, collections.Counter(purchases_of_rows(rows)))
        wrong += checker.differences("in new_purchases", topic, collections.Counter(places_of_rows(rows)))
        self.shop.run("verify")
        return wrong

    def close(self) -> None:
        self.shop.end()
        self.kafka.close()

    @staticmethod
    def _wait_for(condition) -> bool:
        give_up = time.monotonic() + LONGEST_WAIT
        while not condition():
            if time.monotonic() > give_up:
                return False
            time.sleep(0.05)
        return True
