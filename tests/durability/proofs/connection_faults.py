"""What can happen to connections while the programs at their ends are well."""

import contextlib
import random
import threading
from collections.abc import Iterator

from proofs.cql_errors import CqlErrors
from tcp_proxy import TcpProxy

PAUSE = (0.05, 0.6)
LENGTH = (0.05, 0.4)
SHARE_OF_ERRORS = 0.5
SHARE_BETWEEN = 0.08  # of errors, while nothing else happens
KINDS = {"errors": 10, "cut": 1, "swallow": 1, "stall": 1}


class ConnectionFaults(threading.Thread):
    """Makes errors of a few answers, and from time to time of many, cuts the connections of a proxy, passes requests without
    their answers, or passes nothing, until it is told that this was enough."""

    def __init__(self, proxy: TcpProxy, chance: random.Random):
        super().__init__(daemon=True)
        self.proxy = proxy
        self.errors = CqlErrors(chance)
        proxy.change_answers = self.errors
        self.chance = random.Random(chance.random())  # a thread's own
        self.hangs = 0
        self._enough = threading.Event()
        self._turn = threading.Lock()

    def run(self) -> None:
        with self._turn:
            self.errors.share = SHARE_BETWEEN
        while not self._enough.wait(self.chance.uniform(*PAUSE)):
            with self._turn:
                self._harm(self.chance.choices(list(KINDS), list(KINDS.values()))[0])

    @contextlib.contextmanager
    def resting(self) -> Iterator[None]:
        """Nothing happens until this is left."""
        with self._turn:
            before, self.errors.share = self.errors.share, 0.0
            yield
            self.errors.share = before

    def _harm(self, kind: str) -> None:
        if kind == "errors":
            self.errors.share = SHARE_OF_ERRORS
        elif kind == "swallow":
            self.proxy.swallow()
        elif kind == "stall":
            self.proxy.stall()
            self.hangs += 1
        if kind != "cut":
            self._enough.wait(self.chance.uniform(*LENGTH))
            self.errors.share = SHARE_BETWEEN
            self.proxy.go_on()
        if kind in ("cut", "swallow"):  # what answers were lost from is of no more use
            self.proxy.cut()

    def stop(self) -> dict[str, int]:
        """Ends it; what was done. Both ends of a connection are cut."""
        self._enough.set()
        self.join()
        self.errors.share = 0.0
        return {"answers": self.errors.seen, "planted errors": self.errors.told, "connections cut": self.proxy.cuts // 2,
                "answers swallowed": self.proxy.swallowed, "hangs": self.hangs}
