"""Events that are streamed again leave the same tables."""

import pathlib
import random
import shutil
import time

from lab import Lab, Shop, make_shop
from processes import Unfinished, kill
from proofs.process_death import wait_for_a_commit
from proofs.proof import Proof
from results import Tally

KILLS_OF_A_REPLAY = 8
TABLES = ("histories", "history_positions", "recommendations")


class Replay(Proof):
    number = 16
    guarantee = ("Histories and last recommendations come out byte for byte the same, however often dying streams make their "
                 "writes again.")
    proven_by = ("a topic is streamed with eight kills and in batches of random size; the dump of the tables is compared with "
                 "that of a stream that nobody disturbed")
    trial = "replays"
    ci_trials = 10
    at_least = {"writes made again": 2}

    def round(self, lab: Lab, chance: random.Random, most: int) -> Tally:
        # By user, so that it does not depend on the batches which of a user's events is the last.
        make = make_shop(lines=8_000, key="user")
        original = lab.template("replay", make)
        once = lab.template("replayed-once", lambda shop: stream_once(shop, original))
        undisturbed = Shop(once, lab.binary).tables.dump(*TABLES)
        shop = lab.shop("replay", make)
        unfinished = Unfinished(shop)
        tally = Tally(trials=1)
        for _ in range(KILLS_OF_A_REPLAY):
            stream = shop.start("stream", "--max-offsets-per-trigger", chance.randint(5, 60), "--file-per-batch",
                                "--show-rows", 0, "--log-level", "warn")
            wait_for_a_commit(shop, stream)
            time.sleep(chance.uniform(0, 0.06))
            tally.counters["kills"] += kill(stream)
            # Recommendations are written before the files of a commit, so these are written again.
            tally.counters["writes made again"] += unfinished.is_new()
        shop.run("stream", "--available-now", "--show-rows", 0, "--max-offsets-per-trigger", chance.randint(50, 5_000))
        for table, expected, found in zip(TABLES, undisturbed, shop.tables.dump(*TABLES)):
            if expected != found:
                tally.violations.append(f"{table} differs in {len(set(expected) ^ set(found))} rows")
        return tally


def stream_once(shop: Shop, original: pathlib.Path) -> None:
    shutil.copytree(original, shop.home, dirs_exist_ok=True)
    shop.run("stream", "--available-now", "--show-rows", 0)
