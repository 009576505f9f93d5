"""Cassandra: one node with passwords, whose tables may be made by the user cassandra; and one more that
takes connections under TLS alone."""

import pathlib
import socket
import ssl
import struct

from servers import certificates
from servers.daemon import Daemon
from servers.java import jars, java
from servers.ports import Ports

USER = "cassandra"
PASSWORD = "cassandra"

CASSANDRA_YAML = """\
cluster_name: punnet
num_tokens: 1
partitioner: org.apache.cassandra.dht.Murmur3Partitioner
endpoint_snitch: SimpleSnitch
seed_provider:
  - class_name: org.apache.cassandra.locator.SimpleSeedProvider
    parameters: [{{seeds: "127.0.0.1:{storage}"}}]
listen_address: 127.0.0.1
rpc_address: {listens}
broadcast_rpc_address: 127.0.0.1
storage_port: {storage}
native_transport_port: {native}
authenticator: PasswordAuthenticator
authorizer: CassandraAuthorizer
hinted_handoff_enabled: false
auto_snapshot: false
disk_failure_policy: die
commit_failure_policy: die
"""

# What a node takes that has little memory, and nothing to lose of what it has acknowledged.
FRUGAL_YAML = """\
commitlog_sync: batch
commitlog_segment_size: 4MiB
commitlog_total_space: 64MiB
memtable_heap_space: 64MiB
memtable_offheap_space: 64MiB
file_cache_size: 32MiB
"""

# Cassandra's own choices, where it asks for one.
FULL_SPEED_YAML = """\
commitlog_sync: periodic
commitlog_sync_period: 10s
"""

# At every address of this machine, of which the certificate names one.
TLS_YAML = """\
client_encryption_options:
  enabled: true
  optional: false
  keystore: {keystore}
  keystore_password: {password}
  store_type: PKCS12
"""

LOGBACK = """\
<configuration>
  <appender name="STDOUT" class="ch.qos.logback.core.ConsoleAppender">
    <encoder><pattern>%-5level [%thread] %date{ISO8601} %msg%n</pattern></encoder>
  </appender>
  <root level="INFO"><appender-ref ref="STDOUT"/></root>
</configuration>
"""

# What Cassandra reaches into of Java 17.
EXPORTS = [
    "java.base/jdk.internal.misc", "java.base/java.lang.ref", "java.management.rmi/com.sun.jmx.remote.internal.rmi",
    "java.rmi/sun.rmi.registry", "java.rmi/sun.rmi.server", "java.sql/java.sql", "jdk.unsupported/sun.misc"]
OPENS = ["jdk.management/com.sun.management.internal"] + [f"java.base/{package}" for package in (
    "java.io", "java.lang", "java.lang.module", "java.lang.reflect", "java.math", "java.net", "java.nio", "java.util",
    "java.util.concurrent", "java.util.concurrent.atomic", "jdk.internal.loader", "jdk.internal.math",
    "jdk.internal.module", "jdk.internal.ref", "jdk.internal.reflect", "jdk.internal.util.jar", "sun.nio.ch")]

# Of CQL's binary protocol, version 4.
STARTUP, AUTHENTICATE, AUTH_RESPONSE, AUTH_SUCCESS = 0x01, 0x03, 0x0F, 0x10


class Cassandra(Daemon):
    name = "cassandra"
    _usual_native = 19042
    _usual_storage = 17000

    def __init__(self, directory: pathlib.Path, ports: Ports):
        super().__init__(directory)
        self._native = ports.of(self.name, self._usual_native)
        self._storage = ports.of(f"{self.name}-storage", self._usual_storage)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._native}"

    def prepare(self) -> None:
        (self.directory / "tmp").mkdir(exist_ok=True)
        (self.directory / "cassandra.yaml").write_text(self.configuration())
        (self.directory / "logback.xml").write_text(LOGBACK)

    def configuration(self) -> str:
        return self._common(listens="127.0.0.1")

    def _common(self, listens: str) -> str:
        common = CASSANDRA_YAML.format(native=self._native, storage=self._storage, listens=listens)
        return common + (FULL_SPEED_YAML if self.full_speed else FRUGAL_YAML)

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self._native), timeout=5)

    def command(self) -> list[str]:
        here = self.directory
        agent = next(jars("cassandra").glob("jamm-*.jar"))
        return java(jars("cassandra"), "org.apache.cassandra.service.CassandraDaemon", options=(
            self.mark, "-Xms256m", "-Xss384k", "-XX:MaxDirectMemorySize=256m", "-XX:+ExitOnOutOfMemoryError",
            f"-javaagent:{agent}", "-Djdk.attach.allowAttachSelf=true", "-Dio.netty.tryReflectionSetAccessible=true",
            "-Dchronicle.announcer.disable=true",
            *(f"--add-exports={package}=ALL-UNNAMED" for package in EXPORTS),
            *(f"--add-opens={package}=ALL-UNNAMED" for package in OPENS),
            f"-Dcassandra.config=file://{here}/cassandra.yaml", f"-Dcassandra.storagedir={here}",
            f"-Dcassandra.logdir={here}", f"-Dlogback.configurationFile=file://{here}/logback.xml",
            f"-Djava.io.tmpdir={here}/tmp", "-Dcassandra-foreground=yes", "-Dcassandra.ring_delay_ms=1",
            "-Dcassandra.skip_wait_for_gossip_to_settle=0", "-Dcassandra.superuser_setup_delay_ms=0"),
            heap="1g" if self.full_speed else "256m", frugal=not self.full_speed)

    def answers(self) -> bool:
        """Logs in."""
        try:
            with self.connect() as connection:
                text = struct.pack(">HH11sH5s", 1, 11, b"CQL_VERSION", 5, b"3.0.0")
                if self._ask(connection, STARTUP, text) != AUTHENTICATE:
                    return False
                login = b"\0" + USER.encode() + b"\0" + PASSWORD.encode()
                return self._ask(connection, AUTH_RESPONSE, struct.pack(">i", len(login)) + login) == AUTH_SUCCESS
        except (OSError, struct.error):
            return False

    @staticmethod
    def _ask(connection: socket.socket, opcode: int, body: bytes) -> int:
        """Sends one frame; the kind of the frame that comes back."""
        connection.sendall(struct.pack(">BBhBi", 4, 0, 0, opcode, len(body)) + body)
        answer = connection.makefile("rb")
        _, _, _, kind, size = struct.unpack(">BBhBi", answer.read(9))
        answer.read(size)
        return kind


class CassandraTls(Cassandra):
    name = "cassandra-tls"
    _usual_native = 19142
    _usual_storage = 17100

    @property
    def tls(self) -> pathlib.Path:
        return self.directory / "tls"

    def prepare(self) -> None:
        certificates.make(self.tls)
        super().prepare()

    def configuration(self) -> str:
        return self._common(listens="0.0.0.0") + TLS_YAML.format(keystore=self.tls / "node.p12", password=certificates.STORE_PASSWORD)

    def connect(self) -> socket.socket:
        context = ssl.create_default_context(cafile=self.tls / "ca.pem")
        return context.wrap_socket(super().connect(), server_hostname="127.0.0.1")
