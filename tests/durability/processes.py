"""Processes that die, and what they leave behind."""

import collections
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import tempfile

from lab import TABLES, Shop, make_older


def kill(process: subprocess.Popen) -> bool:
    """True when it was still there to be killed."""
    process.send_signal(signal.SIGKILL)
    return process.wait() == -signal.SIGKILL


def peak_bytes(process: subprocess.Popen) -> int:
    """The most memory that the process has had resident so far; 0 when it is gone."""
    return _memory(process, "VmHWM:")


def resident_bytes(process: subprocess.Popen) -> int:
    return _memory(process, "VmRSS:")


def _memory(process: subprocess.Popen, field: str) -> int:
    try:
        lines = pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(field)), 0)


class Unfinished:
    """What commits that never came about have left: temporaries, data files that no entry of their log names, and
    recommendations for events that the table does not hold, which are a commit's first step. Asked while no process
    writes."""

    def __init__(self, shop: Shop):
        self.shop = shop
        self.named: dict[str, set[str]] = {table: set() for table in TABLES}
        self.entries: dict[str, set[str]] = {table: set() for table in TABLES}
        self.positions: collections.Counter = collections.Counter()
        self.seen: set[pathlib.Path] = set()
        self.seen_ahead: dict[int, int] = {}

    def is_new(self) -> bool:
        """Whether there is something that was not there when last asked."""
        found, ahead = self.all(), self._ahead()
        fresh = bool(found - self.seen) or any(offset > self.seen_ahead.get(partition, -1) for partition, offset in ahead.items())
        self.seen, self.seen_ahead = found, ahead
        return fresh

    def all(self) -> set[pathlib.Path]:
        found: set[pathlib.Path] = set()
        for table in TABLES:
            directory = self.shop.files / table
            names = _names(directory)
            entries = _names(directory / "_delta_log")
            self._read(table, entries)
            found.update(directory / name for name in names
                         if name.endswith(".tmp") or name.endswith(".parquet") and name not in self.named[table])
            found.update(directory / "_delta_log" / name for name in entries if name.endswith(".tmp"))
        return found

    def _ahead(self) -> dict[int, int]:
        """By partition the greatest offset beyond the table of which there are recommendations."""
        with tempfile.TemporaryDirectory() as copies:  # looking at the original would take its journal away
            for path in self.shop.files.glob("tables.db*"):
                shutil.copy(path, copies)
            database = sqlite3.connect(pathlib.Path(copies) / "tables.db")
            greatest = database.execute('select partition, max("offset") from recommendations group by partition').fetchall()
            database.close()
        return {partition: offset for partition, offset in greatest if offset >= self.positions[partition]}

    def make_older(self) -> None:
        """As if they had been left long ago, so that vacuum takes them."""
        for path in self.all():
            make_older(path)

    def _read(self, table: str, names: list[str]) -> None:
        for name in names:
            if not name.endswith(".json") or name.startswith(".") or name in self.entries[table]:
                continue
            self.entries[table].add(name)
            text = (self.shop.files / table / "_delta_log" / name).read_text()
            for action in map(json.loads, text.splitlines()):
                if "add" in action:
                    self.named[table].add(action["add"]["path"])
                if "txn" in action and table == "new_purchases":
                    partition = int(action["txn"]["appId"].rsplit(":", 1)[1])
                    self.positions[partition] = max(self.positions[partition], action["txn"]["version"])


def _names(directory: pathlib.Path) -> list[str]:
    return os.listdir(directory) if directory.exists() else []
