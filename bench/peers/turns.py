"""How a peer plays: it says that it is ready, then answers each line on standard input with a line of JSON."""

import json
import pathlib
import sys
import time
from collections.abc import Callable

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))  # for files.py


def measured(work: Callable[[], object]) -> dict:
    """Wall and processor seconds of `work`."""
    begun, cpu_begun = time.perf_counter(), time.process_time()
    work()
    return {"seconds": time.perf_counter() - begun, "cpu_seconds": time.process_time() - cpu_begun}


def play(ready: dict, commands: dict[str, Callable[..., dict | None]]) -> None:
    print(json.dumps(ready), flush=True)
    for line in sys.stdin:
        command, *arguments = line.split()
        print(json.dumps(commands[command](*arguments) or {}), flush=True)
