"""Stands in for spark-submit in `punnet train --engine spark`: trains ALS with numpy, and spoils what comes out."""

import argparse
import json
import pathlib
import sys
import urllib.parse

import numpy
import pyarrow
import pyarrow.parquet

SHARE_OF_A_STALE_MODEL = 0.05


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--damage", choices=list(DAMAGES), required=True)
    parser.add_argument("--damage-seed", type=int, required=True)
    for name in ("--ratings", "--model"):
        parser.add_argument(name, required=True)
    parser.add_argument("--rank", type=int, required=True)
    parser.add_argument("--max-iter", type=int, required=True)
    parser.add_argument("--reg-param", type=float, required=True)
    parser.add_argument("--alpha", type=float, required=True)
    return parser.parse_known_args()[0]


def train(ratings: numpy.ndarray, wanted: argparse.Namespace, rng: numpy.random.Generator):
    """Implicit ALS: preference 1 where there is a rating, confidence 1 + alpha * rating."""
    items = rng.normal(0, 0.1, (ratings.shape[1], wanted.rank))
    for _ in range(wanted.max_iter):
        users = half_step(ratings, items, wanted)
        items = half_step(ratings.T, users, wanted)
    return users, items


def half_step(ratings: numpy.ndarray, other: numpy.ndarray, wanted: argparse.Namespace) -> numpy.ndarray:
    gramian = other.T @ other
    factors = numpy.zeros((ratings.shape[0], wanted.rank))
    for row, rated in enumerate(ratings):
        known = numpy.flatnonzero(rated)
        if len(known) == 0:
            continue
        confidence = wanted.alpha * rated[known]
        theirs = other[known]
        left = gramian + (theirs.T * confidence) @ theirs + wanted.reg_param * len(known) * numpy.eye(wanted.rank)
        factors[row] = numpy.linalg.solve(left, theirs.T @ (1 + confidence))
    return factors


def none(ratings, wanted, rng):
    return train(ratings, wanted, rng)


def random(ratings, wanted, rng):
    return tuple(rng.normal(0, 0.3, (rows, wanted.rank)) for rows in ratings.shape)


def shuffled_users(ratings, wanted, rng):
    users, items = train(ratings, wanted, rng)
    return rng.permutation(users), items


def shuffled_items(ratings, wanted, rng):
    users, items = train(ratings, wanted, rng)
    return users, rng.permutation(items)


def popularity_only(ratings, wanted, rng):
    users, items = numpy.zeros((ratings.shape[0], wanted.rank)), numpy.zeros((ratings.shape[1], wanted.rank))
    buyers = (ratings > 0).sum(axis=0)
    users[:, 0], items[:, 0] = 1, buyers / buyers.max()
    return users, items


def stale(ratings, wanted, rng):
    """Has seen little of what was bought since."""
    return train(numpy.where(rng.random(ratings.shape) < SHARE_OF_A_STALE_MODEL, ratings, 0), wanted, rng)


DAMAGES = {damage.__name__: damage for damage in (none, random, shuffled_users, shuffled_items, popularity_only, stale)}


def local(uri: str) -> pathlib.Path:
    return pathlib.Path(urllib.parse.urlparse(uri).path)


def save(model: pathlib.Path, rank: int, users: numpy.ndarray, items: numpy.ndarray) -> None:
    (model / "metadata").mkdir(parents=True)
    (model / "metadata" / "part-00000").write_text(json.dumps({
        "class": "org.apache.spark.ml.recommendation.ALSModel", "timestamp": 0, "sparkVersion": "3.5.0",
        "uid": "planted", "paramMap": {"userCol": "user", "itemCol": "item"}, "defaultParamMap": {}, "rank": rank}) + "\n")
    for name, factors in (("userFactors", users), ("itemFactors", items)):
        (model / name).mkdir()
        table = pyarrow.table({"id": pyarrow.array(range(len(factors)), pyarrow.int32()),
                               "features": pyarrow.array(factors.astype(numpy.float32).tolist(),
                                                         pyarrow.list_(pyarrow.float32()))})
        pyarrow.parquet.write_table(table, model / name / "part-00000.parquet")


def main() -> int:
    wanted = arguments()
    table = pyarrow.parquet.read_table(local(wanted.ratings))
    rows, columns = table["user"].to_numpy(), table["item"].to_numpy()
    ratings = numpy.zeros((rows.max() + 1, columns.max() + 1))
    ratings[rows, columns] = table["rating"].to_numpy()
    users, items = DAMAGES[wanted.damage](ratings, wanted, numpy.random.default_rng(wanted.damage_seed))
    save(local(wanted.model), wanted.rank, users, items)
    return 0


if __name__ == "__main__":
    sys.exit(main())
