"""Every place that a stream writes to, after whatever has died."""

import collections
import contextlib
import random
import signal
import time

import checker
from kafka_cluster import KafkaCluster
from kafka_cluster import can_run as kafka_can_run
from lab import Lab, Shop, make_shop, places_of_rows, purchase_lines, purchase_of_line, purchases_of_rows
from processes import kill
from proofs.cassandra_node import move_in
from proofs.daemon_trouble import trouble
from proofs.kafka_load import LONGEST_WAIT, TOPIC
from proofs.output_topic import OUTPUT, told_lists, written_lists
from proofs.process_death import wait_for_a_commit
from proofs.proof import CannotRun, Proof
from results import Tally

FAULTS_OF_A_ROUND = 5
EVENTS_OF_A_FAULT = 1_500
LONGEST_LIFE = 0.7


class AllSinks(Proof):
    number = 23
    guarantee = ("Whatever has died: when a stream has come to the topic's end, the table, the histories and last lists in "
                 "Cassandra, and the output topic hold the same events.")
    proven_by = ("a real broker or a real node is killed, restarted in order or stopped, or the stream is killed, while it "
                 "commits; after each of these the topic is drained, and what was sent is compared with each sink by readers of "
                 "others")
    trial = "faults"
    ci_trials = 0  # needs a broker and a node of its own
    at_least = {"events compared": 500, "while a stream was at work": 0.5}

    def round(self, lab: Lab, chance: random.Random, most: int) -> Tally:
        from cassandra_cluster import CassandraCluster
        from cassandra_cluster import can_run as cassandra_can_run

        if not (kafka_can_run() and cassandra_can_run()):
            raise CannotRun("Kafka and Cassandra cannot run here: they need Java, and Maven once")
        shop = lab.shop("sinks", make_shop(lines=2_000))
        with (contextlib.closing(KafkaCluster(shop.home / "kafka")) as kafka,
              contextlib.closing(CassandraCluster(shop.home / "cassandra")) as cassandra):
            move_in(shop, cassandra)
            sent = checker.Sent(shop.tables.histories(), collections.Counter())
            tally = Tally()
            for number in range(min(most, FAULTS_OF_A_ROUND)):
                self._publish(shop, kafka, sent, number, chance)
                tally.violations += self._harm(shop, {"kafka": kafka, "cassandra": cassandra}, chance, tally)
                tally.violations += compare(shop, kafka, sent, tally)
            shop.run("verify")
            return tally

    @staticmethod
    def _publish(shop: Shop, kafka: KafkaCluster, sent: checker.Sent, number: int, chance: random.Random) -> None:
        header, lines = purchase_lines(shop)
        chosen = chance.choices(lines, k=EVENTS_OF_A_FAULT)
        sent.purchases.update(purchase_of_line(header, line) for line in chosen)
        (shop.home / "more.csv").write_text("\n".join([header, *chosen]) + "\n")
        shop.run("publish", "--input", "more.csv", "--partitions", 3, "--run-id", f"run {number}",
                 "--bootstrap-server", kafka.servers, "--topic", TOPIC)

    @staticmethod
    def _harm(shop: Shop, servers: dict, chance: random.Random, tally: Tally) -> list[str]:
        """Does harm while a stream commits, and drains the topic. What of it ended otherwise than it should."""
        # A drain joins no group, which would wait for the dead before it shares their partitions.
        drain = ["stream", "--available-now", "--show-rows", 0, "--output-topic", OUTPUT, "--output-mode", "strict",
                 "--bootstrap-server", servers["kafka"].servers, "--topic", TOPIC]
        stream = shop.start(*drain, "--max-offsets-per-trigger", 20, "--file-per-batch", "--log-level", "warn")
        wait_for_a_commit(shop, stream, LONGEST_WAIT)
        time.sleep(chance.uniform(0, LONGEST_LIFE))
        victim = chance.choice([*servers, "stream"])
        tally.counters["while a stream was at work"] += stream.poll() is None
        if victim == "stream":
            tally.trials += 1
            tally.counters["streams killed"] += kill(stream)
        else:
            trouble(servers[victim], victim, chance, tally)
        wrong = []
        if stream.wait(timeout=LONGEST_WAIT) not in (0, -signal.SIGKILL):
            wrong.append(f"the stream ended with {stream.returncode}: {shop.complaints()[-3:]}")
        shop.run(*drain)
        return wrong


def compare(shop: Shop, kafka: KafkaCluster, sent: checker.Sent, tally: Tally) -> list[str]:
    """What was sent with every sink, when all was streamed."""
    rows = shop.rows()
    total = sum(sent.purchases.values())
    topic = collections.Counter((message[0], message[1]) for message in kafka.consume(TOPIC, total))
    bought = collections.Counter(purchases_of_rows(rows))
    tally.counters["events compared"] += total
    counted = sent.histories + collections.Counter(purchase[:2] for purchase in sent.purchases.elements())
    return [*checker.differences("in new_purchases, of what was sent,", sent.purchases, bought),
            *checker.differences("in new_purchases", topic, collections.Counter(places_of_rows(rows))),
            *checker.differences("in the histories in Cassandra", counted, shop.tables.histories()),
            *checker.check_recommendations(shop, rows, of_the_last_event=False),
            *checker.differences("in the output topic", written_lists(rows), told_lists(kafka, total))]
