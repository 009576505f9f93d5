"""A Cassandra that goes away and comes back."""

import collections
import contextlib
import random
import signal
import subprocess
import time

import checker
from lab import Lab, Shop, make_shop
from malformed import good
from processes import kill
from proofs.connection_faults import ConnectionFaults
from proofs.daemon_trouble import trouble
from proofs.proof import CannotRun, Proof
from proofs.supervised import UNAVAILABLE, drain, start_stream
from results import Tally
from tcp_proxy import TcpProxy

KEYSPACE = "torture"
RESTARTS_OF_A_ROUND = 5
SECONDS_OF_A_FLOW = (2, 8)  # with faults of the connections alone
EVENTS_AT_A_TIME = 150
EVENTS_OF_A_FLOOD = 60_000
HISTORIES_OFTEN = ("--conf", "stream.history_backlog_bytes=1MB")  # beside the batches, more than once in a flood
LONGEST_DRAIN = 15  # in seconds, then it is killed; at its end a drain writes histories
ENDS_OF_A_DRAIN = (0, UNAVAILABLE, -signal.SIGKILL)


class CassandraTables:
    """The tables of a shop in Cassandra, by its Python driver: a session for each look, as nodes come and go."""

    def __init__(self, cluster, keyspace: str = KEYSPACE):
        self.cluster = cluster
        self.keyspace = keyspace

    def histories(self) -> collections.Counter:
        session = self.cluster.session(self.keyspace)
        state = session.execute("SELECT generation, is_folded FROM history_state").one()
        if not state.is_folded:
            raise RuntimeError("a change of the histories is not folded")
        rows = session.execute("SELECT generation, user_id, item_id, count FROM histories_by_user")
        return collections.Counter({(row.user_id, row.item_id): row.count for row in rows
                                    if row.generation == state.generation})

    def history_version(self) -> int:
        """Another one after each change of the histories."""
        return self.cluster.session(self.keyspace).execute("SELECT version FROM history_state").one().version

    def recommendations(self) -> list[tuple]:
        """The last ones of each partition."""
        rows = self.cluster.session(self.keyspace).execute("SELECT user_id, item_ids, source, model_version, topic_partition, "
                                                      "topic_offset FROM recommendations_by_user PER PARTITION LIMIT 1")
        return [(row.user_id, list(row.item_ids), *row[2:]) for row in rows]


class CassandraNode(Proof):
    number = 17
    guarantee = "No event below the table's position is missing in Cassandra, or counted twice, whatever dies there or here."
    proven_by = ("a real node is killed, restarted in order or stopped for up to ten seconds under a stream, the stream is "
                 "killed, and all the while answers become errors although what was asked was done, and connections are cut, go "
                 "deaf or hang; histories are written beside the batches again and again, and drains are killed too; histories and "
                 "last recommendations are read with the Python driver and compared with what was sent")
    trial = "restarts"
    ci_trials = 0  # needs a node of its own
    at_least = {"ms without a server": 100, "streams killed": 0.1, "connections cut": 1, "planted errors": 50,
                "versions of the histories seen": 0.2}

    def round(self, lab: Lab, chance: random.Random, most: int) -> Tally:
        from cassandra_cluster import CassandraCluster, can_run

        if not can_run():
            raise CannotRun("Cassandra cannot run here: it needs Java, and Maven once")
        shop = lab.shop("cassandra", make_shop(lines=2_000))
        with (contextlib.closing(CassandraCluster(shop.home / "cluster")) as cluster,
              TcpProxy(cluster.address) as proxy):
            move_in(shop, cluster)
            sent = checker.Sent(shop.tables.histories())
            tally = Tally()
            straight = shop.environment
            shop.environment = straight | {"PUNNET__TABLES__URI": f"cassandra://{proxy.address}/{KEYSPACE}"}
            faults = ConnectionFaults(proxy, chance)
            faults.start()
            stream = self._stream(shop, faults, tally, chance)
            versions = {shop.tables.history_version()}
            for _ in range(min(most, RESTARTS_OF_A_ROUND)):
                flood(shop, chance)
                flow(shop, chance, chance.uniform(*SECONDS_OF_A_FLOW))
                trouble(cluster, "cassandra", chance, tally)
                versions.add(shop.tables.history_version())
                if chance.random() < 0.3:
                    tally.counters["streams killed"] += kill(stream)
                    tally.violations += self._drain_and_kill(shop, faults, tally, chance)
                    versions.add(shop.tables.history_version())
                    stream = self._stream(shop, faults, tally, chance)
                if stream.poll() is not None:
                    tally.violations.append(f"the stream ended with {stream.returncode}: {shop.complaints()[-3:]}")
                    stream = self._stream(shop, faults, tally, chance)
            tally.counters.update(faults.stop())
            tally.counters["streams killed"] += kill(stream)
            versions.add(shop.tables.history_version())
            tally.counters["versions of the histories seen"] += len(versions) - 1
            shop.environment = straight
            drain(shop)
            tally.violations += checker.check(shop, sent, one_at_a_time=False)
            tally.counters["events"] += len(shop.events())
            return tally

    @staticmethod
    def _drain_and_kill(shop: Shop, faults: ConnectionFaults, tally: Tally, chance: random.Random) -> list[str]:
        with faults.resting():
            draining = start_stream(shop, tally, chance, "--available-now", *HISTORIES_OFTEN)
        with contextlib.suppress(subprocess.TimeoutExpired):
            draining.wait(timeout=chance.uniform(0, LONGEST_DRAIN))
        tally.counters["drains killed"] += kill(draining)
        if draining.returncode in ENDS_OF_A_DRAIN:
            return []
        return [f"a drain ended with {draining.returncode}: {shop.complaints()[-3:]}"]

    @staticmethod
    def _stream(shop: Shop, faults: ConnectionFaults, tally: Tally, chance: random.Random):
        with faults.resting():
            return start_stream(shop, tally, chance, "--max-offsets-per-trigger", chance.choice([2_000, 10_000]), "--commit-age",
                                "100ms", *HISTORIES_OFTEN)


def flood(shop: Shop, chance: random.Random) -> None:
    """Many events at once."""
    some = [good(chance) for _ in range(EVENTS_OF_A_FLOOD // 100)]
    shop.plant(chance.choices(some, k=EVENTS_OF_A_FLOOD))


def flow(shop: Shop, chance: random.Random, seconds: float) -> None:
    """Events that come for a while, so that a stream is busy all the time."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        shop.plant(good(chance) for _ in range(EVENTS_AT_A_TIME))
        time.sleep(0.1)


def move_in(shop: Shop, cluster, keyspace: str = KEYSPACE) -> None:
    """The shop's tables are in Cassandra from now on."""
    (shop.home / "password").write_text(cluster.password + "\n")
    shop.environment = {"PUNNET__TABLES__URI": f"cassandra://{cluster.address}/{keyspace}",
                        "PUNNET__TABLES__USER": cluster.user,
                        "PUNNET__TABLES__PASSWORD_FILE": str(shop.home / "password")}
    shop.run("load")
    shop.tables = CassandraTables(cluster, keyspace)
