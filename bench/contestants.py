"""Contestants are processes that wait for their turn, so that two of them can be measured strictly one after the other."""

import json
import os
import pathlib
import subprocess
import time


def environment(threads: int) -> dict[str, str]:
    """What every contestant runs under: BLAS on one thread inside of OpenMP's, and made for the processor at hand.

    OpenBLAS takes some AMD processors with AVX-512 for Haswell, which halves the speed of every peer that uses it.
    """
    settings = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": str(threads)}
    processor = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8")
    if "AuthenticAMD" in processor and " avx512f " in processor:
        settings["OPENBLAS_CORETYPE"] = "SkylakeX"
    return os.environ | settings


class Contestant:
    """One process; its errors go to `log`."""

    def __init__(self, command: list, log: pathlib.Path, threads: int):
        self.command = [str(word) for word in command]
        self.log = log
        with open(log, "w", encoding="utf-8") as errors:
            self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
                                            text=True, env=environment(threads))
        self.ready = self.answer()

    def answer(self) -> dict:
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{' '.join(self.command)} gave up; its last words are in {self.log}")
        return json.loads(line)

    def ask(self, *words) -> dict:
        self.process.stdin.write(" ".join(str(word) for word in words) + "\n")
        self.process.stdin.flush()
        return self.answer()

    def turn(self, *words) -> dict:
        """ask(), after a moment in which the threads of whoever was before go to sleep."""
        time.sleep(0.02)
        return self.ask(*words)

    def __enter__(self) -> "Contestant":
        return self

    def __exit__(self, *_) -> None:
        self.process.stdin.close()
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
