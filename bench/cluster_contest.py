"""The stream on real servers: Kafka to Delta on HDFS with tables in Cassandra, and beside the original's job in Spark.

    bench/cluster_contest.py --programs DIRECTORY --place DIRECTORY --punnet BINARY --spark PYTHON [--events N] [--only TEXT]

Starts the servers below PLACE and stops them; prints each figure with its goal and writes PLACE/results.jsonl. The servers
run on the same processors: what they take is taken from the stream. bench/README.md says what each figure is.
"""

import argparse
import datetime
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field

from contestants import Contestant
from story import percentile

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY / "tools"))

from servers.cassandra import PASSWORD, USER  # noqa: E402

SERVERS = {"Kafka": ("kafka", "kafka_2.13"), "Cassandra": ("cassandra", "cassandra-all"),
           "HDFS": ("hdfs", "hadoop-hdfs")}
KEYSPACE = "shop"
TOPIC = "purchases"
USERS, ITEMS, CATALOGUE = 2_500, 6_000, 5_000
HISTORY_LINES = 1_000_000
SMALL_BATCHES = 8_000
# Of a command whose server was too busy to answer, which none of the figures is about.
ATTEMPTS, UNAVAILABLE = 5, 69
STEPS = ("decode", "fetch", "recommend", "enrich", "append")

# Named settings of a drain, each measured.
DRAINS = {
    "default settings": [],
    "batches of 50,000, commits of 256 MB": [
        "--max-offsets-per-trigger", "50000", "--commit-bytes", "256MB"],
}


@dataclass
class Figure:
    """One line of results.jsonl. More is better but where `less_is_better`."""

    name: str
    value: float
    unit: str
    must: float | None = None
    stretch: float | None = None
    less_is_better: bool = False
    versions: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def reached(self) -> str:
        def is_met(goal: float | None) -> bool:
            return goal is not None and (self.value <= goal if self.less_is_better else self.value >= goal)

        if self.must is None:
            return ""
        return "stretch" if is_met(self.stretch) else "must" if is_met(self.must) else "NOT REACHED"

    def line(self) -> str:
        sign = "<=" if self.less_is_better else ">="
        goals = "" if self.must is None else f"{sign} {self.must:,g}"
        if self.stretch is not None:
            goals += f" -> {self.stretch:,g}"
        digits = 0 if self.value >= 1000 else 2
        return f"{self.name:<66} {self.value:12,.{digits}f} {self.unit:<9} {goals:<24} {self.reached()}"


class Figures:
    def __init__(self, path: pathlib.Path, versions: dict[str, str]):
        self.path, self.versions, self.missed = path, versions, []
        path.write_text("", encoding="utf-8")

    def show(self, figure: Figure) -> None:
        figure.versions = self.versions
        if figure.reached() == "NOT REACHED":
            self.missed.append(figure.name)
        with open(self.path, "a", encoding="utf-8") as out:
            out.write(json.dumps(asdict(figure) | {"reached": figure.reached()}) + "\n")
        print(figure.line(), *(f"    {note}" for note in figure.notes), sep="\n", flush=True)


@dataclass
class Drain:
    """One run of `punnet stream`: what it said at its end, and of each batch."""

    ended: dict
    batches: list[dict]
    cpu_seconds: dict[str, float]  # of punnet and of each server
    served: dict[str, int]  # reads of each table, as Cassandra counts them
    last_history_write_us: int
    ended_at: datetime.datetime

    def events(self) -> int:
        return self.ended["rows"] + self.ended["rejects"]

    def warm(self) -> list[dict]:
        """The second half of the batches."""
        return self.batches[len(self.batches) // 2:]

    def looked_up(self, batches: list[dict]) -> int:
        return sum(batch["observedMetrics"]["stream"]["looked_up"] for batch in batches)

    def until_last_row_s(self) -> float:
        """The whole run but for the writing of histories that followed the last commit."""
        return (self.ended["took_us"] - self.last_history_write_us) / 1e6

    def warm_rate(self) -> float:
        """Events a second from the first warm batch until the last row is on HDFS, all commits and what is written of
        histories meanwhile included."""
        until = self.ended_at - datetime.timedelta(microseconds=self.last_history_write_us)
        began = datetime.datetime.fromisoformat(self.warm()[0]["timestamp"])
        return sum(batch["numInputRows"] for batch in self.warm()) / (until - began).total_seconds()

    def median_ms(self, step: str) -> float:
        return statistics.median(batch["durationMs"][step] for batch in self.warm())

    def seconds_of(self, step: str) -> float:
        return sum(batch["durationMs"][step] for batch in self.batches) / 1e3


class Cluster:
    """The servers, and a shop on them. Processor time of the servers is counted too."""

    def __init__(self, place: pathlib.Path, punnet: pathlib.Path):
        self.place, self.punnet, self.servers = place, punnet, place / "servers"
        self.tool("down")
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)

    def tool(self, *words: str) -> None:
        done = subprocess.run([REPOSITORY / "tools" / "cluster", *words, "--directory", self.servers], capture_output=True,
                              text=True, check=False)
        if done.returncode != 0:
            sys.exit(done.stdout + done.stderr)

    def __enter__(self) -> "Cluster":
        self.tool("up", "kafka", "cassandra", "hdfs", "--free-ports", "--full-speed")
        lines = (self.servers / "addresses").read_text(encoding="utf-8").splitlines()
        self.addresses = dict(line.split("=") for line in lines)
        self.session = self.connect()
        (self.place / "password").write_text(PASSWORD, encoding="utf-8")
        (self.place / "password").chmod(0o600)
        (self.place / "punnet.toml").write_text(f"""\
[events]
uri = "kafka://{self.addresses['kafka']}"
topic = "{TOPIC}"
[tables]
uri = "cassandra://{self.addresses['cassandra']}/{KEYSPACE}"
user = "{USER}"
password_file = "password"
original_tables = true
timeout = "5m"
[files]
uri = "{self.uri('shop')}"
""", encoding="utf-8")
        return self

    def __exit__(self, *_) -> None:
        self.session.cluster.shutdown()
        self.tool("down")

    def connect(self):
        from cassandra.auth import PlainTextAuthProvider
        from cassandra.cluster import Cluster as Client

        host, _, port = self.addresses["cassandra"].rpartition(":")
        return Client([host], port=int(port), auth_provider=PlainTextAuthProvider(USER, PASSWORD),
                      protocol_version=5).connect()

    def uri(self, path: str) -> str:
        return f"hdfs://{self.addresses['namenode']}/{path}"

    def run(self, *words) -> str:
        for _ in range(ATTEMPTS):
            done = subprocess.run([self.punnet, *map(str, words)], cwd=self.place, capture_output=True, text=True, check=False)
            if done.returncode != UNAVAILABLE:
                break
        if done.returncode != 0:
            sys.exit(f"punnet {' '.join(map(str, words))} ended with {done.returncode}\n{done.stderr[-3000:]}")
        return done.stdout

    def make_shop(self, events: int) -> None:
        lines = events + HISTORY_LINES
        self.run("generate", "raw", "--users", USERS, "--items", ITEMS, "--lines", lines, "--weeks", 52)
        self.run("prepare", "--purchases", "raw/purchases.csv", "--products", "raw/products.csv", "--top-n", CATALOGUE)
        self.run("split", "--conf", f"split.fraction={HISTORY_LINES / lines}")
        self.run("load")
        self.run("publish", "--log-level", "warn", "--config", "retention.ms=-1")
        self.run("train", "--rank", 10, "--no-validation")

    def begin_anew(self) -> None:
        """Takes the table of new purchases away, and what was counted in histories."""
        for table in ("new_purchases", "rejected_events"):
            if table in self.run("files", "ls"):
                self.run("files", "rm", "-r", table)
        self.run("load")

    def stream(self, *options) -> Drain:
        """One drain of the topic into a table that is new."""
        self.begin_anew()
        spent, served = self.server_cpu_seconds(), self.reads_served()
        out, log = self.place / "stream.jsonl", self.place / "stream.log"
        words = ["stream", "--available-now", "--output", "json", "--log-format", "json", *map(str, options)]
        with open(out, "w", encoding="utf-8") as lines, open(log, "w", encoding="utf-8") as errors:
            child = subprocess.Popen([self.punnet, *words], cwd=self.place, stdout=lines, stderr=errors)
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
        said = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
        ended = [line for line in said if line["msg"] == "ended"]
        if child.returncode != 0 or not ended:
            sys.exit(f"punnet {' '.join(words)} ended with {child.returncode}; see {log}")
        batches = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines() if '"batchId"' in line]
        spent = {name: seconds - spent[name] for name, seconds in self.server_cpu_seconds().items()}
        served = {table: count - served.get(table, 0) for table, count in self.reads_served().items()}
        written = [line["took_us"] for line in said if line["msg"] == "histories were written"]
        return Drain(ended[0], batches, {"punnet": usage.ru_utime + usage.ru_stime, **spent}, served,
                     written[-1] if written else 0, datetime.datetime.fromisoformat(ended[0]["ts"]))

    def reads_served(self) -> dict[str, int]:
        """How many reads of each table of the shop Cassandra has coordinated, by its own count."""
        rows = self.session.execute("SELECT table_name, count FROM system_views.coordinator_read_latency "
                                    "WHERE keyspace_name = %s ALLOW FILTERING", [KEYSPACE])
        return {row.table_name: row.count for row in rows}

    def server_cpu_seconds(self) -> dict[str, float]:
        """Processor time of each server so far."""
        spent = {}
        for name in ("kafka", "cassandra", "namenode", "datanode"):
            pid = int((self.servers / name / "pid").read_text())
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            spent[name] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        return spent


def versions() -> dict[str, str]:
    """As pinned by what tools/cluster starts."""
    found = {}
    for name, (pom, artifact) in SERVERS.items():
        text = (REPOSITORY / "tools" / "servers" / f"{pom}.pom.xml").read_text(encoding="utf-8")
        found[name] = re.search(rf"<artifactId>{re.escape(artifact)}[^<]*</artifactId>\s*<version>([^<]+)", text)[1]
    return found


def budget(drain: Drain) -> list[str]:
    """Where the time of an event went."""
    events = drain.events()

    def each(seconds: float) -> str:
        return f"{seconds / events * 1e6:.2f}"

    ended = drain.ended
    wall, inside, histories = ended["took_us"] / 1e6, drain.seconds_of("triggerExecution"), ended["history_writes_us"] / 1e6
    steps = ", ".join(f"{step} {each(drain.seconds_of(step))}" for step in STEPS)
    processors = ", ".join(f"{name} {each(seconds)}" for name, seconds in drain.cpu_seconds.items())
    return [f"{events:,} events in {wall:.1f} s; {ended['commits']} commits, p50 {ended['commit_p50_us'] / 1e3:,.0f} ms; "
            f"{ended['history_writes']} writes of histories beside the batches, {histories:.1f} s",
            f"us an event: {each(wall)}, of which {each(inside)} inside of batches (read {each(drain.seconds_of('getBatch'))}, "
            f"{steps}), {each(drain.last_history_write_us / 1e6)} the last histories, "
            f"{each(wall - inside - drain.last_history_write_us / 1e6)} start, what was waited for, end",
            f"us of processor an event: {processors}; {each(wall * (os.cpu_count() or 1))} were to be had"]


def warm_look_ups(drain: Drain) -> list[str]:
    served = ", ".join(f"{table} {count:,}" for table, count in sorted(drain.served.items()) if count > 0)
    return [f"keys looked up: {drain.looked_up(drain.batches):,} in all, {drain.looked_up(drain.warm()):,} of them in the "
            f"{len(drain.warm()):,} warm batches",
            f"reads that Cassandra counts, of the whole run: {served}"]


def drains(cluster: Cluster, figures: Figures) -> None:
    for name, options in DRAINS.items():
        drain = cluster.stream(*options)
        figures.show(Figure(f"Kafka to Delta on HDFS, look-ups warm, {name}", drain.warm_rate(), "events/s", 150_000, 400_000,
                            notes=[*budget(drain), *warm_look_ups(drain)]))
        figures.show(Figure("  from the start, all cold, until the last row is on HDFS",
                            drain.events() / drain.until_last_row_s(), "events/s"))
        figures.show(Figure("  and until the last histories are in Cassandra", drain.ended["events_per_second"], "events/s"))
        warm = drain.warm()
        rate = sum(batch["numInputRows"] for batch in warm) / sum(
            batch["durationMs"]["triggerExecution"] for batch in warm) * 1e3
        figures.show(Figure("  inside of warm batches", rate, "events/s"))


def small_batches(cluster: Cluster, figures: Figures) -> None:
    drain = cluster.stream("--max-offsets-per-trigger", 100, "--max-batches", SMALL_BATCHES)
    ready = [batch["durationMs"]["addBatch"] for batch in drain.warm()]
    steps = ", ".join(f"{step} {drain.median_ms(step):.3f}" for step in STEPS)
    figures.show(Figure("batches of 100, warm: poll to rows ready, p50", statistics.median(ready), "ms", 0.5,
                        less_is_better=True, notes=[f"p50 of the steps in ms: {steps}", *warm_look_ups(drain)]))
    figures.show(Figure("  p99", percentile(ready, 0.99), "ms", 2, less_is_better=True))
    figures.show(Figure("  with those that look users up for the first time, p50", drain.ended["rows_ready_p50_us"] / 1e3, "ms"))
    figures.show(Figure("  p99", drain.ended["rows_ready_p99_us"] / 1e3, "ms"))
    figures.show(Figure("  durable commit, apart, p50", drain.ended["commit_p50_us"] / 1e3, "ms"))


def look_ups(cluster: Cluster, figures: Figures, programs: pathlib.Path) -> None:
    done = subprocess.run([programs / "cassandra_bench", cluster.addresses["cassandra"]], capture_output=True, text=True,
                          check=False)
    if done.returncode != 0:
        sys.exit(done.stderr)
    said = done.stdout.splitlines()
    for what in ("histories", "own purchases"):
        line = next(line for line in said if line.startswith(f"{what}, 370 items each"))
        median = float(re.search(r"p50 ([\d.]+) ms", line)[1])
        row = f"{median / 37:.2f} µs for each of 37,000 items, by all processors together"
        figures.show(Figure(f"cold look-ups of 100 users, {what}, 370 items each, p50", median, "ms", 60, less_is_better=True,
                            notes=[line, row]))


def beside_spark(cluster: Cluster, figures: Figures, spark: pathlib.Path) -> None:
    """A turn of either, strictly one after the other."""
    job = [spark, REPOSITORY / "bench" / "peers" / "original_job.py", cluster.servers, TOPIC, KEYSPACE,
           cluster.uri("shop/models/1"), cluster.uri("original/new_purchases"), cluster.uri("original/checkpoint")]
    ours, durable, theirs, between = [], [], [], []
    with Contestant(job, cluster.place / "spark.log", 2) as peer:
        peer.ask("batches", 10)  # until its code is compiled
        for _ in range(3):
            turn = peer.turn("batches", 10)
            theirs += turn["seconds"]
            between += turn["between"]
            ours.append(cluster.stream("--max-offsets-per-trigger", 100, "--max-batches", SMALL_BATCHES))
            durable.append(cluster.stream("--max-offsets-per-trigger", 100, "--max-batches", 10, "--file-per-batch"))
        version = peer.ready["version"]
    batch = statistics.median(theirs) * 1e3
    ready = statistics.median(batch["durationMs"]["triggerExecution"] for drain in ours for batch in drain.warm())
    figures.show(Figure(f"the original's job, Spark {version}: a batch of 100, p50", batch, "ms", notes=[
        f"{len(theirs)} batches, {min(theirs):.2f} to {max(theirs):.2f} s; the job as described, written anew"]))
    figures.show(Figure("  punnet beside it: a batch of 100, read and rows ready, p50", ready, "ms"))
    figures.show(Figure("  times as fast, a batch of 100", batch / ready, "x", 50, 500))
    theirs_rate = 100 / statistics.median(between)
    rate = statistics.median(drain.ended["events_per_second"] for drain in ours)
    figures.show(Figure("  the original's job: drained", theirs_rate, "events/s"))
    figures.show(Figure("  punnet beside it, batches of 100, start and last commit included: drained", rate, "events/s"))
    figures.show(Figure("  times as fast, a drain", rate / theirs_rate, "x", 50, 500))
    alone = statistics.median(drain.ended["commit_p50_us"] for drain in durable) / 1e3
    figures.show(Figure("  punnet, a file and a commit for each batch of 100: durable commit, p50", alone, "ms"))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("--programs", "--place", "--punnet", "--spark"):
        # Not resolved: the Python of an environment is a link out of it.
        parser.add_argument(name, type=lambda path: pathlib.Path(path).absolute(), required=True)
    parser.add_argument("--events", type=int, default=4_000_000, help="of the topic [4,000,000]")
    parser.add_argument("--only", default="", metavar="TEXT", help="of drains, batches, look-ups, spark")
    return parser.parse_args()


def main() -> None:
    arguments = parse()
    with Cluster(arguments.place, arguments.punnet) as cluster:
        of_servers = versions()
        figures = Figures(arguments.place / "results.jsonl", of_servers)
        print(", ".join(f"{name} {version}" for name, version in of_servers.items()) +
              f" on the same {os.cpu_count()} processors; a catalogue of {CATALOGUE:,} items, {USERS:,} users, {arguments.events:,} events; "
              f"load {os.getloadavg()[0]:.1f}", flush=True)
        cluster.make_shop(arguments.events)
        parts = {"drains": lambda: drains(cluster, figures), "batches": lambda: small_batches(cluster, figures),
                 "look-ups": lambda: look_ups(cluster, figures, arguments.programs),
                 "spark": lambda: beside_spark(cluster, figures, arguments.spark)}
        for name, play in parts.items():
            if arguments.only in name:
                play()
        print(f"load {os.getloadavg()[0]:.1f}; not reached: {'; '.join(figures.missed) or 'nothing'}")


if __name__ == "__main__":
    main()
