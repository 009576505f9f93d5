"""Streams that share a topic's partitions in a consumer group, while some join, leave, sleep and die."""

import os
import random
import re
import signal
import threading
import time

import pytest
from deltalake import DeltaTable
from deltalake.exceptions import TableNotFoundError

from kafka_shop import assert_every_event_once, group_lines, kafka, lags, made_shop, publish, shop, there, topic, wait_for  # noqa: F401

PARTITIONS = 6
ROUNDS = int(os.environ.get("PUNNET_GROUP_ROUNDS", "10"))
LONGEST_IDLE = 10


class Group:
    """The members, and the events that flow meanwhile."""

    def __init__(self, start, run, kafka, there, shop, tmp_path):
        self.start_punnet, self.run, self.there, self.shop, self.tmp_path = start, run, there, shop, tmp_path
        self.events = publish(run, there, "--partitions", PARTITIONS, "--run-id", "first")
        self.members = []
        self.said = []
        described = kafka.tool("TopicCommand", "--describe", "--topic", there[-1]).decode()
        # Kafka's tools print ids as URLs have them, the table keeps them as librdkafka gives them.
        self.topic_id = re.search(r"TopicId: (\S+)", described).group(1).translate(str.maketrans("-_", "+/"))
        self.flowing = threading.Event()
        self.flowing.set()
        self.publisher = threading.Thread(target=self.flow)
        self.publisher.start()

    def flow(self):
        number = 0
        while self.flowing.is_set():
            number += 1
            self.events += publish(self.run, self.there, "--run-id", str(number), "--rate", "3000/s")

    def join(self):
        said = self.tmp_path / f"said-{len(self.said)}"
        self.said.append(said)
        with said.open("w") as err:
            self.members.append(self.start_punnet(
                "stream", "--commit-age", "300ms", "--show-rows", 0, "--command-property", "session.timeout.ms=3000",
                "--command-property", "heartbeat.interval.ms=500", *self.there, stdout=err, stderr=err))

    def end(self, member, number, code):
        member.send_signal(number)
        assert member.wait(timeout=15) == code, self.words()
        self.members.remove(member)

    def words(self):
        return "\n".join(f"{said.name}: {said.read_text()[-3000:]}" for said in self.said)

    def positions(self):
        try:
            table = DeltaTable(str(self.shop / "new_purchases"))
        except TableNotFoundError:
            return [0] * PARTITIONS
        return [table.transaction_version(f"punnet:{self.topic_id}:{p}") or 0 for p in range(PARTITIONS)]

    def expect_progress(self):
        """Every partition goes on soon; how long the slowest one took."""
        before, began = self.positions(), time.monotonic()
        wait_for(lambda: all(now > was for now, was in zip(self.positions(), before)), LONGEST_IDLE + 2,
                 lambda: f"idle: {before} {self.positions()}\n{self.words()}")
        took = time.monotonic() - began
        assert all(member.poll() is None for member in self.members), self.words()
        wait_for(lambda: all("partitions were shared anew" in said.read_text() for said in self.said), LONGEST_IDLE, self.words)
        return took

    def stop_flow(self):
        self.flowing.clear()
        self.publisher.join()


@pytest.fixture
def group(start, run, kafka, there, shop, tmp_path):
    made = Group(start, run, kafka, there, shop, tmp_path)
    yield made
    made.stop_flow()


def test_every_event_is_there_once_whoever_joins_leaves_sleeps_and_dies(group, run, kafka, topic, shop):
    choice = random.Random(int(os.environ.get("PUNNET_GROUP_SEED", "1")))
    for _ in range(3):
        group.join()
    idle = [group.expect_progress()]
    kinds = ["leave", "kill", "sleep"]
    for round_ in range(ROUNDS):
        kind = kinds[round_] if round_ < len(kinds) else choice.choice(kinds)
        member = choice.choice(group.members)
        if kind == "leave":
            group.end(member, signal.SIGINT, 0)
        elif kind == "kill":
            group.end(member, signal.SIGKILL, -signal.SIGKILL)
        else:
            member.send_signal(signal.SIGSTOP)
        idle.append(group.expect_progress())
        if kind == "sleep":
            time.sleep(choice.uniform(0, 3))
            member.send_signal(signal.SIGCONT)
        else:
            group.join()
        idle.append(group.expect_progress())
    members = {fields[6] for fields in group_lines(kafka, topic)}
    assert len(members) == 3, f"{members} share the partitions"
    group.stop_flow()
    wait_for(lambda: sum(group.positions()) == group.events, 30, group.words)
    for member in list(group.members):
        group.end(member, signal.SIGTERM, 0)
    assert_every_event_once(shop, run, group.events)
    assert lags(kafka, topic) == ["0"] * PARTITIONS
    print(f"{ROUNDS} rounds, {group.events} events, the longest pause {max(idle):.1f} s")


def test_a_member_that_leaves_hands_over_without_a_lost_race(group, run, shop):
    for _ in range(2):
        group.join()
    group.expect_progress()
    group.end(group.members[0], signal.SIGINT, 0)
    group.join()
    group.expect_progress()
    group.stop_flow()
    wait_for(lambda: sum(group.positions()) == group.events, 30, group.words)
    said = "".join(path.read_text() for path in group.said)
    assert "another stream was first" not in said
    assert said.count("partitions were shared anew") >= 3
    for member in list(group.members):
        group.end(member, signal.SIGINT, 0)
    assert_every_event_once(shop, run, group.events)
