"""Answers of Cassandra that become errors on their way, although what was asked was done."""

import random
import struct
from collections.abc import Callable

# Of CQL's binary protocol, version 4.
ANSWER_VERSION, ERROR, RESULT = 0x84, 0x00, 0x08
VOID, ROWS = 1, 2
UNAVAILABLE, OVERLOADED, WRITE_TIMEOUT, READ_TIMEOUT = 0x1000, 0x1001, 0x1100, 0x1200
LOCAL_QUORUM = 6
HEADER = 9


class CqlErrors:
    """Makes of each connection's answers what its client is told; `share` of the results become errors."""

    def __init__(self, chance: random.Random):
        self.chance = random.Random(chance.random())  # threads' own
        self.share = 0.0
        self.told = self.seen = 0

    def __call__(self) -> Callable[[bytes], bytes]:
        """For one connection."""
        held = bytearray()

        def change(piece: bytes) -> bytes:
            held.extend(piece)
            out = b""
            while len(held) >= HEADER and len(held) >= (size := HEADER + int.from_bytes(held[5:HEADER])):
                out += self._told(bytes(held[:size]))
                del held[:size]
            return out

        return change

    def _told(self, frame: bytes) -> bytes:
        kind = int.from_bytes(frame[HEADER:HEADER + 4])
        if frame[4] != RESULT or kind not in (VOID, ROWS):
            return frame
        self.seen += 1
        if self.chance.random() >= self.share:
            return frame
        self.told += 1
        body = self._error(kind == VOID)
        return struct.pack(">BB2sBi", ANSWER_VERSION, 0, frame[2:4], ERROR, len(body)) + body

    def _error(self, of_write: bool) -> bytes:
        code = self.chance.choice([UNAVAILABLE, OVERLOADED, WRITE_TIMEOUT if of_write else READ_TIMEOUT])
        start = struct.pack(">i", code) + text("planted")
        if code == OVERLOADED:
            return start
        start += struct.pack(">Hii", LOCAL_QUORUM, 0, 1)
        if code == WRITE_TIMEOUT:
            return start + text("SIMPLE")
        return start + (b"\0" if code == READ_TIMEOUT else b"")


def text(value: str) -> bytes:
    return struct.pack(">H", len(value)) + value.encode()
