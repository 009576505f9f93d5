"""Prints results.jsonl as the table of docs/performance.md.

    bench/markdown_table.py build/bench/results.jsonl
"""

import json
import sys

from results import seconds


def share(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.0f} %"


def line(o: dict) -> str:
    goal = "" if o["must"] is None else f"{o['must']:g}" + ("" if o["stretch"] is None else f" → {o['stretch']:g}")
    median = o["ratio_median"]
    if median is None:
        measured = ""
    elif o["unit"] == "share":
        spread = "" if o["ratio_q1"] == o["ratio_q3"] else f" ({share(o['ratio_q1'])}–{share(o['ratio_q3'])})"
        measured, goal = share(median) + spread, " → ".join(share(float(part)) for part in goal.split(" → "))
    elif o["unit"] == "s":
        spread = "" if o["ratio_q1"] == o["ratio_q3"] else f" ({seconds(o['ratio_q1'])}–{seconds(o['ratio_q3'])})"
        measured, goal = seconds(median) + spread, " → ".join(seconds(float(part)) for part in goal.split(" → "))
    else:
        measured, goal = f"{median:.2f} ({o['ratio_q1']:.2f}–{o['ratio_q3']:.2f})", goal and goal + " ×"
    reached = {"NOT REACHED": "**not reached**", "no goal": ""}.get(o["reached"], o["reached"])
    cells = [o["name"], f"{o['peer']} {o['peer_version']}".strip(), measured, seconds(o["ours_min_s"]), seconds(o["peer_min_s"]),
             share(o["fraction_of_limit"]), goal, reached]
    return "| " + " | ".join(cells) + " |"


print("| contest | against | ratio (quartiles) | punnet | peer | share of the limit | goal | reached |")
print("| --- | --- | ---: | ---: | ---: | ---: | ---: | --- |")
with open(sys.argv[1], encoding="utf-8") as results:
    print(*(line(json.loads(text)) for text in results), sep="\n")
