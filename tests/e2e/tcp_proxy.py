"""A loopback TCP proxy that a test tells to delay, cut or swallow what passes."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable


def through_every_trouble(proxy: "TcpProxy", goes_on: Callable[[], None], away: float) -> None:
    """Connections are slow, cut again and again, deaf and refused, the last two for `away` seconds; goes_on() is to return
    after each."""
    proxy.delay = 0.02
    goes_on()
    proxy.go_on()
    for _ in range(8):
        proxy.cut()
        time.sleep(0.3)
    goes_on()
    proxy.swallow()
    time.sleep(away)
    proxy.go_on()
    proxy.cut()
    goes_on()
    proxy.refuse()
    time.sleep(away)
    proxy.go_on()
    goes_on()
    assert proxy.cuts > 8 and proxy.swallowed > 0


class TcpProxy:
    """Listens on a port of its own and passes bytes on to `target` ("HOST:PORT"), unless told otherwise:

    delay: seconds that each piece of an answer waits; stall(): nothing passes either way, connections stay;
    swallow(): requests pass, answers do not; cut(): open connections end; refuse(): new ones end at once.
    Every change holds for open and for new connections until go_on().

    loses_answer, where it is set, is asked about each piece of a request: what it says yes to arrives, and its connection
    ends instead of the answer. change_answers, where it is set, makes of each new connection's answers what is passed on.
    """

    def __init__(self, target: str, port: int = 0):
        host, _, target_port = target.rpartition(":")
        self.target = (host, int(target_port))
        self.delay = 0.0
        self.loses_answer: Callable[[bytes], bool] | None = None
        self.change_answers: Callable[[], Callable[[bytes], bytes]] | None = None
        self.cuts = self.swallowed = self.lost = 0
        self._stalled, self._swallowing, self._refusing, self._closed = (threading.Event() for _ in range(4))
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", port))
        self._threads: list[threading.Thread] = []
        self._run(self._accept)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._listener.getsockname()[1]}"

    def stall(self) -> None:
        self._stalled.set()

    def swallow(self) -> None:
        self._swallowing.set()

    def refuse(self) -> None:
        self._refusing.set()
        self.cut()

    def go_on(self) -> None:
        self.delay = 0.0
        for event in (self._stalled, self._swallowing, self._refusing):
            event.clear()

    def cut(self) -> int:
        """Ends all open connections; how many ends there were."""
        with self._lock:
            ends = list(self._open)
        for end in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self.cuts += len(ends)
        return len(ends)

    def close(self) -> None:
        self._closed.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.go_on()
        self.cut()
        for thread in self._threads:
            thread.join(timeout=5)

    def __enter__(self) -> "TcpProxy":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def _run(self, body, *arguments) -> None:
        thread = threading.Thread(target=body, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._closed.is_set():
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self._refusing.is_set():
                client.close()
                continue
            try:
                server = socket.create_connection(self.target, timeout=10)
            except OSError:
                client.close()
                continue
            server.settimeout(None)
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._open |= {client, server}
            doomed, one_has_ended = threading.Event(), threading.Event()
            self._run(self._pass, client, server, False, doomed, one_has_ended)
            self._run(self._pass, server, client, True, doomed, one_has_ended)

    def _pass(self, source: socket.socket, sink: socket.socket, is_answer: bool, doomed: threading.Event,
              one_has_ended: threading.Event) -> None:
        """One direction of a connection, which may end before the other one."""
        how = socket.SHUT_RDWR
        change = self.change_answers() if is_answer and self.change_answers else None
        try:
            while piece := source.recv(1 << 16):
                if not is_answer and self.loses_answer and self.loses_answer(piece):
                    doomed.set()
                if is_answer and doomed.is_set():
                    self.lost += 1
                    return
                if is_answer and self.delay:
                    time.sleep(self.delay)
                while self._stalled.is_set() and not self._closed.is_set():
                    time.sleep(0.01)
                if is_answer and self._swallowing.is_set():
                    self.swallowed += 1
                    continue
                sink.sendall(change(piece) if change else piece)
            how = socket.SHUT_WR
        except OSError:
            pass
        finally:
            with contextlib.suppress(OSError):
                sink.shutdown(how)
            if how == socket.SHUT_RDWR:
                with contextlib.suppress(OSError):
                    source.shutdown(how)
            with self._lock:
                is_last = one_has_ended.is_set()
                one_has_ended.set()
                if is_last:
                    self._open -= {source, sink}
            if is_last:
                source.close()
                sink.close()
