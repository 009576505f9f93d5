"""What must hold of a shop at any moment, in the middle of a command that died too. Looked at with other people's readers:
nothing here is made by punnet, and nothing that is looked at is changed, so that the next start finds what a crash left."""

import collections
import csv
import hashlib
import json
import pathlib
import re
import shutil
import sqlite3
import struct
import tempfile

import pyarrow.parquet
from deltalake import DeltaTable
from deltalake.exceptions import TableNotFoundError

UNKNOWN_TIME = -(2**63)
LOG_NAME = re.compile(r"\d{20}\.(json|checkpoint\.parquet)|_last_checkpoint")


class Broken(AssertionError):
    """A promise that does not hold."""


def require(holds, message: str) -> None:
    if not holds:
        raise Broken(message)


class Database:
    """A copy of a database, opened: looking must not take a crash's journal away."""

    def __init__(self, path: pathlib.Path):
        self._place = tempfile.TemporaryDirectory()
        for file in path.parent.glob(path.name + "*"):
            if file.name in (path.name, path.name + "-wal", path.name + "-journal"):
                shutil.copy(file, self._place.name)
        self.connection = sqlite3.connect(pathlib.Path(self._place.name) / path.name)

    def __enter__(self):
        (state,) = self.connection.execute("PRAGMA integrity_check").fetchone()
        require(state == "ok", f"a database is damaged: {state}")
        return self

    def __exit__(self, *_):
        self.connection.close()
        self._place.cleanup()

    def rows(self, query: str) -> list:
        return self.connection.execute(query).fetchall()

    def has_tables(self) -> bool:
        return bool(self.rows("SELECT 1 FROM sqlite_schema"))


def as_bytes(value) -> bytes:
    return value if isinstance(value, bytes) else value.encode()


class Topic:
    """All events of a shop's topic."""

    def __init__(self, home: pathlib.Path):
        self.id, self.partitions, self.events, self.next = "", 0, {}, {}
        path = home / "shop/events.db"
        if not path.exists():
            return
        with Database(path) as log:
            topics = log.rows("SELECT topic_id, id, partitions FROM topics") if log.has_tables() else []
            if not topics:
                return
            ((number, self.id, self.partitions),) = topics
            self.next = dict(log.rows(f"SELECT partition, next_offset FROM partitions WHERE topic_id={number}"))
            self.events = {(partition, offset): as_bytes(value) for partition, offset, value in log.rows(
                f'SELECT partition, "offset", value FROM events WHERE topic_id={number}')}
        counts = collections.Counter(partition for partition, _ in self.events)
        require(counts == collections.Counter(self.next), f"offsets have holes: {counts} events, next {self.next}")

    def purchase(self, key):
        """What the event says, None for one that is no purchase."""
        try:
            value = json.loads(self.events[key])
            return value if {"user_id", "item_id", "quantity", "sales_value"} <= value.keys() else None
        except (ValueError, AttributeError):
            return None


def sent_rows(home: pathlib.Path) -> list:
    """What `publish` is to send, in its order."""
    rows = []
    for part in sorted((home / "shop/for_topic").glob("part-*.csv")):
        with part.open() as text:
            rows += [(int(row[0]), int(row[1]), int(row[2])) for row in csv.reader(text)]
    return rows


def check_topic(home: pathlib.Path, *, complete: bool) -> None:
    """Each row was published once, or, before the end, a beginning of each partition's rows."""
    topic = Topic(home)
    if not topic.id:
        require(not complete, "there is no topic")
        return
    rows = sent_rows(home)
    for partition in range(topic.partitions):
        wanted = rows[partition::topic.partitions]
        held = [topic.purchase((partition, offset)) for offset in range(topic.next.get(partition, 0))]
        held = [(event["user_id"], event["item_id"], event["quantity"]) for event in held if event]
        require(held == wanted[:len(held)], f"partition {partition} does not hold the rows in their order, each once")
        require(not complete or len(held) == len(wanted), f"{len(wanted) - len(held)} rows were never published")


class Table:
    """A Delta table: its rows by (partition, offset), its files, and how far it says that it has come."""

    def __init__(self, home: pathlib.Path, name: str, topic: Topic):
        self.place = home / "shop" / name
        self.rows, self.positions, self.files, self.version = {}, {}, [], -1
        try:
            table = DeltaTable(str(self.place))
        except TableNotFoundError:
            return
        self.version = table.version()
        for partition in range(topic.partitions):
            position = table.transaction_version(f"punnet:{topic.id}:{partition}")
            if position is not None:
                self.positions[partition] = position
        adds = table.get_add_actions(flatten=True)
        sizes = dict(zip(adds.column("path").to_pylist(), adds.column("size_bytes").to_pylist(), strict=True))
        counts = dict(zip(adds.column("path").to_pylist(), adds.column("num_records").to_pylist(), strict=True))
        self.files = sorted(sizes)
        for path in self.files:
            file = self.place / path
            require(file.exists(), f"{name}: the log names {path}, which is not there")
            require(file.stat().st_size == sizes[path], f"{name}: {path} has not the size that the log says")
            read = pyarrow.parquet.ParquetFile(file, page_checksum_verification=True).read()
            require(read.num_rows == counts[path], f"{name}: {path} has not the rows that the log says")
            for row in read.to_pylist():
                key = (row["partition"], row["offset"])
                require(key not in self.rows, f"{name}: event {key} is there twice")
                self.rows[key] = row


def check_tables(home: pathlib.Path, *, complete: bool) -> tuple[Table, Topic]:
    """Every event below the position is a row or a reject, once and as it was sent; nothing else is there."""
    topic = Topic(home)
    main, rejects = Table(home, "new_purchases", topic), Table(home, "rejected_events", topic)
    for (partition, offset), row in main.rows.items():
        require(offset < main.positions.get(partition, 0), f"row {offset} lies beyond the position of {partition}")
        event = topic.purchase((partition, offset))
        require(event is not None, f"event {offset} of {partition} is no purchase, but a row")
        require(all(row[name] == event[name] for name in ("user_id", "item_id", "quantity")),
                f"row {offset} of {partition} is not what was sent")
    for key, row in rejects.rows.items():
        require(key in topic.events and topic.purchase(key) is None, f"reject {key} was no bad event")
        require(as_bytes(row["bytes"] or b"") == topic.events[key], f"reject {key} is not what was sent")
    for (partition, offset) in topic.events:
        if offset >= main.positions.get(partition, 0):
            require(not complete, f"event {offset} of partition {partition} was not taken")
            continue
        key = (partition, offset)
        require((key in main.rows) != (key in rejects.rows), f"event {key} is neither row nor reject, or both")
    for partition, position in main.positions.items():
        require(position <= topic.next[partition], f"the table is ahead of partition {partition}")
    return main, topic


def base_histories(home: pathlib.Path) -> collections.Counter:
    rows = pyarrow.parquet.read_table(home / "shop/historical_purchases").to_pylist()
    return collections.Counter((row["user_id"], row["item_id"]) for row in rows)


def check_histories(home: pathlib.Path, main: Table, topic: Topic, *, complete: bool) -> None:
    """They count the history and the table's rows up to where they say, and never further than the table."""
    with Database(home / "shop/tables.db") as tables:
        positions = dict(tables.rows(f"SELECT partition, next_offset FROM history_positions WHERE topic_id='{topic.id}'"))
        stored = tables.rows("SELECT user_id, entries FROM histories")
    counted = collections.Counter()
    for user, entries in stored:
        for item, count, last in struct.iter_unpack("<qqq", entries):
            require((user, item) not in counted, f"user {user} has item {item} twice")
            require(last == UNKNOWN_TIME, f"user {user} has a time for item {item} that nobody gave")
            counted[user, item] = count
    for partition, position in positions.items():
        require(position <= main.positions.get(partition, 0), f"histories are ahead of the table in {partition}")
    if complete:
        require(positions == main.positions, f"histories stopped at {positions}, the table at {main.positions}")
    wanted = base_histories(home)
    for (partition, offset), row in main.rows.items():
        if offset < positions.get(partition, 0):
            wanted[row["user_id"], row["item_id"]] += 1
    require(counted == wanted, f"{len(counted - wanted)} histories count too much, {len(wanted - counted)} too little")


def check_models(home: pathlib.Path, *, served: bool) -> str:
    """What is served is whole, and so is every version that can be seen. Gives the version that is served, "" for none."""
    models = home / "shop/models"
    for manifest in models.glob("*/_punnet/manifest.json"):
        for file in json.loads(manifest.read_bytes())["files"]:
            content = (manifest.parent.parent / file["path"]).read_bytes()
            require(hashlib.sha256(content).hexdigest() == file["sha256"], f"{manifest}: {file['path']} is not what it was")
    current = models / "current"
    require(current.exists() or not served, "no model is served")
    if not current.exists():
        return ""
    pointer = json.loads(current.read_bytes())
    manifest = (models / pointer["version"] / "_punnet/manifest.json").read_bytes()
    require(hashlib.sha256(manifest).hexdigest() == pointer["manifest_sha256"], "the served model is another one")
    return pointer["version"]


def check_names(home: pathlib.Path) -> None:
    """Whoever lists the shop sees no file that is still being written."""
    for path in (home / "shop").rglob("*"):
        hidden = any(part.startswith(".") for part in path.relative_to(home).parts)
        require(hidden or not path.name.endswith(".tmp"), f"{path} is a temporary that everybody sees")
        if path.parent.name == "_delta_log" and not hidden:
            require(LOG_NAME.fullmatch(path.name), f"{path} does not belong into a log")


def check_swept(home: pathlib.Path, name: str) -> None:
    """After a vacuum that keeps nothing, only what the table needs is left of it."""
    place = home / "shop" / name
    if not (place / "_delta_log").exists():
        return
    adds = DeltaTable(str(place)).get_add_actions(flatten=True)
    left = sorted(str(path.relative_to(place)) for path in place.rglob("*")
                  if path.is_file() and "_delta_log" not in path.parts)
    require(left == sorted(adds.column("path").to_pylist()), f"{name}: what no version needs was left: {left}")
    hidden = list(place.rglob(".*"))
    require(not hidden, f"{name}: temporaries were left: {hidden}")


def same_content(one: pathlib.Path, other: pathlib.Path) -> bool:
    """Two directories with the same files and bytes, hidden ones aside, and what says that others are being replaced."""
    def content(place):
        return {path.relative_to(place): path.read_bytes() for path in place.rglob("*")
                if path.is_file() and not path.name.startswith((".", "_REPLACING"))}
    return content(one) == content(other)
