"""HDFS: a NameNode and one DataNode, two processes that are started and named apart."""

import json
import pathlib
import urllib.error
import urllib.request

from servers.daemon import Daemon
from servers.java import jars, java, run_java
from servers.ports import Ports

LOG4J = """\
log4j.rootLogger=INFO,console
log4j.appender.console=org.apache.log4j.ConsoleAppender
log4j.appender.console.target=System.err
log4j.appender.console.layout=org.apache.log4j.PatternLayout
log4j.appender.console.layout.ConversionPattern=%d %p %c: %m%n
"""


def site(properties: dict[str, object]) -> str:
    lines = [f"  <property><name>{name}</name><value>{value}</value></property>" for name, value in properties.items()]
    return "\n".join(["<configuration>", *lines, "</configuration>", ""])


class _HdfsDaemon(Daemon):
    """What both have in common. They share the configuration, each in its own directory."""

    main: str

    def __init__(self, directory: pathlib.Path, ports: Ports):
        super().__init__(directory)
        self._ports = {name: ports.of(f"hdfs-{name}", usual) for name, usual in (
            ("namenode", 19820), ("namenode-web", 19870), ("datanode", 19866), ("datanode-web", 19864),
            ("datanode-ipc", 19867))}

    def at(self, port: str) -> str:
        return f"127.0.0.1:{self._ports[port]}"

    @property
    def conf(self) -> pathlib.Path:
        return self.directory / "conf"

    def prepare(self) -> None:
        # Both daemons stop when these folders are missing.
        for name in ("hdfs", "datanode"):
            (self.conf / "webapps" / name).mkdir(parents=True, exist_ok=True)
        (self.conf / "log4j.properties").write_text(LOG4J)
        (self.conf / "core-site.xml").write_text(site(
            {"fs.defaultFS": f"hdfs://{self.at('namenode')}", "hadoop.tmp.dir": self.directory / "tmp"}))
        (self.conf / "hdfs-site.xml").write_text(site({
            "dfs.replication": 1, "dfs.blocksize": 1048576,
            "dfs.namenode.name.dir": self.directory / "name", "dfs.datanode.data.dir": self.directory / "data",
            "dfs.namenode.rpc-address": self.at("namenode"), "dfs.namenode.http-address": self.at("namenode-web"),
            "dfs.datanode.address": self.at("datanode"), "dfs.datanode.http.address": self.at("datanode-web"),
            "dfs.datanode.ipc.address": self.at("datanode-ipc"), "dfs.heartbeat.interval": 1,
            "dfs.namenode.heartbeat.recheck-interval": 1000, "dfs.namenode.safemode.extension": 0,
            "dfs.client.block.write.replace-datanode-on-failure.policy": "NEVER", **self.properties}))

    def options(self) -> dict[str, object]:
        return {"class_path": str(self.conf), "options": (
            self.mark, "-Djava.net.preferIPv4Stack=true", f"-Dhadoop.log.dir={self.directory}",
            f"-Dhadoop.home.dir={self.directory}")}

    def command(self) -> list[str]:
        return java(jars("hdfs"), self.main, **self.options(), frugal=not self.full_speed)

    def state(self) -> dict[str, object]:
        """What the NameNode says of itself; empty when it does not answer."""
        return self.bean("namenode-web", "NameNode,name=FSNamesystemState")

    def bean(self, port: str, service: str) -> dict[str, object]:
        query = f"http://{self.at(port)}/jmx?qry=Hadoop:service={service}"
        try:
            with urllib.request.urlopen(query, timeout=2) as answer:
                return next(iter(json.load(answer)["beans"]), {})
        except (OSError, ValueError, urllib.error.URLError):
            return {}


class NameNode(_HdfsDaemon):
    name = "namenode"
    main = "org.apache.hadoop.hdfs.server.namenode.NameNode"

    @property
    def address(self) -> str:
        return self.at("namenode")

    def prepare(self) -> None:
        super().prepare()
        if not (self.directory / "name" / "current").exists():
            run_java(jars("hdfs"), self.main, "-format", "-force", "-nonInteractive", **self.options())

    def answers(self) -> bool:
        return "FSState" in self.state()


class DataNode(_HdfsDaemon):
    name = "datanode"
    main = "org.apache.hadoop.hdfs.server.datanode.DataNode"

    @property
    def address(self) -> str:
        return self.at("datanode")

    def answers(self) -> bool:
        """True when the NameNode, which may not have noticed that it was gone, knows it anew and takes files."""
        told = json.loads(self.bean("datanode-web", "DataNode,name=DataNodeInfo").get("BPServiceActorInfo", "[]"))
        state = self.state()
        return (any(actor["ActorState"] == "RUNNING" and int(actor["LastHeartbeatResponseTime"]) < 5 for actor in told)
                and state.get("FSState") == "Operational" and state.get("NumLiveDataNodes", 0) > 0)
