"""An HDFS whose daemons go away and come back."""

import contextlib
import pathlib
import random
import time

import checker
from lab import TABLES, Lab, Shop, make_shop
from malformed import good, malformed
from processes import kill
from proofs.daemon_trouble import KINDS, trouble
from proofs.proof import CannotRun, Proof
from proofs.supervised import drain, start_stream
from results import Tally
from tcp_proxy import TcpProxy

PLACE = "/shops/torture"
DEATHS_OF_A_ROUND = 6
SECONDS_OF_A_FLOW = (3, 7)  # before each death: commits, of which answers can be lost, follow one another
EVENTS_AT_A_TIME = 50
DAEMONS = {"namenode": KINDS, "datanode": {"killed": 4, "restarted": 1, "stopped": 1}}  # what is to happen how often
LOST = (b"rename2", b"create", b"complete")
SHARE_LOST = 0.15


class HdfsDaemons(Proof):
    number = 19
    guarantee = "NameNode and DataNode may die, restart or hang at any time: every event is in the table on HDFS once."
    proven_by = ("real daemons are killed, restarted in order or stopped for up to ten seconds under a stream, the NameNode's "
                 "answers to calls that create, complete or rename a file are lost, and the stream is killed; the table is "
                 "fetched with Hadoop's own tools and compared with the topic")
    trial = "daemon deaths"
    ci_trials = 0  # needs daemons of its own
    at_least = {"ms without a server": 100, "streams killed": 0.1, "answers lost": 0.5}

    def round(self, lab: Lab, chance: random.Random, most: int) -> Tally:
        from hdfs_cluster import HdfsCluster, can_run

        if not can_run():
            raise CannotRun("HDFS cannot run here: it needs Java, and Maven once")
        shop = lab.shop("hdfs", make_shop(lines=2_000))
        with (contextlib.closing(HdfsCluster(shop.home / "cluster")) as hdfs,
              TcpProxy(hdfs.authority) as proxy):
            dice = random.Random(chance.random())  # for the threads of the proxy
            proxy.loses_answer = lambda request: any(call in request for call in LOST) and dice.random() < SHARE_LOST
            hdfs.shell("-mkdir", "-p", str(pathlib.PurePath(PLACE).parent))
            hdfs.shell("-put", shop.files, PLACE)
            shop.environment = {"PUNNET__FILES__URI": f"hdfs://{proxy.address}{PLACE}"}
            sent = checker.Sent(shop.tables.histories())
            tally = Tally()
            stream = self._stream(shop, tally, chance)
            for _ in range(min(most, DEATHS_OF_A_ROUND)):
                self._flow(shop, sent, chance)
                daemon = chance.choice(list(DAEMONS))
                trouble(hdfs, daemon, chance, tally, DAEMONS[daemon])
                if chance.random() < 0.4:
                    tally.counters["streams killed"] += kill(stream)
                    stream = self._stream(shop, tally, chance)
                if stream.poll() is not None:
                    tally.violations.append(f"the stream ended with {stream.returncode}: {shop.complaints()[-3:]}")
                    stream = self._stream(shop, tally, chance)
            tally.counters["streams killed"] += kill(stream)
            proxy.loses_answer = None
            tally.counters["answers lost"] += proxy.lost
            drain(shop)
            shop.run("verify")
            for table in TABLES:
                fetch_table(hdfs, f"{PLACE}/{table}", shop.files / table)
            tally.violations += checker.check(shop, sent)
            tally.counters["events"] += len(shop.events())
            return tally

    @staticmethod
    def _flow(shop: Shop, sent: checker.Sent, chance: random.Random) -> None:
        ends = time.monotonic() + chance.uniform(*SECONDS_OF_A_FLOW)
        while time.monotonic() < ends:
            messages = [malformed(chance) if chance.random() < 0.02 else (good(chance), None) for _ in range(EVENTS_AT_A_TIME)]
            places = shop.plant(value for value, _ in messages)
            sent.malformed.update({place: why for place, (_, why) in zip(places, messages) if why})
            time.sleep(chance.uniform(0, 0.2))

    @staticmethod
    def _stream(shop: Shop, tally: Tally, chance: random.Random):
        return start_stream(shop, tally, chance, "--max-offsets-per-trigger", chance.choice([20, 100]), "--commit-age",
                            "100ms")


def fetch_table(hdfs, place: str, target: pathlib.Path) -> None:
    """Copies a table, without what the dead were still writing, of which HDFS does not know how long it is."""
    log = target / "_delta_log"
    log.mkdir(parents=True)
    hdfs.shell("-get", f"{place}/_delta_log/*[!p]", log)  # not *.tmp
    hdfs.shell("-get", f"{place}/*.parquet", target)
