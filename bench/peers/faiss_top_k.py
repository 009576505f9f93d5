"""faiss's exact inner-product search, a fifth of a second of it a turn.

    faiss_top_k.py ITEMS USERS K

A turn is "search BATCH THREADS": batches of users one after the other. faiss is set to use BLAS for every batch
("blas") or left as it comes ("default"): "setting blas" or "setting default".
"""

import sys
import time

from turns import play

import faiss
import files
import numpy as np

items, users, k = files.read_factors(sys.argv[1]), files.read_factors(sys.argv[2]), int(sys.argv[3])
index = faiss.IndexFlatIP(items.shape[1])
index.add(items)
default_threshold = faiss.cvar.distance_compute_blas_threshold


def setting(name: str) -> None:
    faiss.cvar.distance_compute_blas_threshold = 1 if name == "blas" else default_threshold


def search(batch: str, threads: str) -> dict:
    """Calls the C++ function on memory of its own: what Python costs is not faiss's."""
    faiss.omp_set_num_threads(int(threads))
    size, times, turn = int(batch), [], 0
    scores, rows = np.empty((size, k), np.float32), np.empty((size, k), np.int64)
    found = faiss.swig_ptr(scores), faiss.swig_ptr(rows)
    batches = [faiss.swig_ptr(users[first:first + size]) for first in range(0, len(users) - size + 1, size)]
    begun = time.perf_counter()
    while time.perf_counter() - begun < 0.2:
        queries = batches[turn % len(batches)]
        start = time.perf_counter()
        index.search_c(size, queries, k, *found)
        times.append(time.perf_counter() - start)
        turn += 1
    times.sort()
    return {"seconds": times[len(times) // 2], "least": times[0]}


def lists(count: str) -> dict:
    scores, rows = index.search(users[:int(count)], k)
    return {"rows": rows.tolist(), "scores": scores.tolist()}


play({"version": faiss.__version__, "options": faiss.get_compile_options()},
     {"setting": setting, "search": search, "lists": lists})
