"""Compares what was sent with what every sink holds, by eyes that are not punnet's."""

import collections
import dataclasses

import pyarrow

from lab import Place, Shop, places_of_rows, purchase_of_event, purchases_of_rows


@dataclasses.dataclass
class Sent:
    """What a shop was given from the start of a round on."""

    histories: collections.Counter  # of users and items, before the first event
    purchases: collections.Counter | None = None  # that publishers were told to send; None: the topic is believed
    malformed: dict[Place, str | None] = dataclasses.field(default_factory=dict)  # with the reason, where it is known

    @classmethod
    def so_far(cls, shop: Shop) -> "Sent":
        return cls(shop.tables.histories(), collections.Counter(map(purchase_of_event, shop.events().values())))


def check(shop: Shop, sent: Sent, one_at_a_time: bool = True) -> list[str]:
    """What is wrong in a shop whose topic was streamed to its end; nothing, if all is well. Of streams side by side, the
    last recommendations of a user may be of an earlier event."""
    events = shop.events()
    good = {place: value for place, value in events.items() if place not in sent.malformed}
    rows = shop.rows()
    wrong = []
    if sent.purchases is not None:
        wrong += differences("in the topic", sent.purchases, collections.Counter(map(purchase_of_event, good.values())))
    wrong += differences("in new_purchases", collections.Counter(good.keys()), collections.Counter(places_of_rows(rows)))
    wrong += summed_up("new_purchases", [
        f"{held} stands at {place}, the event is {good[place]!r}"
        for place, held in zip(places_of_rows(rows), purchases_of_rows(rows))
        if place in good and held != purchase_of_event(good[place])])
    wrong += check_rejects(shop, sent, events)
    ends = collections.defaultdict(int)
    for partition, offset in events:
        ends[partition] = max(ends[partition], offset + 1)
    if shop.positions() != ends:
        wrong.append(f"the table's positions are {shop.positions()}, the topic ends at {dict(ends)}")
    counted = sent.histories + collections.Counter(purchase_of_event(value)[:2] for value in good.values())
    wrong += differences("in the histories", counted, shop.tables.histories())
    return wrong + check_recommendations(shop, rows, one_at_a_time)


def check_rejects(shop: Shop, sent: Sent, events: dict[Place, bytes]) -> list[str]:
    rows = shop.rows("rejected_events")
    places = places_of_rows(rows)
    wrong = differences("in rejected_events", collections.Counter(sent.malformed.keys()), collections.Counter(places))
    found = []
    for place, kept, reason in zip(places, rows["bytes"].to_pylist(), rows["reason"].to_pylist()):
        if kept != events.get(place):
            found.append(f"other bytes at {place} than in the topic")
        expected = sent.malformed.get(place)
        if not reason or expected is not None and reason != expected:
            found.append(f"the event at {place} was rejected for {reason!r} instead of {expected!r}: {kept[:200]!r}")
    return wrong + summed_up("rejected_events", found)


def check_recommendations(shop: Shop, rows: pyarrow.Table, of_the_last_event: bool) -> list[str]:
    """Each user's last list is that of a row of this user, and of the last one in its partition."""
    made: dict[tuple[int, int], dict[int, tuple]] = collections.defaultdict(dict)
    columns = (rows[name].to_pylist()
               for name in ("user_id", "partition", "offset", "recs", "recs_source", "model_version"))
    for user, partition, offset, items, source, version in zip(*columns):
        if source != "none":
            made[user, partition][offset] = (items, source, version)
    stored = shop.tables.recommendations()
    wrong = differences("among the users with recommendations", collections.Counter({user for user, _ in made}),
                        collections.Counter({user for user, *_ in stored}))
    others = []
    for user, items, source, version, partition, offset in stored:
        lists = made.get((user, partition), {})
        found = (items, source, version)
        if lists.get(offset) != found or of_the_last_event and offset < max(lists):
            others.append(f"user {user} was last recommended {found} for ({partition}, {offset}), the table says "
                          f"{lists.get(offset)}, and its last event there is {max(lists, default=None)}")
    return wrong + summed_up("recommendations", others)


def differences(where: str, expected: collections.Counter, found: collections.Counter) -> list[str]:
    """Every key of `expected` is to be found so often."""
    wrong = []
    for name, more, less in (("missing", expected, found), ("too many", found, expected)):
        keys = [key for key, count in more.items() if count > less[key]]
        if keys:
            wrong.append(f"{where} {len(keys)} {name}, of {len(expected)}; the first is {min(keys)}")
    return wrong


def summed_up(where: str, findings: list[str]) -> list[str]:
    return [f"{where}, {len(findings)} of a kind: {findings[0]}"] if findings else []
