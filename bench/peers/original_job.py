"""The original's streaming job, written anew in PySpark: Structured Streaming from Kafka, at most 100 offsets a batch; own
purchases and features from Cassandra by the Spark connector; five items by ALSModel; Parquet appended on HDFS.

    bench/peers/original_job.py SERVERS TOPIC KEYSPACE MODEL OUTPUT CHECKPOINT

SERVERS is the directory of tools/cluster; MODEL and OUTPUT are URIs. Plays by turns.py: `batches N` goes on for N batches.

Where the description leaves a choice, what is faster for Spark was taken: two threads and two shuffle partitions, the catalogue's
features in memory, look-ups of a batch's users as direct joins, each batch's rows computed once.
"""

import os
import pathlib
import sys
import time

from turns import play

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(REPOSITORY / "tools"))

from servers.cassandra import PASSWORD, USER  # noqa: E402
from servers.java import jars  # noqa: E402

SCHEMA = "user_id INT, item_id INT, quantity INT, sales_value DOUBLE"
OFFSETS_OF_A_BATCH = 100
SHOWN_ROWS = 20
BATCH_PATIENCE_S = 120


def open_session(servers: pathlib.Path, cassandra: str):
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    os.environ["HADOOP_CONF_DIR"] = str(servers / "namenode" / "conf")
    from pyspark.sql import SparkSession

    host, _, port = cassandra.rpartition(":")
    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.jars", ",".join(str(jar) for jar in sorted(jars("spark-sources").glob("*.jar"))))
        .config("spark.sql.extensions", "com.datastax.spark.connector.CassandraSparkExtensions")
        .config("spark.sql.catalog.shop", "com.datastax.spark.connector.datasource.CassandraCatalog")
        .config("spark.cassandra.connection.host", host)
        .config("spark.cassandra.connection.port", port)
        .config("spark.cassandra.auth.username", USER)
        .config("spark.cassandra.auth.password", PASSWORD)
        .config("spark.driver.memory", "2g")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .getOrCreate())
    session.sparkContext.setLogLevel("ERROR")
    return session


class Job:
    def __init__(self, servers: pathlib.Path, topic: str, keyspace: str, model: str, output: str, checkpoint: str):
        addresses = dict(line.split("=") for line in (servers / "addresses").read_text(encoding="utf-8").splitlines())
        self.topic, self.output, self.checkpoint = topic, output, checkpoint
        self.session = open_session(servers, addresses["cassandra"])
        from pyspark.ml.recommendation import ALSModel

        self.kafka = addresses["kafka"]
        self.model = ALSModel.load(model)
        self.own_purchases = self.session.table(f"shop.{keyspace}.own_purchases")
        self.features = self.session.table(f"shop.{keyspace}.item_features").cache()
        self.features.count()
        self.durations: list[float] = []
        self.rows = 0

    def version(self) -> str:
        return self.session.version

    def batch(self, purchases, batch_id: int) -> None:
        """Duration: from the start of the batch to its rows being on HDFS, as the original printed it."""
        from pyspark.sql import functions as f

        begun = time.perf_counter()
        purchases = purchases.cache()
        users = purchases.select("user_id").distinct().cache()
        own = users.join(self.own_purchases, "user_id")
        items = f"recommendations.{self.model.getItemCol()}"
        lists = self.model.recommendForUserSubset(users, 5).select(f.col(self.model.getUserCol()).alias("user_id"),
                                                                   f.col(items).alias("recs"))
        precision = f.size(f.array_intersect("recs", "item_id_list")) / 5
        judged = lists.join(own, "user_id", "left").select("user_id", "recs", precision.alias("precision_at_k")).cache()
        rows = (purchases.join(judged, "user_id", "left")
                .join(self.features.withColumnRenamed("product_id", "item_id"), "item_id", "left").cache())
        shown = rows.take(SHOWN_ROWS)
        average = judged.agg(f.avg("precision_at_k")).first()[0]
        rows.write.mode("append").parquet(self.output)
        self.durations.append(time.perf_counter() - begun)
        self.rows += rows.count()
        print(f"batch {batch_id}: average precision {average}, {self.durations[-1]:.3f} s", *shown, sep="\n", file=sys.stderr)
        for frame in (rows, judged, users, purchases):
            frame.unpersist()

    def batches(self, count: str) -> dict:
        """`seconds` of each batch, and `between`: from one batch's end to the next one's, which is what a drain takes."""
        from pyspark.sql import functions as f

        self.durations, self.rows, ends = [], 0, []

        def each(frame, batch_id: int) -> None:
            if len(ends) > int(count):
                return
            self.batch(frame, batch_id)
            ends.append(time.perf_counter())

        events = (self.session.readStream.format("kafka").option("kafka.bootstrap.servers", self.kafka)
                  .option("subscribe", self.topic).option("startingOffsets", "earliest")
                  .option("maxOffsetsPerTrigger", OFFSETS_OF_A_BATCH).load()
                  .select(f.from_json(f.col("value").cast("string"), SCHEMA).alias("purchase"), "offset")
                  .select("purchase.*", "offset"))
        query = events.writeStream.foreachBatch(each).option("checkpointLocation", self.checkpoint).start()
        until = time.monotonic() + BATCH_PATIENCE_S + BATCH_PATIENCE_S / 10 * int(count)
        while len(ends) <= int(count) and query.isActive and time.monotonic() < until:
            time.sleep(0.05)
        failed = query.exception()
        query.stop()
        if failed is not None:
            raise RuntimeError(str(failed))
        # The first of a turn starts the query, so it counts for nothing.
        return {"seconds": self.durations[1:], "between": [b - a for a, b in zip(ends, ends[1:])], "rows": self.rows}


def main() -> None:
    servers, *rest = sys.argv[1:]
    job = Job(pathlib.Path(servers), *rest)
    play({"version": job.version()}, {"batches": job.batches})


if __name__ == "__main__":
    main()
