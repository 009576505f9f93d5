"""A real Cassandra for the end-to-end tests, and a client of others to look at it with."""

import pathlib
import shutil
import ssl
import subprocess
import sys

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "tools"))

from servers.cassandra import PASSWORD, USER  # noqa: E402
from servers.java import CACHE  # noqa: E402


def can_run() -> bool:
    jars_are_here = any(CACHE.glob("cassandra-*"))
    return shutil.which("java") is not None and (shutil.which("mvn") is not None or jars_are_here)


class CassandraCluster:
    """One node in a directory of its own, started and stopped by tools/cluster."""

    user = USER
    password = PASSWORD

    def __init__(self, directory: pathlib.Path, name: str = "cassandra"):
        self.directory = directory
        self.name = name
        self.cluster("up", name, "--free-ports")
        lines = (directory / "addresses").read_text().splitlines()
        self.address = dict(line.split("=") for line in lines)[name]
        self._clients = []

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])

    @property
    def tls(self) -> pathlib.Path:
        return self.directory / self.name / "tls"

    def cluster(self, *arguments: str) -> None:
        done = subprocess.run(
            [REPOSITORY / "tools" / "cluster", *arguments, "--directory", self.directory],
            capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    def session(self, keyspace: str | None = None):
        """A session of the Python driver, closed with the cluster."""
        from cassandra.auth import PlainTextAuthProvider
        from cassandra.cluster import Cluster
        from cassandra.policies import ConstantReconnectionPolicy

        context = ssl.create_default_context(cafile=self.tls / "ca.pem") if self.tls.exists() else None
        client = Cluster(
            ["127.0.0.1"], port=self.port, auth_provider=PlainTextAuthProvider(self.user, self.password),
            protocol_version=5, ssl_context=context, ssl_options={"server_hostname": "127.0.0.1"} if context else None,
            reconnection_policy=ConstantReconnectionPolicy(0.5, max_attempts=None))
        self._clients.append(client)
        session = client.connect(keyspace)
        session.default_timeout = 60
        return session

    @staticmethod
    def answers(session) -> bool:
        """Whether a session has found the node again: a driver may notice a restart later than others do."""
        from cassandra.cluster import NoHostAvailable

        try:
            session.execute("SELECT key FROM system.local")
        except NoHostAvailable:
            return False
        return True

    def close(self) -> None:
        for client in self._clients:
            client.shutdown()
        self.cluster("down")
