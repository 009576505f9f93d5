"""A real HDFS for the end-to-end tests, and Hadoop's own tools to look at it with."""

import os
import pathlib
import shutil
import subprocess
import sys

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "tools"))

from servers.java import CACHE, java, jars  # noqa: E402


def can_run() -> bool:
    return shutil.which("java") is not None and (shutil.which("mvn") is not None or any(CACHE.glob("hdfs-*")))


class HdfsCluster:
    """A NameNode and a DataNode in a directory of their own, started and stopped by tools/cluster."""

    def __init__(self, directory: pathlib.Path):
        self.directory = directory
        self.cluster("up", "hdfs", "--free-ports")
        lines = (directory / "addresses").read_text().splitlines()
        self.addresses = dict(line.split("=") for line in lines)

    @property
    def authority(self) -> str:
        return self.addresses["namenode"]

    @property
    def conf(self) -> pathlib.Path:
        """A directory for HADOOP_CONF_DIR."""
        return self.directory / "namenode" / "conf"

    def uri(self, path: str) -> str:
        return f"hdfs://{self.authority}{path}"

    def cluster(self, *arguments: str) -> None:
        done = subprocess.run(
            [REPOSITORY / "tools" / "cluster", *arguments, "--directory", self.directory],
            capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    def tool(self, main: str, *arguments: str) -> str:
        """Runs one of Hadoop's command line tools; what it printed."""
        command = java(jars("hdfs"), f"org.apache.hadoop.{main}", *map(str, arguments), heap="192m",
                       class_path=str(self.conf), options=("-Djava.net.preferIPv4Stack=true",))
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False,
                              env={**os.environ, "LC_ALL": "C.UTF-8"})
        assert done.returncode == 0, done.stderr
        return done.stdout

    def shell(self, *arguments: str) -> str:
        return self.tool("fs.FsShell", *arguments)

    def files(self, path: str) -> dict[str, int]:
        """Every file below a directory and its size, hidden ones too."""
        lines = [line.split(None, 7) for line in self.shell("-ls", "-R", path).splitlines()]
        return {line[7].removeprefix(f"{path}/"): int(line[4]) for line in lines if line[0].startswith("-")}

    def fetch(self, path: str, target: pathlib.Path) -> pathlib.Path:
        """Copies a directory to this machine."""
        self.shell("-get", path, target)
        return target

    def safe_mode(self, action: str) -> None:
        self.tool("hdfs.tools.DFSAdmin", "-safemode", action)

    def close(self) -> None:
        self.cluster("down")
