"""Spark standalone: a master and one worker, out of the pyspark package of the tests' environment."""

import json
import os
import pathlib
import urllib.error
import urllib.request

from servers.daemon import Daemon, MissingTool
from servers.ports import Ports

ROOT = pathlib.Path(__file__).resolve().parents[2]
DAEMON_MEMORY = "256m"


class _SparkDaemon(Daemon):
    """What both have in common."""

    def __init__(self, directory: pathlib.Path, ports: Ports):
        super().__init__(directory)
        self._ports = {name: ports.of(f"spark-{name}", usual) for name, usual in (
            ("master", 17077), ("master-web", 18080), ("worker", 17101), ("worker-web", 18101))}

    def class_runner(self) -> str:
        found = list(ROOT.glob(".venv-tests/lib/python3*/site-packages/pyspark"))
        if not found:
            raise MissingTool("Spark comes with pyspark, which is not here; run tools/setup --tests")
        return str(found[0] / "bin" / "spark-class")

    def run(self, main: str, *arguments: str) -> list[str]:
        """spark-class replaces itself by Java, so its pid is the server's."""
        environment = {
            "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_DAEMON_MEMORY": DAEMON_MEMORY, "SPARK_DAEMON_JAVA_OPTS": self.mark,
            "SPARK_HOME": str(pathlib.Path(self.class_runner()).parents[1]), "PATH": os.environ["PATH"],
            "PYSPARK_PYTHON": str(ROOT / ".venv-tests" / "bin" / "python")}
        return ["env", *(f"{name}={value}" for name, value in environment.items()), self.class_runner(), main,
                "--host", "127.0.0.1", *arguments]

    def alive_workers(self) -> int | None:
        """How many the master knows; absent when it does not answer."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._ports['master-web']}/json/", timeout=2) as answer:
                return int(json.load(answer)["aliveworkers"])
        except (OSError, ValueError, KeyError, urllib.error.URLError):
            return None


class SparkMaster(_SparkDaemon):
    name = "spark-master"

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._ports['master']}"

    def command(self) -> list[str]:
        return self.run("org.apache.spark.deploy.master.Master", "--port", str(self._ports["master"]), "--webui-port",
                        str(self._ports["master-web"]))

    def answers(self) -> bool:
        return self.alive_workers() is not None


class SparkWorker(_SparkDaemon):
    name = "spark-worker"

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._ports['worker']}"

    def command(self) -> list[str]:
        return self.run("org.apache.spark.deploy.worker.Worker", "--port", str(self._ports["worker"]), "--webui-port",
                        str(self._ports["worker-web"]), "--cores", "1", "--memory", "1g", "--work-dir",
                        str(self.directory / "work"), f"spark://127.0.0.1:{self._ports['master']}")

    def answers(self) -> bool:
        return bool(self.alive_workers())
