"""Which port belongs to what, for as long as the directory lives."""

import contextlib
import json
import pathlib
import random
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

    def _unused(self) -> int:
        """Below those that the system gives to connections: one of these would be gone until it is bound."""
        while True:
            port = random.randrange(15000, 32000)
            if port in self._ports.values():
                continue
            with socket.socket() as probe, contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return port
