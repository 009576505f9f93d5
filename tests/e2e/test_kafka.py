"""The commands that meet the topic, on a real Kafka, looked at with Kafka's own tools."""

import collections
import itertools
import json
import signal
import time

import pytest

from kafka_shop import LINES, assert_every_event_once, kafka, lags, made_shop, shop, there, topic  # noqa: F401


def expected_values(directory):
    rows = (directory / "raw/purchases.csv").read_text().splitlines()[1:]
    return [tuple(row.split(",")[:3]) for row in rows]


def fields(value):
    purchase = json.loads(value)
    return str(purchase["user_id"]), str(purchase["item_id"]), str(purchase["quantity"])


def messages_in(run, there):
    done = run("tail", *there, "--from-beginning", "--available-now", "--output", "json")
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_the_console_consumer_reads_what_publish_wrote(run, kafka, there, topic, shop, tmp_path):
    run("publish", "--input", "raw/purchases.csv", "--partitions", 3, "--run-id", "monday", "--config",
        "retention.ms=-1", *there)
    described = kafka.tool("TopicCommand", "--describe", "--topic", topic).decode()
    assert "PartitionCount: 3" in described and "retention.ms=-1" in described
    messages = kafka.consume(topic, LINES)
    expected = expected_values(tmp_path)
    for partition in range(3):
        mine = sorted(message for message in messages if message[0] == partition)
        assert [fields(message[4]) for message in mine] == list(itertools.islice(expected, partition, None, 3))
        assert [message[1] for message in mine] == list(range(len(mine)))
        for row, message in enumerate(mine):
            assert message[2] == {"punnet-run": "monday", "punnet-row": str(3 * row + partition)}
            assert message[3] is None
    ours = {(m["partition"], m["offset"]): m["value"] for m in messages_in(run, there)}
    assert ours == {(message[0], message[1]): message[4] for message in messages}, "byte for byte"


def test_keys_go_to_the_partition_that_java_would_choose(run, kafka, there, topic, shop):
    run("publish", "--input", "raw/purchases.csv", "--partitions", 5, "--key", "user", *there)
    chosen = {key: partition for partition, _, _, key, _ in kafka.consume(topic, LINES)}
    kafka.tool("TopicCommand", "--create", "--topic", topic + "-java", "--partitions", "5")
    kafka.tool("ConsoleProducer", "--topic", topic + "-java", "--reader-property", "parse.key=true",
               "--reader-property", "key.separator=|", stdin="".join(f"{key}|x\n" for key in chosen))
    by_java = {key: partition for partition, _, _, key, _ in kafka.consume(topic + "-java", len(chosen))}
    assert chosen == by_java and len(set(chosen.values())) == 5


def test_a_topic_is_made_as_it_was_asked_for(run, kafka, there, topic, shop):
    run("publish", "--partitions", 3, "--replication-factor", 1, "--config", "retention.ms=86400000", *there)
    said = kafka.tool("TopicCommand", "--describe", "--topic", topic).decode()
    for told in ("PartitionCount: 3", "ReplicationFactor: 1", "retention.ms=86400000"):
        assert told in said


def test_tail_shows_what_the_console_producer_wrote(run, kafka, there, topic, shop):
    kafka.tool("TopicCommand", "--create", "--topic", topic)
    values = ["plain", "", "  blanks  ", "\u00fcml\u00e4ut \U0001F9FA", "{\"user_id\":1}", "tab\there"]
    kafka.tool("ConsoleProducer", "--topic", topic, "--reader-property", "parse.key=true", "--reader-property",
               "key.separator=|", stdin="".join(f"k{n}|{value}\n" for n, value in enumerate(values)))
    assert [(m["key"], m["value"]) for m in messages_in(run, there)] == [
        (f"k{n}", value) for n, value in enumerate(values)]


def test_publish_that_is_killed_goes_on_without_gap_or_repeat(start, run, there, shop, tmp_path):
    arguments = ["publish", "--input", "raw/purchases.csv", "--partitions", 3, "--rate", "2000/s", *there]
    kills = 0
    for attempt in range(20):
        process = start(*arguments)
        time.sleep(0.4 + 0.02 * attempt)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        kills += process.returncode == -signal.SIGKILL
    assert kills == 20, "the runs ended before they could be killed: publish more rows"
    run("publish", "--input", "raw/purchases.csv", *there)
    counted = collections.Counter(fields(message["value"]) for message in messages_in(run, there))
    assert counted == collections.Counter(expected_values(tmp_path))


def test_streams_that_are_killed_write_every_event_once(start, run, kafka, there, topic, shop):
    events = json.loads(run("publish", "--partitions", 2, "--output", "json", *there).stdout)["published"]
    arguments = ["stream", "--available-now", "--max-offsets-per-trigger", 200, "--file-per-batch", "--show-rows", 0,
                 "--log-level", "error", *there]
    log = shop / "new_purchases/_delta_log"
    kills = 0
    for attempt in range(8):
        before = len(list(log.glob("*.json")))
        process = start(*arguments)
        while process.poll() is None and len(list(log.glob("*.json"))) < before + 2 + attempt % 3:
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        kills += process.returncode == -signal.SIGKILL
    assert kills >= 4, "the streams ended before they could be killed: publish more events"
    run(*arguments)
    assert_every_event_once(shop, run, events)
    assert lags(kafka, topic) == ["0", "0"]


def test_a_stream_outlives_its_broker(start, run, kafka, there, topic, shop, tmp_path):
    events = json.loads(run("publish", "--partitions", 2, "--output", "json", *there).stdout)["published"]
    batches, said = tmp_path / "batches", tmp_path / "said"
    with batches.open("w") as out, said.open("w") as err:
        process = start("stream", "--max-offsets-per-trigger", 100, "--commit-age", "200ms", "--output", "json", *there,
                        stdout=out, stderr=err)

    def seen():
        lines = batches.read_text().splitlines(keepends=True)
        return sum(json.loads(line)["numInputRows"] for line in lines if line.endswith("\n"))

    def wait_for(condition):
        give_up = time.monotonic() + 60
        while not condition():
            assert process.poll() is None and time.monotonic() < give_up, said.read_text()
            time.sleep(0.02)

    wait_for(lambda: seen() >= 300)
    kafka.cluster("kill", "kafka")
    wait_for(lambda: "retry_ms" in said.read_text())
    kafka.cluster("up", "kafka")
    back = time.monotonic()
    run("publish", "--run-id", "again", *there)
    wait_for(lambda: seen() == 2 * events)
    assert time.monotonic() - back < 45
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) == 0, said.read_text()
    assert_every_event_once(shop, run, 2 * events)
    assert lags(kafka, topic) == ["0", "0"], "the group's offsets are noted after the outage too"


def test_a_broker_that_is_not_there_is_an_outage_and_a_topic_that_is_not_there_is_none(run, kafka, shop):
    done = run("tail", "--bootstrap-server", "127.0.0.1:1", "--from-beginning", code=69)
    assert "no Kafka broker answers" in done.stderr and "refused" in done.stderr
    done = run("tail", "--bootstrap-server", kafka.servers, "--topic", "nowhere", code=65)
    assert 'has no topic "nowhere"' in done.stderr and "punnet publish" in done.stderr


def client_file(tmp_path, kafka, **changes):
    """A properties file that logs in by SCRAM under TLS, with changes."""
    properties = {
        "security.protocol": "SASL_SSL", "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.jaas.config": "org.apache.kafka.common.security.scram.ScramLoginModule required "
                            f'username="{kafka.user}" password="{kafka.password}";',
        "ssl.truststore.location": str(kafka.tls / "ca.pem"), "ssl.truststore.type": "PEM"}
    properties.update({key.replace("_", "."): value for key, value in changes.items()})
    path = tmp_path / "client.properties"
    path.write_text("".join(f"{key}={value}\n" for key, value in properties.items() if value is not None))
    return path


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
def test_publish_and_stream_log_in_under_tls(run, kafka, topic, shop, tmp_path, mechanism):
    module = "plain.PlainLoginModule" if mechanism == "PLAIN" else "scram.ScramLoginModule"
    path = client_file(
        tmp_path, kafka, sasl_mechanism=mechanism,
        sasl_jaas_config=f"org.apache.kafka.common.security.{module} required \\\n"
                         f'    username="{kafka.user}" password="{kafka.password}";')
    there = ["--bootstrap-server", kafka.addresses["kafka-sasl"], "--topic", topic, "--command-config", path]
    events = json.loads(run("publish", "--output", "json", *there).stdout)["published"]
    run("stream", "--available-now", "--show-rows", 0, *there)
    assert_every_event_once(shop, run, events)


@pytest.mark.parametrize("store", ["PEM", "PKCS12", "both sides"])
def test_tls_takes_stores_of_either_kind(run, kafka, topic, shop, tmp_path, store):
    plain = {"security_protocol": "SSL", "sasl_mechanism": None, "sasl_jaas_config": None}
    if store != "PEM":
        plain.update(ssl_truststore_location=str(kafka.tls / "truststore.p12"), ssl_truststore_type="PKCS12",
                     ssl_truststore_password=kafka.store_password)
    if store == "both sides":
        plain.update(ssl_keystore_location=str(kafka.tls / "client.p12"), ssl_keystore_type="PKCS12",
                     ssl_keystore_password=kafka.store_password)
    path = client_file(tmp_path, kafka, **plain)
    there = ["--bootstrap-server", kafka.addresses["kafka-tls"], "--topic", topic, "--command-config", path]
    run("publish", "--input", "raw/purchases.csv", *there)
    assert len(messages_in(run, there)) == LINES


@pytest.mark.parametrize("wrong, complaint", [
    ({"sasl_jaas_config": "org.apache.kafka.common.security.scram.ScramLoginModule required "
                          'username="alice" password="a guess";'}, "sasl.jaas.config"),
    ({"ssl_truststore_location": "other-ca.pem"}, "ssl.truststore.location"),
    ({"host": "127.0.0.1"}, "ssl.truststore.location"),
])
def test_who_is_not_trusted_is_told_so_at_once(run, kafka, shop, tmp_path, wrong, complaint):
    changes = dict(wrong)
    server = kafka.addresses["kafka-sasl"]
    host = changes.pop("host", None)
    if host:
        server = server.replace("localhost", host)
    if "ssl_truststore_location" in changes:
        changes["ssl_truststore_location"] = str(kafka.tls / changes["ssl_truststore_location"])
    path = client_file(tmp_path, kafka, **changes)
    began = time.monotonic()
    done = run("tail", "--bootstrap-server", server, "--command-config", path, code=69)
    assert complaint in done.stderr, done.stderr
    assert "a guess" not in done.stderr
    assert time.monotonic() - began < 15
