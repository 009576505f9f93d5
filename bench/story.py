"""Measures the main job of the built program, step by step: time, peak memory, and where a batch spends its time.

    bench/story.py BINARY WORK_DIRECTORY [DIRECTORY_WITH_transactions.parquet_AND_products.parquet]

Without real data a generated shop of the same size stands in. Every step is a process of its own, measured by what
the kernel says of it when it ends. Prints a table and writes WORK_DIRECTORY/results.jsonl.
"""

import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import time

REAL_COLUMNS = [
    "--user-column", "household_id", "--item-column", "product_id", "--quantity-column", "quantity",
    "--product-column", "product_id", "--time-column", "transaction_timestamp",
    "--category-column", "product_category", "--name-column", "product_type",
]


class Bench:
    def __init__(self, binary: pathlib.Path, directory: pathlib.Path):
        self.binary, self.directory, self.results = binary, directory, []

    def run(self, *arguments) -> tuple[float, float, str]:
        """Wall seconds, peak MB and standard output of one command."""
        with open(self.directory / "stdout", "w+", encoding="utf-8") as out:
            started = time.perf_counter()
            child = subprocess.Popen([self.binary, *map(str, arguments)], cwd=self.directory, stdout=out)
            _, status, usage = os.wait4(child.pid, 0)
            seconds = time.perf_counter() - started
            child.returncode = os.waitstatus_to_exitcode(status)
            if child.returncode != 0:
                sys.exit(f"{' '.join(map(str, child.args))} ended with {child.returncode}")
            out.seek(0)
            return seconds, usage.ru_maxrss / 1024, out.read()

    def show(self, name: str, value: float, unit: str, goal: str, peak_mb: float | None = None) -> None:
        memory = f"{peak_mb:8.0f} MB" if peak_mb is not None else ""
        print(f"{name:<52} {value:12,.2f} {unit:<9} {goal:<14}{memory}", flush=True)
        self.results.append({"name": name, "value": value, "unit": unit, "goal": goal, "peak_mb": peak_mb})


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def raw_data(bench: Bench, source: pathlib.Path | None) -> list:
    if source is not None:
        return ["--purchases", source / "transactions.parquet", "--products", source / "products.parquet", *REAL_COLUMNS]
    bench.run("generate", "raw", "--users", 2500, "--items", 20000, "--lines", 1400000, "--weeks", 52)
    return ["--purchases", "raw/purchases.csv", "--products", "raw/products.csv"]


def batches(lines: str) -> list[dict]:
    return [json.loads(line) for line in lines.splitlines() if '"batchId"' in line]


def stream(bench: Bench, size: int, *options) -> tuple[float, float, list[dict]]:
    """One drain of the topic into a table that is new."""
    for name in ("new_purchases", "rejected_events"):
        shutil.rmtree(bench.directory / "shop" / name, ignore_errors=True)
    bench.run("load")  # histories begin anew
    seconds, peak, out = bench.run(
        "stream", "--available-now", "--output", "json", "--log-level", "warn", "--max-offsets-per-trigger", size, *options)
    return seconds, peak, batches(out)


def main() -> None:
    binary, directory = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    source = pathlib.Path(sys.argv[3]).resolve() if len(sys.argv) > 3 else None
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    bench = Bench(binary, directory)
    data = raw_data(bench, source)
    print(f"{'step':<52} {'':>12} {'':<9} {'goal':<14}   peak memory")

    starts = [bench.run("--version")[0] for _ in range(21)]
    bench.show("start-up of the program, median of 21", statistics.median(starts) * 1e3, "ms", "<= 50")

    prepared = [bench.run("prepare", *data)[:2] for _ in range(3)]
    bench.show("prepare, best of 3", min(s for s, _ in prepared), "s", "<= 3", max(m for _, m in prepared))
    bench.show("split", *bench.run("split")[:1], "s", "")
    seconds, peak, _ = bench.run("load")
    bench.show("load", seconds, "s", "", peak)
    seconds, peak, _ = bench.run("publish")
    bench.show("publish", seconds, "s", "", peak)
    trained = [bench.run("train", "--recipe", "original", "--no-promote")[:2] for _ in range(3)]
    bench.show("train, the original's recipe, best of 3", min(s for s, _ in trained), "s", "<= 3", max(m for _, m in trained))
    seconds, peak, _ = bench.run("train")
    bench.show("train, the default recipe", seconds, "s", "", peak)

    drains = [stream(bench, 10_000) for _ in range(3)]
    seconds, peak, drained = min(drains, key=lambda drain: drain[0])
    events = sum(batch["numInputRows"] for batch in drained)
    bench.show(f"stream, {events:,} events in batches of 10,000", events / seconds, "events/s", ">= 50,000", peak)
    work = sum(batch["durationMs"]["triggerExecution"] for batch in drained) / 1e3
    bench.show("  of which inside of batches", events / work, "events/s", "")

    seconds, peak, drained = stream(bench, 100)
    ready = [batch["durationMs"]["addBatch"] for batch in drained]
    bench.show(f"stream, {len(ready):,} batches of 100: poll to rows ready, p50", statistics.median(ready), "ms", "<= 2", peak)
    bench.show("  p99", percentile(ready, 0.99), "ms", "")
    for step in ("decode", "fetch", "recommend", "enrich", "append"):
        bench.show(f"  {step}, p50", statistics.median(batch["durationMs"][step] for batch in drained), "ms", "")

    with open(directory / "results.jsonl", "w", encoding="utf-8") as out:
        out.writelines(json.dumps(result) + "\n" for result in bench.results)


if __name__ == "__main__":
    main()
