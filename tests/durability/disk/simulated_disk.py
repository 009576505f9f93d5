"""A disk that forgets: replays a trace of calls and makes the trees that a power loss could leave behind.

What was written is certain only once its file was synced, a name only once its directory was. Until then each may be
there, be missing, be there in part, and in any order; a rename alone is all or nothing. What a failed sync was to make
certain never reaches the disk, however often the file is synced afterwards: that is how Linux does it."""

import dataclasses
import os
import pathlib
import random

SECTOR = 512


@dataclasses.dataclass
class File:
    stable: bytearray = dataclasses.field(default_factory=bytearray)  # what a power loss leaves for certain
    waiting: list = dataclasses.field(default_factory=list)  # (offset, bytes), or (size, None) for a cut

    def sync(self):
        for change in self.waiting:
            apply(self.stable, *change)
        self.waiting.clear()


@dataclasses.dataclass
class Directory:
    names: dict = dataclasses.field(default_factory=dict)  # as programs see them
    stable: dict = dataclasses.field(default_factory=dict)
    waiting: list = dataclasses.field(default_factory=list)  # changes: {name: File, Directory or None for gone}

    def put(self, changes: dict):
        for name, node in changes.items():
            set_name(self.names, name, node)
        self.waiting.append(changes)

    def sync(self):
        self.stable = dict(self.names)
        self.waiting.clear()


def set_name(names: dict, name: str, node) -> None:
    if node is None:
        names.pop(name, None)
    else:
        names[name] = node


def apply(content: bytearray, offset: int, data) -> None:
    if data is None:
        del content[offset:]
        content.extend(bytes(offset - len(content)))
        return
    content.extend(bytes(max(0, offset + len(data) - len(content))))
    content[offset:offset + len(data)] = data


class Disk:
    """The shop's disk, beginning with the tree at `start`, all of which is certain."""

    def __init__(self, start: pathlib.Path):
        self.root = self._read(start)
        self.open: dict[int, File | Directory] = {}

    def _read(self, place: pathlib.Path):
        if not place.is_dir():
            return File(bytearray(place.read_bytes()))
        directory = Directory()
        for entry in place.iterdir():
            directory.names[entry.name] = self._read(entry)
        directory.stable = dict(directory.names)
        return directory

    def find(self, path: str):
        node = self.root
        for part in pathlib.PurePosixPath(path).parts:
            node = node.names[part]
        return node

    def parent(self, path: str) -> tuple[Directory, str]:
        above, _, name = path.rpartition("/")
        return self.find(above), name

    def replay(self, line: str, data: bytes) -> None:
        """One line of a trace."""
        operation, *rest = line.split("\t")
        if operation == "process":
            self.open.clear()
        if operation in ("process", "read"):
            return
        state, *about = rest
        if state == "failed":
            if operation == "sync" and isinstance(self.open.get(int(about[0])), File):
                self.open[int(about[0])].waiting.clear()
            return
        getattr(self, f"_{operation}")(*about, **({"data": data} if operation == "write" else {}))

    def _open(self, number, flags, path):
        directory, name = self.parent(path)
        if name not in directory.names:
            directory.put({name: File()})
        if int(flags) & os.O_TRUNC:
            directory.names[name].waiting.append((0, None))
        self.open[int(number)] = directory.names[name]

    def _opendir(self, number, path):
        self.open[int(number)] = self.find(path)

    def _write(self, number, offset, size, start, *, data):
        self.open[int(number)].waiting.append((int(offset), data[int(start):int(start) + int(size)]))

    def _truncate(self, number, size):
        self.open[int(number)].waiting.append((int(size), None))

    def _sync(self, number):
        self.open[int(number)].sync()

    def _close(self, number):
        self.open.pop(int(number), None)

    def _link(self, old, new):
        directory, name = self.parent(new)
        directory.put({name: self.find(old)})

    def _rename(self, old, new):
        directory, old_name = self.parent(old)
        target, name = self.parent(new)
        assert directory is target, "nothing of punnet moves between directories"
        directory.put({name: directory.names[old_name], old_name: None})

    def _unlink(self, path):
        directory, name = self.parent(path)
        directory.put({name: None})

    def _mkdir(self, path):
        directory, name = self.parent(path)
        directory.put({name: Directory()})

    def leave(self, place: pathlib.Path, loss: "Loss") -> None:
        """Writes what is left after a power loss now."""
        self._leave(self.root, place, loss)

    def _leave(self, node, place: pathlib.Path, loss: "Loss") -> None:
        if isinstance(node, File):
            place.write_bytes(loss.content(node))
            return
        place.mkdir(exist_ok=True)
        for name, child in loss.names(node).items():
            self._leave(child, place / name, loss)


class Loss:
    """Which of the uncertain things a power loss takes."""

    # Everything; what was written, though its names lasted; names, though what was written lasted; some of each; all but the
    # latest name of each directory; nothing.
    KINDS = ("all", "data", "names", "some", "all but one", "nothing")

    def __init__(self, kind: str, seed: int):
        self.kind = kind
        self._chance = random.Random(seed)
        self._contents: dict[int, bytes] = {}  # a file may have two names

    def names(self, directory: Directory) -> dict:
        names = dict(directory.stable)
        for changes in directory.waiting:
            is_latest = changes is directory.waiting[-1]
            if (self.kind in ("data", "nothing") or (self.kind == "all but one" and is_latest)
                    or (self.kind == "some" and self._chance.random() < 0.5)):
                for name, node in changes.items():
                    set_name(names, name, node)
        return names

    def content(self, file: File) -> bytes:
        if id(file) not in self._contents:
            content = bytearray(file.stable)
            for offset, data in file.waiting:
                if self.kind in ("names", "all but one", "nothing"):
                    apply(content, offset, data)
                elif self.kind == "some":
                    self._tear(content, offset, data)
            self._contents[id(file)] = bytes(content)
        return self._contents[id(file)]

    def _tear(self, content: bytearray, offset: int, data) -> None:
        if data is None:
            if self._chance.random() < 0.5:
                apply(content, offset, None)
            return
        if self._chance.random() < 0.3:  # the length came through before the bytes
            content.extend(bytes(max(0, offset + len(data) - len(content))))
        for start in range(0, len(data), SECTOR):
            if self._chance.random() < 0.5:
                apply(content, offset + start, data[start:start + SECTOR])
