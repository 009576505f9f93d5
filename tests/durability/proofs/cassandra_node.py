"""A Cassandra that goes away and comes back."""

import collections
import contextlib
import random
import time

import checker
from lab import Lab, Shop, make_shop
from malformed import good
from processes import kill
from proofs.daemon_trouble import trouble
from proofs.proof import CannotRun, Proof
from results import Tally

KEYSPACE = "torture"
RESTARTS_OF_A_ROUND = 5
EVENTS_OF_A_RESTART = 3_000


class CassandraTables:
    """The tables of a shop in Cassandra, by its Python driver: a session for each look, as nodes come and go."""

    def __init__(self, cluster):
        self.cluster = cluster

    def histories(self) -> collections.Counter:
        session = self.cluster.session(KEYSPACE)
        state = session.execute("SELECT generation, is_folded FROM history_state").one()
        if not state.is_folded:
            raise RuntimeError("a change of the histories is not folded")
        rows = session.execute("SELECT generation, user_id, item_id, count FROM histories_by_user")
        return collections.Counter({(row.user_id, row.item_id): row.count for row in rows
                                    if row.generation == state.generation})

    def recommendations(self) -> list[tuple]:
        """The last ones of each partition."""
        rows = self.cluster.session(KEYSPACE).execute("SELECT user_id, item_ids, source, model_version, topic_partition, "
                                                      "topic_offset FROM recommendations_by_user PER PARTITION LIMIT 1")
        return [(row.user_id, list(row.item_ids), *row[2:]) for row in rows]


class CassandraNode(Proof):
    number = 17
    guarantee = "No event below the table's position is missing in Cassandra, or counted twice, whatever dies there or here."
    proven_by = ("a real node is killed, restarted in order or stopped for up to ten seconds under a stream, and the stream is "
                 "killed; histories and last recommendations are read with the Python driver and compared with what was sent")
    trial = "restarts"
    ci_trials = 0  # needs a node of its own
    at_least = {"ms without a server": 100, "streams killed": 0.1}

    def round(self, lab: Lab, chance: random.Random, most: int) -> Tally:
        from cassandra_cluster import CassandraCluster, can_run

        if not can_run():
            raise CannotRun("Cassandra cannot run here: it needs Java, and Maven once")
        shop = lab.shop("cassandra", make_shop(lines=2_000))
        with contextlib.closing(CassandraCluster(shop.home / "cluster")) as cluster:
            self._move_in(shop, cluster)
            sent = checker.Sent(shop.tables.histories())
            tally = Tally()
            stream = self._stream(shop, chance)
            for _ in range(min(most, RESTARTS_OF_A_ROUND)):
                shop.plant(good(chance) for _ in range(EVENTS_OF_A_RESTART))
                time.sleep(chance.uniform(0, 2))
                trouble(cluster, "cassandra", chance, tally)
                if chance.random() < 0.4:
                    tally.counters["streams killed"] += kill(stream)
                    stream = self._stream(shop, chance)
                if stream.poll() is not None:
                    tally.violations.append(f"the stream ended with {stream.returncode}: {shop.complaints()[-3:]}")
                    stream = self._stream(shop, chance)
            tally.counters["streams killed"] += kill(stream)
            shop.run("stream", "--available-now", "--show-rows", 0)
            tally.violations += checker.check(shop, sent, one_at_a_time=False)
            tally.counters["events"] += len(shop.events())
            return tally

    @staticmethod
    def _move_in(shop: Shop, cluster) -> None:
        (shop.home / "password").write_text(cluster.password + "\n")
        shop.environment = {"PUNNET__TABLES__URI": f"cassandra://{cluster.address}/{KEYSPACE}",
                            "PUNNET__TABLES__USER": cluster.user,
                            "PUNNET__TABLES__PASSWORD_FILE": str(shop.home / "password")}
        shop.run("load")
        shop.tables = CassandraTables(cluster)

    @staticmethod
    def _stream(shop: Shop, chance: random.Random):
        return shop.start("stream", "--max-offsets-per-trigger", chance.choice([50, 200]), "--commit-age", "100ms",
                          "--show-rows", 0, "--log-level", "warn")
