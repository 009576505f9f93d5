"""A disk that is full: really, on a small file system in memory, where this user may mount one; else as the layer has it."""

import contextlib
import os
import shutil
import subprocess

from disk.crash_points import SCENARIOS, go_on
from disk.disk_faults import check_told
from disk.promises import require
from disk.shop import Ran, leave, run, shop_at
from lab import Lab, Shop

ROOMY = 256 * 1024  # KB


def may_mount() -> bool:
    return os.geteuid() == 0 and shutil.which("mount") is not None


@contextlib.contextmanager
def small_disk(shop: Shop, free: int):
    """The shop on a file system of its own with so many KB to spare; yields a function that makes room."""
    used = sum(-(-file.stat().st_size // 4096) * 4 for file in shop.files.rglob("*") if file.is_file())
    kept = shop.home / "kept"
    shop.files.rename(kept)
    shop.files.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={used + free}k", "tmpfs", shop.files], check=True)
    try:
        shutil.copytree(kept, shop.files, dirs_exist_ok=True)
        yield lambda: subprocess.run(["mount", "-o", f"remount,size={ROOMY}k", shop.files], check=True)
    finally:
        subprocess.run(["umount", shop.files], check=True)


def fill_up(lab: Lab, name: str, free: int) -> bool:
    """Runs a command with so little room, makes room, and runs it again. True when it was not enough at first."""
    scenario = SCENARIOS[name]
    shop = shop_at(lab, scenario.stage)
    with contextlib.ExitStack() as stack:
        if may_mount():
            make_room = stack.enter_context(small_disk(shop, free))
            done = run(shop, scenario.command)
        else:
            full = shop.home / "full"
            full.touch()
            make_room = full.unlink
            done = run(shop, scenario.command, full=full)
        check_full(done)
        scenario.check(lab, shop, done.code == 0)
        make_room()
        go_on(lab, shop, scenario)
    leave(lab, shop)
    return done.code != 0


def check_full(done: Ran) -> None:
    check_told(done)
    require(done.code in (0, 75), f"a full disk is something to try again later, not {done.code}: {done.err}")
    require(done.code == 0 or "free space" in done.err, f"nobody says what to do: {done.err}")
