"""What streams tell in a topic of their own while they die."""

import collections
import contextlib
import json
import random
import time

import pyarrow

import checker
from kafka_cluster import KafkaCluster
from lab import Lab
from processes import kill
from proofs.kafka_load import LONGEST_WAIT, KafkaLoad
from proofs.process_death import wait_for_a_commit
from proofs.proof import Proof
from results import Tally

KILLS_OF_A_ROUND = 40
EVENTS = 14_000
AT_ONCE = 50_000  # a second: a stream that is killed has more before it
SMALLEST = ("--max-offsets-per-trigger", 6, "--file-per-batch")
COMMITS_OF_A_RETURN = 4
SMALL = ("--max-offsets-per-trigger", 60, "--file-per-batch")
OUTPUT = "lists"
READER_TIMEOUT_MS = "8000"
LONGEST_TAKEOVER = 30  # in seconds; a broker gives up the transactions of the dead after a minute
RESTARTS_OF_A_ROUND = 3  # of the broker, under a stream that lives
SECONDS_BETWEEN_RESTARTS = (0.1, 1)


class OutputTopic(Proof):
    number = 22
    guarantee = "In its strict mode the output topic has the list of each event once, and it is the table's."
    proven_by = ("streams that tell lists in a topic of a real broker are killed while they commit, and the broker is restarted "
                 "under one that lives; a reader of what is committed compares the topic with the table")
    trial = "kills"
    ci_trials = 0  # needs a broker of its own
    at_least = {"lists": 100}

    def round(self, lab: Lab, chance: random.Random, most: int) -> Tally:
        with contextlib.closing(KafkaLoad(lab, chance, events=EVENTS, rate=AT_ONCE, partitions=3,
                                          stream=("--output-topic", OUTPUT, "--output-mode", "strict"))) as load:
            tally = Tally()
            load.publisher.wait(timeout=LONGEST_WAIT)  # a drain of nothing would end before it could be killed
            tally.violations += self._restart(load, tally, chance)
            for _ in range(min(most, KILLS_OF_A_ROUND)):
                # A drain joins no group, which would wait for the dead before it shares their partitions.
                stream = load.start_stream("--available-now", "--log-level", "warn", cut=SMALL)
                begun = time.monotonic()
                wait_for_a_commit(load.shop, stream, LONGEST_WAIT)
                waited = time.monotonic() - begun
                tally.counters["most ms to the first commit"] = max(tally.counters["most ms to the first commit"],
                                                                    round(1000 * waited))
                if waited > LONGEST_TAKEOVER:
                    tally.violations.append(f"the first commit after a kill came after {waited:.0f} s")
                time.sleep(chance.uniform(0, 0.3))
                tally.trials += kill(stream)
            tally.violations += load.finish([])
            told = told_lists(load.kafka, load.events)
            tally.counters["lists"] += sum(told.values())
            tally.violations += checker.differences("in the output topic", written_lists(load.shop.rows()), told)
            return tally

    @staticmethod
    def _restart(load: KafkaLoad, tally: Tally, chance: random.Random) -> list[str]:
        """Restarts the broker under a stream; what it did not survive."""
        stream = load.start_stream("--available-now", "--log-level", "warn", cut=SMALLEST)
        wrong = []
        for _ in range(RESTARTS_OF_A_ROUND):
            wait_for_a_commit(load.shop, stream, LONGEST_WAIT)
            time.sleep(chance.uniform(*SECONDS_BETWEEN_RESTARTS))
            load.kafka.cluster("restart", "kafka")
            for _ in range(COMMITS_OF_A_RETURN):
                begun = time.monotonic()
                wait_for_a_commit(load.shop, stream, LONGEST_WAIT)
                waited = time.monotonic() - begun
                name = "most ms without a commit after a restart"
                tally.counters[name] = max(tally.counters[name], round(1000 * waited))
                if waited > LONGEST_TAKEOVER:
                    wrong.append(f"no commit for {waited:.0f} s after the broker's restart")
            tally.counters["broker restarted"] += stream.poll() is None
        kill(stream)
        return wrong


def told_lists(kafka: KafkaCluster, events: int) -> collections.Counter:
    """What a reader of committed messages finds in the output topic, which is to be of so many events: by the place of
    the event, its user, its item and the list."""
    out = kafka.tool(
        "consumer.ConsoleConsumer", "--topic", OUTPUT, "--from-beginning", "--max-messages", str(4 * events),
        "--timeout-ms", READER_TIMEOUT_MS, "--isolation-level", "read_committed",
        "--formatter-property=print.headers=true").decode()
    told: collections.Counter = collections.Counter()
    for line in out.splitlines():
        headers, message = line.split("\t", 1)
        place = tuple(map(int, headers.split(":", 1)[1].rsplit("/", 2)[1:]))
        list_of = json.loads(message)
        told[place, list_of["user_id"], list_of["item_id"], tuple(list_of["recommendations"])] += 1
    return told


def written_lists(rows: pyarrow.Table) -> collections.Counter:
    """The same of the table."""
    columns = (rows[name].to_pylist() for name in ("partition", "offset", "user_id", "item_id", "recs"))
    return collections.Counter(((partition, offset), user, item, tuple(recommended or ()))
                               for partition, offset, user, item, recommended in zip(*columns))
