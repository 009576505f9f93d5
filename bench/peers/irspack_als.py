"""irspack's iALS, one sweep a turn, items first as punnet does: it is given the transpose and calls items its users.

    irspack_als.py cg|cholesky RATINGS USERS REGULARIZATION ALPHA0 NU THREADS

The objective is Rendle's, irspack's own default: every pair of user and item weighs alpha0, one with a rating 1 more,
whatever the rating. The C++ core is called directly; it keeps both orientations of the ratings.
"""

import sys
from importlib.metadata import version

from turns import measured, play

import files
import numpy as np
import scipy.sparse
from irspack.recommenders import _ials_core as core

kind, ratings_file, users_file, regularization, alpha0, nu, threads = sys.argv[1:]
ratings = files.read_ratings(ratings_file)
by_item = scipy.sparse.csr_matrix(
    (np.ones_like(ratings.values), ratings.columns, ratings.offsets.astype(np.int32)),
    shape=(ratings.users, ratings.items)).T.tocsr()
users = files.read_factors(users_file)
model = (core.IALSModelConfigBuilder().set_K(users.shape[1]).set_alpha0(float(alpha0)).set_reg(float(regularization))
         .set_nu(float(nu)).set_init_stdev(0.0).set_loss_type(core.LossType.IALSPP).set_random_seed(0)
         .build())
solver = (core.IALSSolverConfigBuilder().set_n_threads(int(threads)).set_max_cg_steps(3)
          .set_solver_type(getattr(core.SolverType, kind.upper())).build())
trainer = core.IALSTrainer(model, by_item)
trainer.user = np.zeros((ratings.items, users.shape[1]), np.float32)
trainer.item = users


def save(to_users: str, to_items: str) -> None:
    files.write_factors(to_users, trainer.item)
    files.write_factors(to_items, trainer.user)


play({"version": version("irspack")}, {"sweep": lambda: measured(lambda: trainer.step(solver)), "save": save})
