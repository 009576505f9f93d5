"""Cases that random trials meet too seldom, each once a way to lose something."""

import collections

import pytest

from disk.crash_points import SCENARIOS, check_whole_directory
from disk.disk_faults import Fault, attempt
from disk.power_loss import Cut, left_by, record, trace_of
from disk.shop import leave, run, shop_at, stage


def after_power_loss(lab, first, trace):
    """The shop, at stage `first` when the trace began, when all goes that was not synced at its end."""
    return left_by(lab, first, trace, Cut("", len(trace.lines), "all", 1))


@pytest.mark.parametrize("scenario, first, directory", [
    ("stream", "trained", "table-directory"), ("stream", "trained", "log-directory"),
    ("stream", "trained", "rejects-log-directory"), ("train", "published", "model-directory"),
    ("split", "prepared", "prepared-directory")])
def test_a_directory_of_a_process_that_died_is_made_certain(lab, scenario, first, directory):
    shop = shop_at(lab, first)
    command, check = SCENARIOS[scenario].command, SCENARIOS[scenario].check
    assert run(shop, command, crash=f"after-mkdir-{directory}:1", record=shop.home / "trace").code < 0
    assert run(shop, command, record=shop.home / "trace").code == 0
    check(lab, after_power_loss(lab, first, trace_of(shop)), True)


@pytest.mark.parametrize("scenario, directories", [
    ("split", ["shop/historical_purchases", "shop/for_topic"]), ("prepare", ["shop/prepared/purchases"])])
def test_a_marker_vouches_for_a_whole_directory_whatever_was_reordered(lab, scenario, directories):
    trace = record(lab, scenario)
    for after in range(len(trace.lines) + 1):
        shop = left_by(lab, SCENARIOS[scenario].stage, trace, Cut(scenario, after, "all but one", 1))
        for directory in directories:
            check_whole_directory(shop, stage(lab, SCENARIOS[scenario].stage), directory)
        leave(lab, shop)


@pytest.mark.parametrize("fault", [
    # A marker stood in a directory from which the parts had been removed again.
    Fault("prepare", "sync", "prepared-directory", 2, "EIO"),
    # Files were removed that an entry named whose making had been told to have failed.
    Fault("stream", "link", "rejects-log-entry", 2, "lost-reply"),
    Fault("compact", "link", "log-entry", 1, "lost-reply"),
    # Commits were acknowledged although nobody knew whether their names would last.
    Fault("stream", "sync", "log-directory", 6, "EIO"),
    Fault("stream", "sync", "rejects-log-directory", 3, "EIO"),
    # SQLite went on in another mode than it was asked for, and nobody looked.
    Fault("publish", "sync", "events-journal", 3, "EIO"),
    Fault("load", "sync", "tables-db", 2, "EIO"),
    # SQLite does not look whether the directory of its log was synced.
    Fault("publish", "sync", "shop-directory", 3, "EIO"),
    Fault("publish", "sync", "shop-directory", 4, "EIO"),
    # A database was taken for made whose making SQLite takes back at the next start.
    Fault("load", "unlink", "tables-journal", 1, "EIO"),
], ids=str)
def test_a_fault_that_did_harm_does_none(lab, fault):
    counters = collections.Counter()
    attempt(lab, fault, counters)
    assert counters["met"] == 1
