"""Spark MLlib's ALS, explicit, a whole fit a turn: pyspark with local[THREADS] and a warm JVM.

    spark_als.py RATINGS RANK REGULARIZATION SEED BLOCKS THREADS WORK_DIRECTORY

Ratings lie in memory, as a DataFrame, before the first turn. Spark draws its first factors from the seed; punnet
draws the same.
"""

import sys
import time

from turns import play

import files
import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pyspark
from pyspark.ml.recommendation import ALS
from pyspark.sql import SparkSession

ratings_file, rank, regularization, seed, blocks, threads, work = sys.argv[1:]
ratings = files.read_ratings(ratings_file)
parquet = f"{work}/spark-ratings.parquet"
pa.parquet.write_table(
    pa.table({"user": ratings.rows(), "item": ratings.columns, "rating": ratings.values}), parquet)
spark = (SparkSession.builder.master(f"local[{threads}]").config("spark.driver.memory", "6g")
         .config("spark.ui.enabled", "false").config("spark.ui.showConsoleProgress", "false").config("spark.local.dir", work)
         .config("spark.sql.warehouse.dir", f"{work}/warehouse").config("spark.log.level", "ERROR").getOrCreate())
data = spark.read.parquet(parquet).repartition(int(blocks)).cache()
data.count()
model = None


def fit(iterations: str) -> dict:
    global model
    als = ALS(rank=int(rank), maxIter=int(iterations), regParam=float(regularization), seed=int(seed),
              numUserBlocks=int(blocks), numItemBlocks=int(blocks), userCol="user", itemCol="item", ratingCol="rating",
              checkpointInterval=-1, intermediateStorageLevel="MEMORY_ONLY", finalStorageLevel="MEMORY_ONLY")
    if model is not None:
        model.userFactors.unpersist()
        model.itemFactors.unpersist()
    begun = time.perf_counter()
    model = als.fit(data)
    return {"seconds": time.perf_counter() - begun}


def save(to_users: str, to_items: str) -> None:
    for frame, rows, path in ((model.userFactors, ratings.users, to_users), (model.itemFactors, ratings.items, to_items)):
        factors = np.zeros((rows, int(rank)), np.float32)
        for row in frame.collect():
            factors[row["id"]] = row["features"]
        files.write_factors(path, factors)


fit("10")  # warms the JVM up
play({"version": pyspark.__version__}, {"fit": fit, "save": save})
