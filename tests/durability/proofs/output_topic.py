"""What streams tell in a topic of their own while they die."""

import collections
import contextlib
import json
import random
import time

import checker
from lab import Lab
from processes import kill
from proofs.kafka_load import LONGEST_WAIT, KafkaLoad
from proofs.process_death import wait_for_a_commit
from proofs.proof import Proof
from results import Tally

KILLS_OF_A_ROUND = 25
OUTPUT = "lists"
READER_TIMEOUT_MS = "15000"


class OutputTopic(Proof):
    number = 22
    guarantee = "In its strict mode the output topic has the list of each event once, and it is the table's."
    proven_by = ("streams that tell lists in a topic of a real broker are killed while they commit; a reader of what is "
                 "committed compares the topic with the table")
    trial = "kills"
    ci_trials = 0  # needs a broker of its own
    at_least = {"lists": 100}

    def round(self, lab: Lab, chance: random.Random, most: int) -> Tally:
        with contextlib.closing(KafkaLoad(lab, chance, events=8_000, rate=400, partitions=3,
                                          stream=("--output-topic", OUTPUT, "--output-mode", "strict"))) as load:
            tally = Tally()
            for _ in range(min(most, KILLS_OF_A_ROUND)):
                # A drain joins no group, which would wait for the dead before it shares their partitions.
                stream = load.start_stream("--available-now", "--log-level", "warn")
                wait_for_a_commit(load.shop, stream, LONGEST_WAIT)
                time.sleep(chance.uniform(0, 0.3))
                tally.trials += kill(stream)
            tally.violations += load.finish([]) + self._compare(load, tally)
            return tally

    @staticmethod
    def _compare(load: KafkaLoad, tally: Tally) -> list[str]:
        out = load.kafka.tool(
            "consumer.ConsoleConsumer", "--topic", OUTPUT, "--from-beginning", "--max-messages", str(4 * load.events),
            "--timeout-ms", READER_TIMEOUT_MS, "--isolation-level", "read_committed",
            "--formatter-property=print.headers=true").decode()
        told = collections.Counter()
        for line in out.splitlines():
            headers, message = line.split("\t", 1)
            place = tuple(map(int, headers.split(":", 1)[1].rsplit("/", 2)[1:]))
            list_of = json.loads(message)
            told[place, list_of["user_id"], list_of["item_id"], tuple(list_of["recommendations"])] += 1
        rows = load.shop.rows()
        columns = (rows[name].to_pylist() for name in ("partition", "offset", "user_id", "item_id", "recs"))
        expected = collections.Counter(((partition, offset), user, item, tuple(recommended))
                                       for partition, offset, user, item, recommended in zip(*columns))
        tally.counters["lists"] += sum(told.values())
        return checker.differences("in the output topic", expected, told)
