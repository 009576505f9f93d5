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

items, users, k = files.read_factors(sys.argv[1]), files.read_factors(sys.argv[2]), int(sys.argv[3])
index = faiss.IndexFlatIP(items.shape[1])
index.add(items)
default_threshold = faiss.cvar.distance_compute_blas_threshold


def setting(name: str) -> None:
    faiss.cvar.distance_compute_blas_threshold = 1 if name == "blas" else default_threshold


def search(batch: str, threads: str) -> dict:
    faiss.omp_set_num_threads(int(threads))
    size, times, place = int(batch), [], 0
    begun = time.perf_counter()
    while time.perf_counter() - begun < 0.2:
        queries = users[place:place + size]
        start = time.perf_counter()
        index.search(queries, k)
        times.append(time.perf_counter() - start)
        place = place + size if place + 2 * size <= len(users) else 0
    times.sort()
    return {"seconds": times[len(times) // 2], "least": times[0]}


def lists(count: str) -> dict:
    scores, rows = index.search(users[:int(count)], k)
    return {"rows": rows.tolist(), "scores": scores.tolist()}


play({"version": faiss.__version__, "options": faiss.get_compile_options()},
     {"setting": setting, "search": search, "lists": lists})
