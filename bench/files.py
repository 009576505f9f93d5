"""The two kinds of files that all contestants read and write; bench/ratings_file.h describes them."""

import pathlib
from typing import NamedTuple

import numpy as np


class Ratings(NamedTuple):
    """Rows of users, compressed: the entries of user u lie in offsets[u] to offsets[u + 1]."""

    offsets: np.ndarray
    columns: np.ndarray
    values: np.ndarray
    items: int

    @property
    def users(self) -> int:
        return len(self.offsets) - 1

    def rows(self) -> np.ndarray:
        """The user of each entry."""
        return np.repeat(np.arange(self.users, dtype=np.int32), np.diff(self.offsets))


def read_ratings(path: pathlib.Path) -> Ratings:
    with open(path, "rb") as file:
        assert file.read(8) == b"PNRATING", f"{path} holds no ratings"
        users, items, entries = (int(n) for n in np.fromfile(file, "<i8", 3))
        offsets = np.fromfile(file, "<i8", users + 1)
        return Ratings(offsets, np.fromfile(file, "<i4", entries), np.fromfile(file, "<f4", entries), items)


def write_ratings(path: pathlib.Path, ratings: Ratings) -> None:
    with open(path, "wb") as file:
        file.write(b"PNRATING")
        np.array([ratings.users, ratings.items, len(ratings.columns)], "<i8").tofile(file)
        ratings.offsets.astype("<i8").tofile(file)
        ratings.columns.astype("<i4").tofile(file)
        ratings.values.astype("<f4").tofile(file)


def read_factors(path: pathlib.Path) -> np.ndarray:
    with open(path, "rb") as file:
        assert file.read(8) == b"PNFACTOR", f"{path} holds no factors"
        rows, rank = (int(n) for n in np.fromfile(file, "<i8", 2))
        return np.fromfile(file, "<f4", rows * rank).reshape(rows, rank)


def write_factors(path: pathlib.Path, factors: np.ndarray) -> None:
    with open(path, "wb") as file:
        file.write(b"PNFACTOR")
        np.array(factors.shape, "<i8").tofile(file)
        np.ascontiguousarray(factors, "<f4").tofile(file)
