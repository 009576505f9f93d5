"""The disk that forgets forgets the right things."""

import dataclasses
import os

import pytest

from disk.crash_points import SCENARIOS
from disk.power_loss import Cut, left_by, record
from disk.simulated_disk import Disk, Loss

CREATE = os.O_CREAT | os.O_WRONLY


def left(tmp_path, kind, *lines, data=b"abcdef"):
    """What a power loss leaves of a directory that held `old` and went through these calls."""
    before, after = tmp_path / "before", tmp_path / "after"
    before.mkdir()
    (before / "old").write_bytes(b"OLD")
    disk = Disk(before)
    for line in lines:
        disk.replay(line.replace(" ", "\t"), data)
    disk.leave(after, Loss(kind, 1))
    return {path.name: path.read_bytes() for path in after.iterdir()}


NEW = [f"open done 5 {CREATE} new", "write done 5 0 3 0", "sync done 5"]


def test_a_name_lasts_only_after_its_directory_was_synced(tmp_path):
    assert left(tmp_path, "all", *NEW) == {"old": b"OLD"}


def test_what_was_synced_with_its_name_lasts(tmp_path):
    assert left(tmp_path, "all", *NEW, "opendir done 6 .", "sync done 6") == {"old": b"OLD", "new": b"abc"}


def test_bytes_that_were_not_synced_go_though_the_name_lasts(tmp_path):
    assert left(tmp_path, "data", *NEW[:2], "write done 5 3 3 3") == {"old": b"OLD", "new": b""}


def test_bytes_of_a_failed_sync_never_come_back(tmp_path):
    assert left(tmp_path, "data", *NEW[:2], "sync failed 5", "sync done 5") == {"old": b"OLD", "new": b""}


def test_a_rename_is_all_or_nothing(tmp_path):
    calls = [*NEW, "opendir done 6 .", "sync done 6", "rename done new old"]
    for number, kind in enumerate(["all", "nothing", "some"]):
        place = tmp_path / str(number)
        place.mkdir()
        assert left(place, kind, *calls) in ({"old": b"OLD", "new": b"abc"}, {"old": b"abc"})


def test_names_come_through_in_any_order(tmp_path):
    assert left(tmp_path, "all but one", "unlink done old", *NEW) == {"old": b"OLD", "new": b"abc"}


@pytest.mark.parametrize("scenario, of", [("stream", "directory"), ("stream", "data-file"), ("publish", "events-wal"),
                                          ("train", "model-file")])
def test_a_program_that_does_not_sync_is_found_out(lab, scenario, of):
    trace = record(lab, scenario)
    kinds = {}
    kept = []
    for line in trace.lines:
        operation, _, *about = line.split("\t") + [""]
        if operation in ("open", "opendir"):
            kinds[about[0]] = operation + " " + about[-2]
        if operation == "sync" and is_of(kinds[about[0]], of):
            continue
        kept.append(line)
    assert len(kept) < len(trace.lines)
    forgetful = dataclasses.replace(trace, lines=kept)
    kind = "all" if of == "directory" else "data"
    shop = left_by(lab, SCENARIOS[scenario].stage, forgetful, Cut(scenario, len(kept), kind, 1))
    with pytest.raises(Exception):  # of whichever reader
        SCENARIOS[scenario].check(lab, shop, True)


def is_of(opened, what):
    return {"directory": opened.startswith("opendir"), "data-file": opened.endswith(".tmp") and "part-" in opened,
            "events-wal": "events.db" in opened, "model-file": "Factors" in opened}[what]
