"""A broker that goes away and comes back."""

import contextlib
import random
import time

from lab import Lab
from proofs.daemon_trouble import trouble
from proofs.kafka_load import LONGEST_WAIT, KafkaLoad
from proofs.proof import Proof
from results import Tally

RESTARTS_OF_A_ROUND = 5


class BrokerRestart(Proof):
    number = 8
    guarantee = "A Kafka broker that dies, is restarted or hangs while events flow costs nothing but time."
    proven_by = ("a real broker is killed, restarted in order or stopped for up to ten seconds while a publisher writes and a "
                 "stream reads; the console consumer's view of the topic is compared with the table")
    trial = "restarts"
    ci_trials = 0  # needs a broker of its own
    at_least = {"ms without a server": 100}

    def round(self, lab: Lab, chance: random.Random, most: int) -> Tally:
        with contextlib.closing(KafkaLoad(lab, chance, events=40_000, rate=800, partitions=3)) as load:
            tally = Tally()
            stream = load.start_stream("--log-level", "warn")
            load.wait_for_rows()
            for _ in range(min(most, RESTARTS_OF_A_ROUND)):
                time.sleep(chance.uniform(0.5, 3))
                trouble(load.kafka, "kafka", chance, tally)
                waited = load.wait_for_rows()
                if waited is None:
                    tally.violations.append(f"no row within {LONGEST_WAIT} s of the broker's return")
                    break
                most_ms = tally.counters["most ms to the first row"]
                tally.counters["most ms to the first row"] = max(most_ms, round(1000 * waited))
            tally.violations += load.finish([stream])
            tally.counters["events"] += load.events
        return tally
