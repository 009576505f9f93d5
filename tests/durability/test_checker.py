"""The checker finds what it is there to find."""

import collections
import random
import sqlite3

import pytest
from deltalake import write_deltalake

import checker
import results
from lab import make_shop
from malformed import malformed


@pytest.fixture
def shop(lab):
    return lab.shop("checked", make_shop(lines=2_000))


@pytest.fixture
def sent(shop):
    sent = checker.Sent.so_far(shop)
    planted = [malformed(random.Random(number)) for number in range(30)]
    sent.malformed.update(zip(shop.plant(value for value, _ in planted), (why for _, why in planted)))
    shop.run("stream", "--available-now", "--show-rows", 0)
    assert checker.check(shop, sent) == []
    return sent


def lose_a_row(shop):
    shop.table().delete("partition = 1 and offset = 7")


def write_a_row_again(shop):
    write_deltalake(str(shop.files / "new_purchases"), shop.rows().slice(5, 1), mode="append")


def change_a_price(shop):
    shop.table().update(updates={"sales_value": "0.77"}, predicate="partition = 0 and offset = 3")


def lose_a_reject(shop):
    shop.table("rejected_events").delete(f"offset = {max(shop.rows('rejected_events')['offset'].to_pylist())}")


def change_a_reason(shop):
    first = min(shop.rows("rejected_events")["offset"].to_pylist())
    shop.table("rejected_events").update(updates={"reason": "'because'"}, predicate=f"offset = {first}")


def send_once_more(shop):
    shop.plant([b'{"user_id":1,"item_id":1,"quantity":1,"sales_value":1.0}'])


def change_tables(statement):
    def change(shop):
        with sqlite3.connect(shop.files / "tables.db") as database:
            assert database.execute(statement).rowcount > 0
        database.close()
    return change


@pytest.mark.parametrize("harm, found", [
    (lose_a_row, "in new_purchases 1 missing"),
    (write_a_row_again, "in new_purchases 1 too many"),
    (change_a_price, "new_purchases, 1 of a kind"),
    (lose_a_reject, "in rejected_events"),
    (change_a_reason, "instead of"),
    (send_once_more, "in the topic 1 too many"),
    (change_tables("delete from histories where user_id = 3"), "in the histories"),
    (change_tables("delete from recommendations where user_id = 3"), "among the users with recommendations"),
    (change_tables("update recommendations set item_ids = '[1,2,3,4,5]' where user_id = 3"), "recommendations, 1 of a kind"),
], ids=lambda value: getattr(value, "__name__", None))
def test_finds(shop, sent, harm, found):
    harm(shop)
    wrong = checker.check(shop, sent)
    assert any(found in finding for finding in wrong), wrong


@pytest.mark.parametrize("trials, violations, expected", [(300, 0, 0.01), (1, 0, 1.0), (1000, 1, 0.00474), (1000, 5, 0.01051)])
def test_bounds_are_those_of_a_poisson_count(trials, violations, expected):
    assert results.bound(trials, violations) == pytest.approx(expected, rel=2e-3)


def test_tallies_add_up():
    total = results.Tally()
    for most in (3, 9, 4):
        total.add(results.Tally(2, ["broken"], collections.Counter({"kills": 1, "most ms": most})))
    assert (total.trials, len(total.violations), total.counters) == (6, 3, {"kills": 3, "most ms": 9})
