"""Which port belongs to what, for as long as the directory lives."""

import json
import pathlib
import socket


class Ports:
    """Ports by name, written down in the directory so that a restart finds the same ones."""

    def __init__(self, directory: pathlib.Path, free: bool):
        self._path = directory / "ports.json"
        self._free = free
        self._ports = json.loads(self._path.read_text()) if self._path.exists() else {}

    def of(self, name: str, usual: int) -> int:
        if not self._path.exists() and not self._free:
            return usual
        if name not in self._ports:
            self._ports[name] = self._unused() if self._free else usual
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.write_text(json.dumps(self._ports, indent=1))
        return self._ports[name]

    @staticmethod
    def _unused() -> int:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return probe.getsockname()[1]
