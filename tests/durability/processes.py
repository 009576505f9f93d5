"""Processes that die, and what they leave behind."""

import json
import os
import pathlib
import signal
import subprocess

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
    """Files of commits that never came about: temporaries, and data files that no entry of their log names. Asked
    while no process writes."""

    def __init__(self, shop: Shop):
        self.shop = shop
        self.named: dict[str, set[str]] = {table: set() for table in TABLES}
        self.entries: dict[str, set[str]] = {table: set() for table in TABLES}
        self.seen: set[pathlib.Path] = set()

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

    def new(self) -> set[pathlib.Path]:
        """Those that were not there when last asked."""
        found = self.all()
        fresh, self.seen = found - self.seen, found
        return fresh

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


def _names(directory: pathlib.Path) -> list[str]:
    return os.listdir(directory) if directory.exists() else []
