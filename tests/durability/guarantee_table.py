"""Writes the table of docs/reliability.md."""

import collections

import results
from proofs.all_proofs import PROOFS

PAGE = results.REPOSITORY / "docs" / "reliability.md"
BEGIN = "<!-- The table is written by tools/torture --table. -->\n"
END = "<!-- End of the table. -->\n"
HEAD = ("| # | guarantee | how it is proven | trials | violations | what the trials met | 95 % bound | last run | commit |\n"
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n")


def write(runs: list[dict]) -> None:
    page = PAGE.read_text()
    before, rest = page.split(BEGIN)
    after = rest.split(END)[1]
    PAGE.write_text(before + BEGIN + table(runs) + END + after)


def table(runs: list[dict]) -> str:
    by_number: dict[int, list[dict]] = collections.defaultdict(list)
    for run in runs:
        by_number[run["guarantee"]].append(run)
    return HEAD + "".join(row(number, by_number[number]) for number in sorted(by_number))


def row(number: int, runs: list[dict]) -> str:
    proof = PROOFS[number]
    trials, violations = (sum(run[what] for run in runs) for what in ("trials", "violations"))
    counters = collections.Counter()
    for run in runs:
        results.add_counters(counters, run["counters"])
    last = max(runs, key=lambda run: run["date"])
    commits = sorted({run["commit"] for run in runs})
    cells = [number, proof.guarantee, proof.proven_by, f"{trials:,} {proof.trial}", violations,
             results.counters_text(counters), results.bound_text(trials, violations), last["date"], ", ".join(commits)]
    return "| " + " | ".join(map(str, cells)) + " |\n"
