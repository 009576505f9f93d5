"""Streams that come and go in one consumer group."""

import contextlib
import random
import signal
import time

from lab import Lab
from processes import kill
from proofs.kafka_load import KafkaLoad
from proofs.proof import Proof
from results import Tally

STREAMS = 3
CHANGES_OF_A_ROUND = 15
SHARED_ANEW = "partitions were shared anew"


class RebalanceStorm(Proof):
    number = 9
    guarantee = "Streams may join and leave a group, or die in it, as often as they like."
    proven_by = ("up to three streams share twelve partitions of a real broker; every second or so one is started, asked to "
                 "stop or killed; the console consumer's view of the topic is compared with the table")
    trial = "joins, leaves and deaths"
    ci_trials = 0  # needs a broker of its own
    at_least = {"times that partitions were shared anew": 1, "killed": 0.1}

    def round(self, lab: Lab, chance: random.Random, most: int) -> Tally:
        with contextlib.closing(KafkaLoad(lab, chance, events=60_000, rate=1_000, partitions=12)) as load:
            tally = Tally()
            streams = [load.start_stream("--log-level", "info")]
            for _ in range(min(most, CHANGES_OF_A_ROUND)):
                time.sleep(chance.uniform(0.3, 2.5))
                tally.trials += 1
                if len(streams) < STREAMS and (len(streams) == 1 or chance.random() < 0.5):
                    streams.append(load.start_stream("--log-level", "info"))
                    tally.counters["joined"] += 1
                    continue
                stream = streams.pop(chance.randrange(len(streams)))
                if chance.random() < 0.5:
                    tally.counters["killed"] += kill(stream)
                    continue
                stream.send_signal(signal.SIGTERM)
                tally.counters["left"] += 1
                if stream.wait(timeout=30) != 0:
                    tally.violations.append(f"a stream ended with {stream.returncode}: {load.shop.complaints()[-3:]}")
            tally.violations += load.finish(streams)
            tally.counters["times that partitions were shared anew"] = sum(
                SHARED_ANEW in line for line in load.shop.complaints())
            tally.counters["events"] += load.events
        return tally
