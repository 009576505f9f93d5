"""Small shops at every stage of the story, and the program run on them with the layer of tests/interpose in between."""

import dataclasses
import os
import pathlib
import shutil
import subprocess

from lab import Lab, Shop

STREAM = ["stream", "--available-now", "--file-per-batch", "--show-rows", "0", "--log-level", "warn",
          "--max-offsets-per-trigger", "200"]
TRAIN = ["train", "--rank", "4", "--max-iter", "3", "--no-validation", "--gate", "report"]
RETRAIN = ["retrain", "--rank", "4", "--max-iter", "3", "--no-validation", "--gate", "report"]
PREPARE = ["prepare", "--purchases", "raw/purchases.csv", "--products", "raw/products.csv", "--top-n", "60"]
PUBLISH = ["publish", "--partitions", "2", "--log-level", "warn"]
VACUUM = ["vacuum", "--retain", "0s", "--force"]
# Until the next but one version of the table is due for a checkpoint.
NEARLY_TO_A_CHECKPOINT = [*STREAM[:-1], "4", "--max-batches", "98"]

# What only another producer can have sent: each a reject.
POISON = ["", "not json", '{"user_id":1}', '{"user_id":"x","item_id":1,"quantity":1}', "[1,2]", "\u0000\u0001"]

# A stage is the one before it and some commands.
STAGES = {
    "raw": (None, [["generate", "raw", "--users", 60, "--items", 120, "--lines", 1_600]]),
    "prepared": ("raw", [PREPARE]),
    "split": ("prepared", [["split"]]),
    "loaded": ("split", [["load"]]),
    "published": ("loaded", [PUBLISH]),
    "trained": ("published", [TRAIN]),
    "streamed": ("trained", [STREAM]),
    "before_checkpoint": ("trained", [NEARLY_TO_A_CHECKPOINT]),
    "compacted": ("streamed", [["compact"]]),
    "retrained": ("streamed", [RETRAIN]),
}


@dataclasses.dataclass
class Ran:
    code: int
    out: str
    err: str
    points: list[str]  # that were reached, in their order; only when asked for


def stage(lab: Lab, name: str) -> pathlib.Path:
    """The home of a shop at that stage: only to look at."""
    before, commands = STAGES[name]

    def make(shop: Shop) -> None:
        if before is not None:
            shutil.copytree(stage(lab, before), shop.home, dirs_exist_ok=True)
        shop.files.mkdir(exist_ok=True)
        for command in commands:
            shop.run(*command)
        if name == "published":
            shop.plant([value.encode() for value in POISON for _ in range(2)])
    return lab.template(name, make)


def shop_at(lab: Lab, name: str) -> Shop:
    """A shop of its own at that stage."""
    stage(lab, name)
    return lab.shop(name, lambda _: None)


def leave(lab: Lab, shop: Shop) -> None:
    """Removes a shop in which all was well: there are many in a round."""
    shutil.rmtree(shop.home)
    lab.shops.remove(shop)


def layer(shop: Shop) -> pathlib.Path:
    return pathlib.Path(os.environ.get("PUNNET_INTERPOSE", shop.binary.parent / "tests/libpunnet_interpose.so"))


def run(shop: Shop, arguments: list, *, points: bool = False, timeout: float = 60, **orders) -> Ran:
    """Runs punnet whatever comes of it, under orders for the layer: crash, fault, full, record."""
    if not layer(shop).exists():
        raise RuntimeError(f"{layer(shop)} does not exist; build the target punnet_interpose")
    listed = shop.home / "points.txt"
    listed.unlink(missing_ok=True)
    if points:
        orders["list"] = listed
    environment = {**os.environ, "LD_PRELOAD": str(layer(shop)), "PUNNET_INTERPOSE_ROOT": str(shop.files.resolve()),
                   **{f"PUNNET_INTERPOSE_{name.upper()}": str(value) for name, value in orders.items()}}
    done = subprocess.run([shop.binary, *map(str, arguments)], cwd=shop.home, env=environment, capture_output=True,
                          text=True, timeout=timeout, check=False)
    return Ran(done.returncode, done.stdout, done.stderr, listed.read_text().split() if points else [])
