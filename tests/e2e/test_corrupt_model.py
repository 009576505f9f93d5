"""A damaged model that becomes the current one beside a running stream."""

import hashlib
import json
import pathlib
import shutil
import signal
import time

import pytest
from deltalake import DeltaTable

EVENTS = "user_id,item_id,quantity,sales_value\n" + "1,1,1,1.0\n" * 20


@pytest.fixture
def shop(run, tmp_path):
    run("generate", "raw", "--users", 50, "--items", 100, "--lines", 4_000)
    run("prepare", "--purchases", "raw/purchases.csv", "--products", "raw/products.csv", "--top-n", 50)
    run("split")
    run("load")
    run("train", "--rank", 4, "--no-validation")
    return tmp_path / "shop"


def publish(run, once="first"):
    run("publish", "--input", "-", "--run-id", once, input=EVENTS)


def rows(shop):
    try:
        return DeltaTable(str(shop / "new_purchases")).to_pyarrow_table(columns=["offset", "model_version"])
    except Exception:  # noqa: BLE001 - the stream has not made the table yet
        return None


def wait_for(condition, process, said: pathlib.Path):
    while not condition():
        assert process.poll() is None, said.read_text()
        time.sleep(0.01)


def make_current(shop, version, damage=None):
    """Version `version` as a copy of 1, damaged, and what points to it as if it had been promoted."""
    directory = shop / "models" / version
    shutil.copytree(shop / "models" / "1", directory)
    if damage:
        damage(directory)
    pointer = json.loads((shop / "models" / "current").read_text())
    manifest = (directory / "_punnet" / "manifest.json").read_bytes()
    pointer |= {"version": version, "manifest_sha256": hashlib.sha256(manifest).hexdigest()}
    (shop / "models" / "next").write_text(json.dumps(pointer))
    (shop / "models" / "next").rename(shop / "models" / "current")


def flip_a_bit(directory):
    part = next((directory / "userFactors").glob("*.parquet"))
    content = bytearray(part.read_bytes())
    content[len(content) // 3] ^= 4
    part.write_bytes(content)


def cut(directory):
    part = next((directory / "itemFactors").glob("*.parquet"))
    part.write_bytes(part.read_bytes()[:-5])


def lose_a_file(directory):
    (directory / "_punnet" / "model.json").unlink()


def test_the_old_model_keeps_serving_until_a_sound_one_comes(run, start, shop, tmp_path):
    said = tmp_path / "said"
    publish(run)
    with said.open("w") as complaints:
        stream = start("stream", "--show-rows", 0, "--commit-age", "100ms", "--log-level", "info", stderr=complaints,
                       stdout=complaints)
    held = 20
    wait_for(lambda: (found := rows(shop)) is not None and len(found) == held, stream, said)
    for version, damage in enumerate([flip_a_bit, cut, lose_a_file], start=2):
        make_current(shop, str(version), damage)
        wait_for(lambda: f"models/{version}/" in said.read_text(), stream, said)
        publish(run, damage.__name__)
        held += 20
        wait_for(lambda: len(rows(shop)) == held, stream, said)
        assert set(rows(shop)["model_version"].to_pylist()) == {"1"}
    make_current(shop, "5")
    wait_for(lambda: "another model is served" in said.read_text(), stream, said)
    publish(run, "last")
    wait_for(lambda: len(rows(shop)) == held + 20, stream, said)
    assert rows(shop)["model_version"].to_pylist().count("5") == 20
    stream.send_signal(signal.SIGTERM)
    assert stream.wait(20) == 0
    assert json.loads(run("verify", "--output", "json").stdout)["sound"]


def test_a_stream_does_not_begin_with_a_damaged_model(run, shop):
    publish(run)
    make_current(shop, "2", flip_a_bit)
    refused = run("stream", "--available-now", code=65)
    assert "models/2/userFactors" in refused.stderr and "bytes that were published" in refused.stderr
