"""Trains ALS on ratings that punnet wrote and saves the model where punnet looks for it.

punnet carries this file inside of it and hands it to spark-submit. Lines that begin with "punnet: " are for its user.
"""

import argparse
import sys
import threading
import traceback

LONG_LINEAGE = 30  # iterations; beyond it, intermediate factors are kept on disk so that the plan stays short


def say(text):
    print("punnet: " + text, flush=True)


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--ratings", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--checkpoints", required=True)
    parser.add_argument("--rank", type=int, required=True)
    parser.add_argument("--max-iter", type=int, required=True)
    parser.add_argument("--reg-param", type=float, required=True)
    parser.add_argument("--alpha", type=float, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--implicit-prefs", action="store_true")
    parser.add_argument("--nonnegative", action="store_true")
    return parser.parse_args()


def tell_stages(context, done):
    tracker = context.statusTracker()
    told = ""
    while not done.wait(1.0):
        active = [tracker.getStageInfo(stage) for stage in sorted(tracker.getActiveStageIds())]
        text = ", ".join(
            f"stage {info.stageId}: {info.numCompletedTasks} of {info.numTasks} tasks" for info in active if info)
        if text and text != told:
            say(text)
            told = text


def train(wanted):
    from pyspark.ml.recommendation import ALS
    from pyspark.sql import SparkSession

    # Plain local files, without a hidden checksum file beside each.
    session = (
        SparkSession.builder.appName("punnet train")
        .config("spark.hadoop.fs.file.impl", "org.apache.hadoop.fs.RawLocalFileSystem")
        .getOrCreate()
    )
    context = session.sparkContext
    say(f"Spark {context.version} on {context.master}, application {context.applicationId}")
    if wanted.max_iter > LONG_LINEAGE:
        context.setCheckpointDir(wanted.checkpoints)
    done = threading.Event()
    watcher = threading.Thread(target=tell_stages, args=(context, done), daemon=True)
    watcher.start()
    ratings = session.read.parquet(wanted.ratings)
    als = ALS(
        rank=wanted.rank, maxIter=wanted.max_iter, regParam=wanted.reg_param, implicitPrefs=wanted.implicit_prefs,
        alpha=wanted.alpha, nonnegative=wanted.nonnegative, seed=wanted.seed,
        userCol="user", itemCol="item", ratingCol="rating", coldStartStrategy="nan")
    say(f"training on {ratings.count():,} ratings")
    model = als.fit(ratings)
    say("saving the model")
    model.save(wanted.model)
    done.set()
    watcher.join()
    if wanted.max_iter > LONG_LINEAGE:
        path = context._jvm.org.apache.hadoop.fs.Path(wanted.checkpoints)
        path.getFileSystem(context._jsc.hadoopConfiguration()).delete(path, True)
    session.stop()


def main():
    try:
        train(arguments())
    except Exception as error:
        traceback.print_exc()
        say("failed: " + f"{type(error).__name__}: {error}".strip().splitlines()[0])
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
