"""What the end-to-end tests on a real Kafka share: the cluster, a shop with purchases to publish, a topic of its own."""

import json
import subprocess
import time
import uuid

import pytest
from deltalake import DeltaTable

import kafka_cluster

LINES = 20_000


@pytest.fixture(scope="module")
def kafka(tmp_path_factory):
    if not kafka_cluster.can_run():
        pytest.skip("no Java, or no Maven to fetch Kafka with; run tools/setup --tests")
    cluster = kafka_cluster.KafkaCluster(tmp_path_factory.mktemp("cluster"))
    yield cluster
    cluster.close()


@pytest.fixture(scope="module")
def made_shop(punnet, tmp_path_factory):
    """A shop with a model and purchases to publish, made once."""
    directory = tmp_path_factory.mktemp("made")
    for arguments in (["generate", "raw", "--users", 100, "--items", 200, "--lines", LINES],
                      ["prepare", "--purchases", "raw/purchases.csv", "--products", "raw/products.csv", "--top-n", 100],
                      ["split"], ["load"], ["train", "--rank", 4, "--no-validation"]):
        subprocess.run([punnet, *map(str, arguments)], cwd=directory, check=True, capture_output=True, timeout=120)
    return directory


@pytest.fixture
def shop(made_shop, tmp_path):
    """A copy of it, with a topic name of its own."""
    subprocess.run(["cp", "-r", made_shop / "shop", made_shop / "raw", tmp_path], check=True)
    return tmp_path / "shop"


@pytest.fixture
def topic():
    return f"purchases-{uuid.uuid4().hex[:8]}"


@pytest.fixture
def there(kafka, topic):
    """The options that lead to the topic."""
    return ["--bootstrap-server", kafka.servers, "--topic", topic]


def publish(run, there, *arguments):
    """How many events it wrote."""
    return json.loads(run("publish", "--output", "json", *arguments, *there).stdout)["published"]


def wait_for(condition, seconds=60, said=lambda: ""):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, said()
        time.sleep(0.05)


def assert_every_event_once(shop, run, events):
    rows = DeltaTable(str(shop / "new_purchases")).to_pyarrow_table()
    places = list(zip(rows["partition"].to_pylist(), rows["offset"].to_pylist()))
    assert len(places) == events and len(set(places)) == events
    assert json.loads(run("verify", "--output", "json").stdout)["rows"] == events


def group_lines(kafka, topic):
    """What Kafka's own tool says of the group, a partition a line: its fields, ascending by partition."""
    said = kafka.tool("consumer.group.ConsumerGroupCommand", "--describe", "--group", "punnet").decode()
    lines = [line.split() for line in said.splitlines() if topic in line]
    return sorted(lines, key=lambda fields: int(fields[2]))


def lags(kafka, topic):
    """How far the group is behind, by partition."""
    return [fields[5] for fields in group_lines(kafka, topic)]


def told(kafka, topic, count, *arguments):
    """The first messages of an output topic by the console consumer: (headers, key, value)."""
    shown = [f"--formatter-property=print.{what}=true" for what in ("headers", "key")]
    out = kafka.tool("consumer.ConsoleConsumer", "--topic", topic, "--from-beginning", "--max-messages", str(count),
                     "--timeout-ms", "15000", *shown, *arguments).decode()
    return [tuple(line.split("\t", 2)) for line in out.splitlines()]
