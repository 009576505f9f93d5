"""Events that are none, from a seed, each with the reason for which it is to be rejected."""

import json
import random
from collections.abc import Callable

LARGEST_EVENT = 65_536
DEEPEST = 8

Malformed = tuple[bytes, str]


def fields(chance: random.Random, **other) -> dict[str, str]:
    """The members of a good event as they are written."""
    event = {"user_id": str(chance.randint(1, 100)), "item_id": str(chance.randint(1, 150)),
             "quantity": str(chance.randint(1, 9)), "sales_value": f"{chance.uniform(0.1, 99):.2f}"}
    return {**event, **other}


def written(members: dict[str, str], tail: str = "") -> bytes:
    return ("{" + ",".join(f'"{name}":{value}' for name, value in members.items()) + tail + "}").encode()


def cut_off(chance: random.Random) -> Malformed:
    whole = written(fields(chance))
    return whole[:chance.randrange(len(whole))], "event: not JSON"


def no_json(chance: random.Random) -> Malformed:
    text = chance.choice(["", " ", "no event", "{'user_id':1}", "\0", '{"user_id":1,}', "NaN", "{]", "user_id=1", "\ufeff{}"])
    return text.encode(), "event: not JSON"


def more_behind_it(chance: random.Random) -> Malformed:
    return written(fields(chance)) + chance.choice([b"x", b"{}", b",", b"]"]), "event: not JSON"


def no_object(chance: random.Random) -> Malformed:
    value = chance.choice([[], [fields(chance)], 1, -0.5, True, None, "text"])
    return json.dumps(value).encode(), "event: not an object"


def not_utf8(chance: random.Random) -> Malformed:
    bad = chance.choice([b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80", b"\xe2\x82"])
    return written(fields(chance))[:-1] + b',"note":"' + bad + b'"}', "event: invalid UTF-8"


def too_large(chance: random.Random) -> Malformed:
    whole = written(fields(chance))
    return whole + b" " * (LARGEST_EVENT + chance.randint(1, 3_000) - len(whole)), "event: larger than 64 KiB"


def too_deep(chance: random.Random) -> Malformed:
    depth = chance.choice([DEEPEST, DEEPEST + 1, 100, 10_000])
    nested = chance.choice(["[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth])
    return written(fields(chance, note=nested)), f"event: nested deeper than {DEEPEST}"


def without_a_field(chance: random.Random) -> Malformed:
    members = fields(chance)
    name = chance.choice(list(members))
    del members[name]
    return written(members), f"{name}: missing"


def a_field_twice(chance: random.Random) -> Malformed:
    members = fields(chance)
    name = chance.choice(list(members))
    return written(members, f',"{name}":{members[name]}'), f"{name}: given twice"


def an_unknown_field_twice(chance: random.Random) -> Malformed:
    return written(fields(chance), ',"note":1,"note":2'), "event: a key given twice"


def no_integer(chance: random.Random) -> Malformed:
    name = chance.choice(["user_id", "item_id", "quantity"])
    value = chance.choice(['"1"', "1.5", "1.0", "1e2", "true", "null", "[]", "[1]", "{}", '{"a":1}'])
    return written(fields(chance, **{name: value})), f"{name}: not an integer"


def id_too_wide(chance: random.Random) -> Malformed:
    name = chance.choice(["user_id", "item_id"])
    value = chance.choice([2**31, -2**31 - 1, 2**63 - 1, -2**63])
    return written(fields(chance, **{name: str(value)})), f'{name}: does not fit id_type "int32"'


def integer_out_of_range(chance: random.Random) -> Malformed:
    name = chance.choice(["user_id", "item_id", "quantity"])
    value = chance.choice([str(2**63), str(-2**63 - 1), "9" * chance.randint(20, 5_000)])
    return written(fields(chance, **{name: value})), f"{name}: out of range"


def quantity_out_of_range(chance: random.Random) -> Malformed:
    return written(fields(chance, quantity=str(chance.choice([2**31, -2**31 - 1])))), "quantity: out of range"


def no_price(chance: random.Random) -> Malformed:
    value = chance.choice(['"1.5"', "true", "null", "[]", '{"amount":1}'])
    return written(fields(chance, sales_value=value)), "sales_value: not a number"


def price_out_of_range(chance: random.Random) -> Malformed:
    value = chance.choice(["1e39", "-1e39", "1e400", "9" * 60])
    return written(fields(chance, sales_value=value)), "sales_value: out of range"


KINDS: list[Callable[[random.Random], Malformed]] = [
    cut_off, no_json, more_behind_it, no_object, not_utf8, too_deep, without_a_field, a_field_twice,
    an_unknown_field_twice, no_integer, id_too_wide, integer_out_of_range, quantity_out_of_range, no_price,
    price_out_of_range]


def malformed(chance: random.Random) -> Malformed:
    """One of any kind; of a hundred one is larger than events may be."""
    kind = too_large if chance.random() < 0.01 else chance.choice(KINDS)
    return kind(chance)


def good(chance: random.Random) -> bytes:
    return written(fields(chance))
