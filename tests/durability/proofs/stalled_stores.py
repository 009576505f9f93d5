"""A store or server that hangs while the topic is full."""

import collections
import contextlib
import dataclasses
import pathlib
import random
import sqlite3
import time
from collections.abc import Callable, Iterator

import checker
from cassandra_cluster import CassandraCluster
from cassandra_cluster import can_run as cassandra_can_run
from hdfs_cluster import HdfsCluster
from hdfs_cluster import can_run as hdfs_can_run
from kafka_cluster import KafkaCluster
from kafka_cluster import can_run as kafka_can_run
from lab import TABLES, Lab, Shop, make_shop, purchase_lines, purchase_of_line, purchases_of_rows
from malformed import good
from processes import peak_bytes
from proofs.cassandra_node import move_in
from proofs.poison import peak_of_drain
from proofs.proof import CannotRun, Proof
from results import Tally

EVENTS = 60_000
SECONDS_OF_A_STALL = 6
MOST_GROWTH = 1.1


@dataclasses.dataclass
class Case:
    """Two shops with the same events before them, of which the store of one will hang."""

    stalled: Shop
    free: Shop
    hang: Callable[[], contextlib.AbstractContextManager]  # it hangs while this is entered
    check: Callable[[], list[str]]  # what is wrong in the end
    options: tuple = ()  # of the streams


def two_shops(lab: Lab, chance: random.Random, plant: bool = True) -> tuple[Shop, Shop]:
    shops = tuple(lab.shop("stalled", make_shop(lines=2_000)) for _ in range(2))
    events = [good(chance) for _ in range(EVENTS)] if plant else []
    for shop in shops:
        shop.plant(events)
    return shops


@contextlib.contextmanager
def paused(servers, name: str) -> Iterator[None]:
    servers.cluster("pause", name)
    try:
        yield
    finally:
        servers.cluster("resume", name)


@contextlib.contextmanager
def locked(path: pathlib.Path) -> Iterator[None]:
    database = sqlite3.connect(path, isolation_level=None, timeout=30)
    database.execute("begin exclusive")
    try:
        yield
    finally:
        database.execute("rollback")
        database.close()


@contextlib.contextmanager
def embedded(lab: Lab, chance: random.Random) -> Iterator[Case]:
    stalled, free = two_shops(lab, chance)
    sent = checker.Sent(stalled.tables.histories())
    yield Case(stalled, free, lambda: locked(stalled.files / "tables.db"), lambda: checker.check(stalled, sent))


@contextlib.contextmanager
def kafka(lab: Lab, chance: random.Random) -> Iterator[Case]:
    stalled, free = two_shops(lab, chance, plant=False)
    header, lines = purchase_lines(stalled)
    chosen = chance.choices(lines, k=EVENTS)
    (stalled.home / "many.csv").write_text("\n".join([header, *chosen]) + "\n")
    sent = collections.Counter(purchase_of_line(header, line) for line in chosen)
    with contextlib.closing(KafkaCluster(stalled.home / "cluster")) as broker:
        there = ("--bootstrap-server", broker.servers, "--topic", "stalled")
        stalled.run("publish", "--input", "many.csv", "--partitions", 3, *there)
        yield Case(stalled, free, lambda: paused(broker, "kafka"), lambda: checker.differences(
            "in new_purchases", sent, collections.Counter(purchases_of_rows(stalled.rows()))), there)


@contextlib.contextmanager
def cassandra(lab: Lab, chance: random.Random) -> Iterator[Case]:
    stalled, free = two_shops(lab, chance)
    with contextlib.closing(CassandraCluster(stalled.home / "cluster")) as node:
        for shop, keyspace in ((stalled, "stalled"), (free, "free")):
            move_in(shop, node, keyspace)
        sent = checker.Sent(stalled.tables.histories())
        yield Case(stalled, free, lambda: paused(node, "cassandra"),
                   lambda: checker.check(stalled, sent, one_at_a_time=False))


@contextlib.contextmanager
def hdfs(lab: Lab, chance: random.Random, daemon: str) -> Iterator[Case]:
    stalled, free = two_shops(lab, chance)
    sent = checker.Sent(stalled.tables.histories())
    with contextlib.closing(HdfsCluster(stalled.home / "cluster")) as daemons:
        daemons.shell("-mkdir", "-p", "/shops")
        daemons.shell("-put", stalled.files, "/shops/stalled")
        daemons.shell("-cp", "/shops/stalled", "/shops/free")
        stalled.environment = {"PUNNET__FILES__URI": daemons.uri("/shops/stalled")}
        free.environment = {"PUNNET__FILES__URI": daemons.uri("/shops/free")}

        def check() -> list[str]:
            for table in TABLES:
                daemons.fetch(f"/shops/stalled/{table}", stalled.files / table)
            return checker.check(stalled, sent)

        yield Case(stalled, free, lambda: paused(daemons, daemon), check)


SERVERS = {"a broker": kafka, "a Cassandra node": cassandra,
           "a NameNode": lambda lab, chance: hdfs(lab, chance, "namenode"),
           "a DataNode": lambda lab, chance: hdfs(lab, chance, "datanode")}


class StalledStores(Proof):
    number = 13
    guarantee = ("While a store hangs, a stream waits within the memory that it takes without a stall, and goes on when the "
                 "store is back.")
    proven_by = ("the database of the tables is locked, or a real broker, Cassandra node, NameNode or DataNode is stopped, for "
                 "seconds at random moments while tens of thousands of events wait; the stream's peak is compared with that of "
                 "a stream that nothing held up")
    trial = "stalls"
    ci_trials = 2  # of the embedded store: servers are for `make torture`
    at_least = {"ms stalled": 1000, "streams held up": 0.5}

    def round(self, lab: Lab, chance: random.Random, most: int) -> Tally:
        tally = self._stall(lab, chance, "an embedded store", embedded)
        if most > len(SERVERS):
            if not (kafka_can_run() and cassandra_can_run() and hdfs_can_run()):
                raise CannotRun("the servers cannot run here: they need Java, and Maven once")
            for name, store in SERVERS.items():
                tally.add(self._stall(lab, chance, name, store))
        return tally

    @staticmethod
    def _stall(lab: Lab, chance: random.Random, name: str, store) -> Tally:
        tally = Tally(trials=1)
        tally.counters[f"of {name}"] += 1
        with store(lab, chance) as case:
            begun = time.monotonic()
            usual = peak_of_drain(case.free, *case.options)
            usual_seconds = time.monotonic() - begun
            stream = case.stalled.start("stream", "--available-now", "--show-rows", 0, "--log-level", "warn", *case.options)
            peak = 0

            def watch(until: Callable[[], bool]) -> None:
                nonlocal peak
                while not until() and stream.poll() is None:
                    peak = max(peak, peak_bytes(stream))
                    time.sleep(0.002)

            time.sleep(chance.uniform(0.1, 0.7) * usual_seconds)
            with case.hang():
                begun = time.monotonic()
                watch(lambda: time.monotonic() > begun + SECONDS_OF_A_STALL)
                tally.counters["ms stalled"] += round(1000 * (time.monotonic() - begun))
                tally.counters["streams held up"] += stream.poll() is None
            back = time.monotonic()
            watch(lambda: False)
            tally.counters["most ms until all was done"] = round(1000 * (time.monotonic() - back))
            tally.counters["most % of the usual memory"] = round(100 * peak / usual)
            if stream.returncode != 0:
                tally.violations.append(f"{name}: the stream ended with {stream.returncode}: {case.stalled.complaints()[-3:]}")
            if peak > MOST_GROWTH * usual:
                tally.violations.append(f"{name}: the stream took {peak >> 20} MB, without a stall {usual >> 20} MB")
            tally.violations += case.check()
        return tally
