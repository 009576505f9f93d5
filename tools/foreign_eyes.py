"""Opens what `tools/demo --cluster` left on real servers by the tools of others: Kafka's console consumer, a CQL driver,
Hadoop's shell, and Spark with Delta Lake. Prints a little of each and says whether the counts agree."""

import argparse
import json
import os
import pathlib
import shutil
import subprocess

from servers.cassandra import PASSWORD, USER
from servers.java import java, jars

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
SHOP = "/shop"


def title(text: str) -> None:
    print(f"\n{text}", flush=True)


def ran(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False,
                          env={**os.environ, "LC_ALL": "C.UTF-8"})
    if done.returncode != 0:
        raise SystemExit(f"foreign-eyes: {command[-1]} ended with {done.returncode}\n{done.stderr}")
    return done.stdout


def kafka(servers: pathlib.Path, address: str) -> None:
    quiet = f"-Dlog4j2.configurationFile={servers}/kafka/log4j2-tool.yaml"

    def tool(main: str, *arguments: str) -> str:
        return ran(java(jars("kafka"), f"org.apache.kafka.tools.{main}", "--bootstrap-server", address, *arguments,
                        heap="192m", options=(quiet,)))

    title("Kafka's console consumer, three messages of the topic:")
    print(tool("consumer.ConsoleConsumer", "--topic", "purchases", "--from-beginning", "--max-messages", "3").strip())
    title("Kafka's consumer group tool, how far the stream has come:")
    print(tool("consumer.group.ConsumerGroupCommand", "--describe", "--offsets", "--group", "punnet").strip())


def cassandra(address: str) -> int:
    from cassandra.auth import PlainTextAuthProvider
    from cassandra.cluster import Cluster

    host, _, port = address.rpartition(":")
    client = Cluster([host], port=int(port), auth_provider=PlainTextAuthProvider(USER, PASSWORD), protocol_version=5)
    session = client.connect("shop")
    title("A CQL client, the last recommendations of some users:")
    for row in session.execute("SELECT user_id, item_ids, source, model_version FROM recommendations_by_user LIMIT 3"):
        print(f"  {row}")
    users = len({row.user_id for row in session.execute("SELECT DISTINCT user_id FROM recommendations_by_user")})
    print(f"  {users:,} users have some")
    client.shutdown()
    return users


def hdfs(servers: pathlib.Path) -> None:
    def shell(*arguments: str) -> str:
        return ran(java(jars("hdfs"), "org.apache.hadoop.fs.FsShell", *arguments, heap="192m",
                        class_path=str(servers / "namenode" / "conf"), options=("-Djava.net.preferIPv4Stack=true",)))

    title(f"hdfs dfs -ls {SHOP}, and -du -h:")
    print(shell("-ls", SHOP).strip())
    print(shell("-du", "-h", SHOP).strip())


def spark(servers: pathlib.Path, namenode: str, warehouse: pathlib.Path) -> dict:
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    os.environ["HADOOP_CONF_DIR"] = str(servers / "namenode" / "conf")
    from pyspark.ml.recommendation import ALSModel
    from pyspark.sql import SparkSession

    packages = ",".join(sorted(str(jar) for jar in (REPOSITORY / ".venv-tests" / "jars").glob("*.jar")))
    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.jars", packages)
        .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
        .config("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.warehouse.dir", str(warehouse))
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .getOrCreate())
    session.sparkContext.setLogLevel("ERROR")
    place = f"hdfs://{namenode}{SHOP}"
    rows = session.read.format("delta").load(f"{place}/new_purchases")
    title("Spark, new_purchases as a Delta table:")
    rows.select("user_id", "item_id", "quantity", "recs", "precision_at_k", "category").show(3, truncate=60)
    counted = {"rows": rows.count(), "offsets": rows.select("partition", "offset").distinct().count()}
    model = ALSModel.load(f"{place}/models/1")
    title(f"Spark, model 1 as an ALSModel: rank {model.rank}, {model.userFactors.count():,} users, "
          f"{model.itemFactors.count():,} items; five items for some of them:")
    model.recommendForUserSubset(rows.select("user_id").distinct().limit(2), 5).show(2, truncate=100)
    session.stop()
    return counted


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--servers", type=pathlib.Path, required=True, help="the directory of tools/cluster")
    parser.add_argument("--rows", type=int, required=True, help="that punnet verified")
    parser.add_argument("--results", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    addresses = dict(line.split("=") for line in (arguments.servers / "addresses").read_text().splitlines())
    kafka(arguments.servers, addresses["kafka"])
    users = cassandra(addresses["cassandra"])
    hdfs(arguments.servers)
    warehouse = arguments.servers / "warehouse"
    counted = spark(arguments.servers, addresses["namenode"], warehouse)
    shutil.rmtree(warehouse, ignore_errors=True)
    arguments.results.write_text(json.dumps({**counted, "users_with_lists": users}))
    if counted["rows"] != arguments.rows or counted["offsets"] != arguments.rows:
        raise SystemExit(f"foreign-eyes: punnet verified {arguments.rows:,} rows; Spark counts {counted['rows']:,} rows and "
                         f"{counted['offsets']:,} different offsets")
    print(f"\nSpark counts {counted['rows']:,} rows, each offset once: as many as punnet verified.")


if __name__ == "__main__":
    main()
