"""Shops to do harm to: made once, copied for each round, looked at without punnet's own readers."""

import collections
import csv
import json
import os
import pathlib
import shutil
import sqlite3
import struct
import subprocess
from collections.abc import Callable, Iterable

import pyarrow
from deltalake import DeltaTable

Place = tuple[int, int]  # partition and offset

TABLES = ("new_purchases", "rejected_events")
TIMEOUT = 120  # of a command that nobody disturbs, in seconds


class SqliteTables:
    """The tables of the embedded world."""

    def __init__(self, path: pathlib.Path):
        self.path = path

    def histories(self) -> collections.Counter:
        """How often each user bought each item."""
        counts = collections.Counter()
        with _reading(self.path) as database:
            for user, entries in database.execute("select user_id, entries from histories"):
                for item, count, _ in struct.iter_unpack("<qqq", entries):
                    counts[user, item] += count
        return counts

    def recommendations(self) -> list[tuple]:
        """The last ones: user, items, source, model version, partition, offset."""
        with _reading(self.path) as database:
            rows = database.execute(
                'select user_id, item_ids, source, model_version, partition, "offset" from recommendations').fetchall()
        return [(row[0], json.loads(row[1]), *row[2:]) for row in rows]

    def dump(self, *tables: str) -> list:
        """The whole content of tables, in the order of their keys."""
        with _reading(self.path) as database:
            return [database.execute(f"select * from {table} order by 1, 2").fetchall() for table in tables]


class Shop:
    """A shop in `home`/shop, and the program at work on it."""

    def __init__(self, home: pathlib.Path, binary: pathlib.Path):
        self.home = home
        self.binary = binary
        self.files = home / "shop"
        self.tables = SqliteTables(self.files / "tables.db")
        self.environment: dict[str, str] = {}  # of every command, beside our own
        self.said = home / "said"  # what started processes complained of
        self.processes: list[subprocess.Popen] = []

    def run(self, *arguments, code: int | None = 0, **options) -> subprocess.CompletedProcess:
        done = subprocess.run([self.binary, *map(str, arguments)], cwd=self.home, capture_output=True, text=True,
                              timeout=TIMEOUT, check=False, env=os.environ | self.environment, **options)
        if code not in (None, done.returncode):
            raise RuntimeError(f"{done.args} ended with {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
        return done

    def start(self, *arguments, **options) -> subprocess.Popen:
        """Goes on; output is dropped and complaints are gathered in `said`, unless `options` tell otherwise."""
        with self.said.open("a") as said:
            options = {"stdout": subprocess.DEVNULL, "stderr": said, "env": os.environ | self.environment, **options}
            process = subprocess.Popen([self.binary, *map(str, arguments), "--threads", "1"], cwd=self.home, **options)
        self.processes.append(process)
        return process

    def complaints(self) -> list[str]:
        return self.said.read_text(errors="replace").splitlines() if self.said.exists() else []

    def end(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait()
        self.processes.clear()

    def events(self) -> dict[Place, bytes]:
        """The topic."""
        with _reading(self.files / "events.db") as database:
            rows = database.execute('select partition, "offset", value from events').fetchall()
        return {(partition, offset): value if isinstance(value, bytes) else value.encode()
                for partition, offset, value in rows}

    def plant(self, values: Iterable) -> list[Place]:
        """Appends these values to the partitions in turn, as a careless producer would."""
        places = []
        with sqlite3.connect(self.files / "events.db", timeout=30) as database:
            database.execute("begin immediate")
            ends = database.execute(
                "select topic_id, partition, next_offset from partitions order by partition").fetchall()
            nexts = [end for _, _, end in ends]
            rows = []
            for n, value in enumerate(values):
                topic, partition, _ = ends[n % len(ends)]
                rows.append((topic, partition, nexts[partition], value))
                places.append((partition, nexts[partition]))
                nexts[partition] += 1
            database.executemany('insert into events (topic_id, partition, "offset", ts, value) values (?, ?, ?, 0, ?)',
                                 rows)
            database.executemany("update partitions set next_offset = ? where topic_id = ? and partition = ?",
                                 [(nexts[partition], topic, partition) for topic, partition, _ in ends])
        database.close()
        return places

    def table(self, name: str = "new_purchases", version: int | None = None) -> DeltaTable:
        return DeltaTable(str(self.files / name), version=version)

    def has_table(self, name: str = "new_purchases") -> bool:
        return (self.files / name / "_delta_log" / f"{0:020}.json").exists()

    def rows(self, name: str = "new_purchases") -> pyarrow.Table:
        return self.table(name).to_pyarrow_table()

    def positions(self, table: DeltaTable | None = None) -> dict[int, int]:
        """Where the table ends in each partition, by its transaction identifiers."""
        table = table or self.table()
        topic = table.metadata().configuration["punnet.topic_id"]
        found = {partition: table.transaction_version(f"punnet:{topic}:{partition}")
                 for partition in range(self.partitions())}
        return {partition: position for partition, position in found.items() if position is not None}

    def partitions(self) -> int:
        with _reading(self.files / "events.db") as database:
            return database.execute("select count(*) from partitions").fetchone()[0]


class _reading:
    """A connection that is closed again, which sqlite3's own context is not."""

    def __init__(self, path: pathlib.Path):
        self.database = sqlite3.connect(path, timeout=30)

    def __enter__(self) -> sqlite3.Connection:
        return self.database

    def __exit__(self, *_) -> None:
        self.database.close()


class Lab:
    """Where rounds take place. Directories below `scratch` are its own."""

    def __init__(self, binary: pathlib.Path, scratch: pathlib.Path, kept: pathlib.Path):
        self.binary = binary.resolve()
        self.scratch = scratch
        self.kept = kept
        self.shops: list[Shop] = []
        self.made = 0
        scratch.mkdir(parents=True, exist_ok=True)

    def template(self, name: str, make: Callable[[Shop], None]) -> pathlib.Path:
        """The directory that `make` filled the first time it was asked for."""
        place = self.scratch / "templates" / name
        if not place.exists():
            making = self.scratch / "templates" / f".{name}"
            shutil.rmtree(making, ignore_errors=True)
            making.mkdir(parents=True)
            make(Shop(making, self.binary))
            making.rename(place)
        return place

    def shop(self, name: str, make: Callable[[Shop], None]) -> Shop:
        """A copy of a template."""
        self.made += 1
        home = self.scratch / "rounds" / f"{name}-{self.made}"
        shutil.copytree(self.template(name, make), home)
        self.shops.append(Shop(home, self.binary))
        return self.shops[-1]

    def keep(self, name: str) -> pathlib.Path:
        """Saves the shops of this round for people to look at."""
        place = self.kept / name
        shutil.rmtree(place, ignore_errors=True)
        for shop in self.shops:
            shop.end()
            shutil.copytree(shop.home, place / shop.home.name)
        return place

    def clear(self) -> None:
        """Ends what runs and removes the shops of this round."""
        for shop in self.shops:
            shop.end()
            shutil.rmtree(shop.home, ignore_errors=True)
        self.shops.clear()

    def close(self) -> None:
        self.clear()
        shutil.rmtree(self.scratch, ignore_errors=True)


def make_shop(lines: int = 12_000, partitions: int = 3, key: str = "none") -> Callable[[Shop], None]:
    """A shop with a model and half of the lines in its topic."""
    def make(shop: Shop) -> None:
        shop.run("generate", "raw", "--users", 100, "--items", 150, "--lines", lines)
        shop.run("prepare", "--purchases", "raw/purchases.csv", "--products", "raw/products.csv", "--top-n", 80)
        shop.run("split")
        shop.run("load")
        shop.run("train", "--rank", 4, "--no-validation", "--gate", "report", "--threads", 1)
        shop.run("publish", "--partitions", partitions, "--key", key)
    return make


def purchase_lines(shop: Shop) -> tuple[str, list[str]]:
    """The header and the lines of the purchases that the shop was made from."""
    header, *lines = (shop.home / "raw/purchases.csv").read_text().splitlines()
    return header, lines


def purchase_of_line(header: str, line: str) -> tuple:
    row = dict(zip(next(csv.reader([header])), next(csv.reader([line]))))
    return int(row["user_id"]), int(row["item_id"]), int(row["quantity"]), _cents(float(row["sales_value"]))


def purchase_of_event(value: bytes) -> tuple:
    event = json.loads(value)
    return event["user_id"], event["item_id"], event["quantity"], _cents(event["sales_value"])


def purchases_of_rows(rows: pyarrow.Table) -> list[tuple]:
    cents = map(_cents, rows["sales_value"].to_pylist())
    return list(zip(rows["user_id"].to_pylist(), rows["item_id"].to_pylist(), rows["quantity"].to_pylist(), cents))


def places_of_rows(rows: pyarrow.Table) -> list[Place]:
    return list(zip(rows["partition"].to_pylist(), rows["offset"].to_pylist()))


def _cents(price: float) -> int:
    return round(price * 100)


def make_older(path: pathlib.Path, days: int = 8) -> None:
    """As if the file had been written so long ago."""
    written = path.stat().st_mtime - days * 86_400
    os.utime(path, (written, written))
