"""A server that runs as a process of its own, found again by its directory."""

import contextlib
import os
import pathlib
import signal
import subprocess
import time

READY_SECONDS = 60
STOP_SECONDS = 15
LAST_LINES = 15


class ServerError(Exception):
    """Says to a person which server failed, how, and where to read on."""


class MissingTool(ServerError):
    """Something has to be installed first."""


class Daemon:
    """One process. A subclass says how it is made ready, started, asked, and where it listens.

    The process carries its directory as an argument, so a number in a stale pid file is never
    mistaken for it.
    """

    name: str

    def __init__(self, directory: pathlib.Path):
        self.directory = directory / self.name
        self.properties: dict[str, str] = {}  # settings beside the usual ones, where a subclass knows what they are
        self.full_speed = False  # as its users run it for long: all compilers, more memory
        self._pid_file = self.directory / "pid"
        self._log = self.directory / "log"

    # What a subclass says.

    @property
    def address(self) -> str:
        raise NotImplementedError

    def addresses(self) -> dict[str, str]:
        return {self.name: self.address}

    def prepare(self) -> None:
        """Writes configuration, and formats what is new. Called before each start."""

    def command(self) -> list[str]:
        raise NotImplementedError

    def answers(self) -> bool:
        """True when a client would be served."""
        raise NotImplementedError

    # What follows from it.

    @property
    def mark(self) -> str:
        """A Java property that changes nothing and says whose process it is."""
        return f"-Dpunnet.cluster={self.directory}"

    def pid(self) -> int | None:
        try:
            pid = int(self._pid_file.read_text())
            arguments = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except (OSError, ValueError):
            return None
        return pid if self.mark.encode() in arguments else None

    def runs(self) -> bool:
        return self.pid() is not None

    def resident_bytes(self) -> int:
        status = pathlib.Path(f"/proc/{self.pid()}/status").read_text()
        kilobytes = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(kilobytes) * 1024

    def up(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        self.prepare()
        with self._log.open("ab") as log:
            process = subprocess.Popen(
                self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                cwd=self.directory, start_new_session=True)
        self._pid_file.write_text(f"{process.pid}\n")
        give_up = time.monotonic() + READY_SECONDS
        while not self.answers():
            if process.poll() is not None:
                raise ServerError(f"{self.name} ended with {process.returncode}; {self._last_words()}")
            if time.monotonic() > give_up:
                self.kill()
                raise ServerError(
                    f"{self.name} did not answer at {self.address} within {READY_SECONDS} s; {self._last_words()}")
            time.sleep(0.1)

    def signal(self, number: int) -> int:
        """Sends it; the process that got it."""
        pid = self.pid()
        if pid is None:
            raise ServerError(f"{self.name} does not run in {self.directory}")
        os.kill(pid, number)
        return pid

    def kill(self) -> None:
        self._wait_for_end(self.signal(signal.SIGKILL))

    def stop(self) -> None:
        """In order, if it can; does nothing when it does not run."""
        if not self.runs():
            return
        self.signal(signal.SIGCONT)
        if not self._wait_for_end(self.signal(signal.SIGTERM)):
            self.kill()

    def _wait_for_end(self, pid: int) -> bool:
        give_up = time.monotonic() + STOP_SECONDS
        while self.runs():
            if time.monotonic() > give_up:
                return False
            time.sleep(0.02)
        # What it started, such as the executors of a worker.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
        self._pid_file.unlink(missing_ok=True)
        return True

    def _last_words(self) -> str:
        lines = self._log.read_text(errors="replace").splitlines()[-LAST_LINES:]
        return f"the last lines of {self._log}:\n" + "\n".join(lines)
