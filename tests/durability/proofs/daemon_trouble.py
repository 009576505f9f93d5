"""What can happen to a server."""

import random
import time

from results import Tally

LONGEST_STOP = 10
KINDS = {"killed": 1, "restarted": 1, "stopped": 1}


def trouble(servers, name: str, chance: random.Random, tally: Tally, kinds: dict[str, int] = KINDS) -> None:
    """Kills, restarts or stops the server `name` of `servers`, as often as `kinds` weighs these, and has it back when this
    ends. Counts what was done, and for how long the server was away."""
    begun = time.monotonic()
    kind = chance.choices(list(kinds), list(kinds.values()))[0]
    if kind == "killed":
        servers.cluster("kill", name)
        time.sleep(chance.uniform(0, 3))
        servers.cluster("up", name)
    elif kind == "restarted":
        servers.cluster("restart", name)
    else:
        servers.cluster("pause", name)
        time.sleep(chance.uniform(0.5, LONGEST_STOP))
        servers.cluster("resume", name)
    tally.trials += 1
    tally.counters[f"{name} {kind}"] += 1
    tally.counters["ms without a server"] += round(1000 * (time.monotonic() - begun))
