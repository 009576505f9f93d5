"""A real Kafka for the end-to-end tests, and Kafka's own tools to look at it with."""

import os
import pathlib
import shutil
import subprocess
import sys

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "tools"))

from servers.certificates import STORE_PASSWORD  # noqa: E402
from servers.java import java, jars  # noqa: E402
from servers.kafka import PASSWORD, USER  # noqa: E402


def can_run() -> bool:
    return shutil.which("java") is not None and (shutil.which("mvn") is not None or jars_are_here())


def jars_are_here() -> bool:
    from servers.java import CACHE
    return any(CACHE.glob("kafka-*"))


class KafkaCluster:
    """One broker in a directory of its own, started and stopped by tools/cluster."""

    user = USER
    password = PASSWORD
    store_password = STORE_PASSWORD

    def __init__(self, directory: pathlib.Path):
        self.directory = directory
        self.cluster("up", "kafka", "--free-ports")
        lines = (directory / "addresses").read_text().splitlines()
        self.addresses = dict(line.split("=") for line in lines)

    @property
    def servers(self) -> str:
        return self.addresses["kafka"]

    @property
    def tls(self) -> pathlib.Path:
        return self.directory / "kafka" / "tls"

    def cluster(self, *arguments: str) -> None:
        done = subprocess.run(
            [REPOSITORY / "tools" / "cluster", *arguments, "--directory", self.directory],
            capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    def tool(self, main: str, *arguments: str, stdin: str | None = None) -> bytes:
        """Runs one of Kafka's command line tools; what it printed, byte for byte."""
        quiet = f"-Dlog4j2.configurationFile={self.directory}/kafka/log4j2-tool.yaml"
        command = java(jars("kafka"), f"org.apache.kafka.tools.{main}", "--bootstrap-server", self.servers,
                       *arguments, heap="192m", options=(quiet,))
        done = subprocess.run(command, input=stdin.encode() if stdin else None, capture_output=True, timeout=120,
                              check=False, env={**os.environ, "LC_ALL": "C.UTF-8"})
        assert done.returncode == 0, done.stderr.decode(errors="replace")
        return done.stdout

    def consume(self, topic: str, count: int) -> list[tuple]:
        """The first messages of a topic by the console consumer: (partition, offset, headers, key, value)."""
        shown = [f"--formatter-property=print.{what}=true" for what in ("partition", "offset", "headers", "key")]
        out = self.tool("consumer.ConsoleConsumer", "--topic", topic, "--from-beginning", "--max-messages", str(count),
                        "--timeout-ms", "30000", *shown)
        messages = []
        for line in out.decode().splitlines():
            partition, offset, headers, key, value = line.split("\t", 4)
            messages.append((int(partition.removeprefix("Partition:")), int(offset.removeprefix("Offset:")),
                             dict(header.split(":", 1) for header in headers.split(",")) if ":" in headers else {},
                             None if key == "null" else key, value))
        return messages

    def close(self) -> None:
        self.cluster("down")
