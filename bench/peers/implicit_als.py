"""implicit's alternating least squares on the processor, one sweep a turn, items first as punnet does.

    implicit_als.py cg|cholesky RATINGS USERS REGULARIZATION ALPHA THREADS

implicit's objective is punnet's with confidences 1 + alpha r fed to it and lambda unscaled. Its solvers are called
directly, so that the transpose and the first random factors stay outside of the measurement.
"""

import sys
from functools import partial

from turns import measured, play

import files
import implicit
import numpy as np
import scipy.sparse
from implicit.cpu import _als

kind, ratings_file, users_file, regularization, alpha, threads = sys.argv[1:]
ratings = files.read_ratings(ratings_file)
confidences = (1 + float(alpha) * ratings.values).astype(np.float32)
by_user = scipy.sparse.csr_matrix(
    (confidences, ratings.columns, ratings.offsets.astype(np.int32)), shape=(ratings.users, ratings.items))
transpose = measured(lambda: globals().__setitem__("by_item", by_user.T.tocsr()))
users = files.read_factors(users_file)
items = np.zeros((ratings.items, users.shape[1]), np.float32)
solve = partial(_als.least_squares_cg, cg_steps=3) if kind == "cg" else _als.least_squares


def sweep() -> None:
    solve(by_item, items, users, float(regularization), num_threads=int(threads))
    solve(by_user, users, items, float(regularization), num_threads=int(threads))


def save(to_users: str, to_items: str) -> None:
    files.write_factors(to_users, users)
    files.write_factors(to_items, items)


play({"version": implicit.__version__, "transpose_seconds": transpose["seconds"]},
     {"sweep": lambda: measured(sweep), "save": save})
