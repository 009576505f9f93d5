"""Kafka: one process that is broker and controller, with listeners in the clear, under TLS and with SASL.

One more listener, in the clear, tells its clients to come back by another port: there a test may put a proxy.
"""

import base64
import pathlib
import socket
import struct
import uuid

from servers import certificates
from servers.daemon import Daemon
from servers.java import jars, java, run_java
from servers.ports import Ports

# Who may log in through the SASL listener, by any of its mechanisms.
USER = "alice"
PASSWORD = "a secret of alice"

SERVER_PROPERTIES = """\
process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://127.0.0.1:{plain},SSL://127.0.0.1:{tls},SASL_SSL://127.0.0.1:{sasl},PROXIED://127.0.0.1:{proxied},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{plain},SSL://localhost:{tls},SASL_SSL://localhost:{sasl},PROXIED://127.0.0.1:{proxy}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_SSL:SASL_SSL,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
controller.quorum.bootstrap.servers=127.0.0.1:{controller}
log.dirs={directory}/data
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
auto.create.topics.enable=false
log.segment.bytes=16777216
# Without these a killed broker is not let in again for nine seconds.
broker.session.timeout.ms=1500
broker.heartbeat.interval.ms=300
ssl.keystore.type=PEM
ssl.keystore.location={directory}/tls/server.pem
ssl.truststore.type=PEM
ssl.truststore.location={directory}/tls/ca.pem
listener.name.ssl.ssl.client.auth=requested
listener.name.sasl_ssl.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
listener.name.sasl_ssl.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_{user}="{password}";
listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
"""

LOG4J = """\
Configuration:
  Appenders: {{Console: {{name: STDERR, target: SYSTEM_ERR, PatternLayout: {{pattern: "[%d] %p %m (%c)%n"}}}}}}
  Loggers: {{Root: {{level: {level}, AppenderRef: {{ref: STDERR}}}}}}
"""


class Kafka(Daemon):
    name = "kafka"

    def __init__(self, directory: pathlib.Path, ports: Ports):
        super().__init__(directory)
        self._ports = {
            "plain": ports.of("kafka", 19092), "controller": ports.of("kafka-controller", 19093),
            "tls": ports.of("kafka-tls", 19094), "sasl": ports.of("kafka-sasl", 19095),
            "proxied": ports.of("kafka-proxied", 19096), "proxy": ports.of("kafka-proxy", 19097)}

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._ports['plain']}"

    def addresses(self) -> dict[str, str]:
        return {"kafka": self.address, "kafka-tls": f"localhost:{self._ports['tls']}",
                "kafka-sasl": f"localhost:{self._ports['sasl']}",
                "kafka-proxied": f"127.0.0.1:{self._ports['proxied']}",
                "kafka-proxy": f"127.0.0.1:{self._ports['proxy']}"}

    def prepare(self) -> None:
        properties = self.directory / "server.properties"
        properties.write_text(SERVER_PROPERTIES.format(
            directory=self.directory, user=USER, password=PASSWORD, **self._ports))
        (self.directory / "log4j2.yaml").write_text(LOG4J.format(level="INFO"))
        quiet = self.directory / "log4j2-tool.yaml"
        quiet.write_text(LOG4J.format(level="WARN"))
        certificates.make(self.directory / "tls")
        if (self.directory / "data" / "meta.properties").exists():
            return
        identity = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=").replace("-", "_")
        scram = [argument for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-512")
                 for argument in ("--add-scram", f"{mechanism}=[name={USER},password={PASSWORD}]")]
        run_java(jars(self.name), "kafka.tools.StorageTool", "format", "--standalone", "-t", identity,
                 *scram, "-c", str(properties), heap="128m", options=(f"-Dlog4j2.configurationFile={quiet}",))

    def command(self) -> list[str]:
        configuration = f"-Dlog4j2.configurationFile={self.directory}/log4j2.yaml"
        return java(jars(self.name), "kafka.Kafka", str(self.directory / "server.properties"),
                    heap="512m" if self.full_speed else "256m", options=(self.mark, configuration),
                    frugal=not self.full_speed)

    def answers(self) -> bool:
        """Asks for metadata without topics, and sees whether the broker itself is part of it."""
        request = struct.pack(">hhih7si", 3, 1, 1, 7, b"cluster", 0)
        try:
            with socket.create_connection(("127.0.0.1", self._ports["plain"]), timeout=2) as connection:
                connection.sendall(struct.pack(">i", len(request)) + request)
                answer = connection.makefile("rb")
                (size,) = struct.unpack(">i", answer.read(4))
                _, brokers = struct.unpack(">ii", answer.read(size)[:8])
                return brokers > 0
        except (OSError, struct.error):
            return False
