"""Compactions that die while others write and read."""

import random
import signal
import threading
import time

import checker
from lab import Lab, Shop, make_shop, purchase_of_event
from processes import kill
from proofs.proof import Proof
from results import Tally
from snapshots import TopicInOrder, fingerprint

KILLS_OF_A_ROUND = 50
LIVES_TO_THE_END = 0.25


class Reader(threading.Thread):
    """Reads the newest version again and again, and every version a second time later on."""

    def __init__(self, shop: Shop, chance: random.Random):
        super().__init__()
        self.shop = shop
        self.chance = chance
        self.topic = TopicInOrder({place: purchase_of_event(value) for place, value in shop.events().items()})
        self.seen: dict[int, str] = {}
        self.reads = 0
        self.wrong: list[str] = []
        self.enough = threading.Event()

    def run(self) -> None:
        while not self.enough.is_set():
            try:
                self.read()
                if self.seen and self.reads % 3 == 0:
                    self.read(self.chance.choice(list(self.seen)))
            except Exception as failure:  # whatever a reader meets is a finding
                self.wrong.append(f"a reader failed: {failure}")
                return
            self.enough.wait(0.02)

    def read(self, version: int | None = None) -> str:
        table = self.shop.table(version=version)
        rows = table.to_pyarrow_table()
        found = fingerprint(rows)
        self.reads += 1
        self.wrong += [f"version {table.version()}: {wrong}"
                       for wrong in self.topic.compare(rows, self.shop.positions(table))]
        if self.seen.setdefault(table.version(), found) != found:
            self.wrong.append(f"version {table.version()} held other rows when it was read again")
        return found


class Compaction(Proof):
    number = 20
    guarantee = ("Compaction never loses, repeats or hides a row, whenever it dies, and what it leaves behind is gone after a "
                 "vacuum.")
    proven_by = ("compactions killed at random beside a stream, while a reader checks that every version holds the events below "
                 "its positions and never changes; then each compaction that stands is compared with the version before it")
    trial = "kills"
    ci_trials = 200
    at_least = {"inside a compaction": 0.1, "reads": 0.2, "compactions that stood": 0.05}

    def round(self, lab: Lab, chance: random.Random, most: int) -> Tally:
        shop = lab.shop("compaction", make_shop(lines=24_000))
        sent = checker.Sent.so_far(shop)
        stream = self._stream(shop)
        while not shop.has_table() or not self._files(shop):
            time.sleep(0.01)
        writer = self._writer(self._files(shop)[0])
        reader = Reader(shop, chance)
        reader.start()
        tally = Tally()
        known: set[str] = set()
        life = None  # how long the last one took that was left alone
        while tally.trials < min(most, KILLS_OF_A_ROUND) and stream.poll() is None:
            compaction, born = shop.start("compact"), time.monotonic()
            if life is None or chance.random() < LIVES_TO_THE_END:
                compaction.wait()
                life = time.monotonic() - born
                if compaction.returncode != 0:
                    tally.violations.append(f"a compaction ended with {compaction.returncode}: {shop.complaints()[-2:]}")
                continue
            time.sleep(chance.uniform(0, life))
            tally.trials += kill(compaction)
            left = self._left(shop, writer) - known
            known |= left
            tally.counters["inside a compaction"] += bool(left)
        stream.send_signal(signal.SIGTERM)
        stream.wait()
        reader.enough.set()
        reader.join()
        tally.counters["reads"] += reader.reads
        shop.run("stream", "--available-now", "--show-rows", 0)
        tally.violations += reader.wrong + self._stood(shop, reader, tally) + checker.check(shop, sent)
        return Tally(tally.trials, tally.violations + self._orphans(shop) + checker.check(shop, sent), tally.counters)

    @staticmethod
    def _stream(shop: Shop):
        return shop.start("stream", "--max-offsets-per-trigger", 6, "--file-per-batch", "--show-rows", 0, "--log-level",
                          "warn")

    @staticmethod
    def _files(shop: Shop) -> list[str]:
        return [path.name for path in (shop.files / "new_purchases").glob("*.parquet")]

    @staticmethod
    def _writer(name: str) -> str:
        """The part of a file's name that is its writer's alone."""
        return name.removeprefix(".").split(".")[0].rsplit("-", 2)[0]

    def _left(self, shop: Shop, stream: str) -> set[str]:
        """Files that not the stream has written and no log entry names."""
        directory = shop.files / "new_purchases"
        files = {path.name for path in directory.iterdir() if ".parquet" in path.name}
        named = shop_log(shop)
        return {name for name in files if self._writer(name) != stream and f'"{name}"' not in named}

    def _stood(self, shop: Shop, reader: Reader, tally: Tally) -> list[str]:
        """Reads the version of each compaction and the one before it."""
        wrong = []
        for entry in shop.table().history():
            if entry["operation"] != "OPTIMIZE":
                continue
            tally.counters["compactions that stood"] += 1
            if reader.read(entry["version"]) != reader.read(entry["version"] - 1):
                wrong.append(f"the compaction of version {entry['version']} changed the rows")
        return wrong

    @staticmethod
    def _orphans(shop: Shop) -> list[str]:
        shop.run("compact")
        shop.run("vacuum", "--retain", "0s", "--force")
        directory = shop.files / "new_purchases"
        live = {uri.rsplit("/", 1)[1] for uri in shop.table().file_uris()}
        shop.run("verify")
        return [f"{path.name} is still there after a vacuum" for path in directory.rglob("*")
                if path.is_file() and (path.name.endswith(".tmp") or path.suffix == ".parquet"
                                       and path.parent == directory and path.name not in live)]


def shop_log(shop: Shop) -> str:
    return "".join(path.read_text() for path in (shop.files / "new_purchases/_delta_log").glob("*.json")
                   if not path.name.startswith("."))
