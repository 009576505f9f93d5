"""The long tier: see tools/torture."""

import argparse
import pathlib
import signal
import sys
import tempfile
import time

import guarantee_table
import results
from lab import Lab
from proofs.all_proofs import PROOFS
from proofs.proof import CannotRun, prove

MINUTES = 60
SECONDS_OF_A_RUN = 120  # then its line is written


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tools/torture", description=__doc__)
    parser.add_argument("--only", type=int, action="append", choices=list(PROOFS), metavar="NUMBER",
                        help="of the guarantee; may be given several times: " + ", ".join(map(str, PROOFS)))
    parser.add_argument("--minutes", type=float, default=MINUTES, help=f"in all [{MINUTES}]")
    parser.add_argument("--trials", type=int, help="stop earlier, when each has so many trials")
    parser.add_argument("--seed", type=int, help="plays a run again, up to the scheduling of processes")
    parser.add_argument("--table", action="store_true", help="write docs/reliability.md's table and end")
    parser.add_argument("--binary", type=pathlib.Path, default=results.REPOSITORY / "build" / "release" / "punnet")
    parser.add_argument("--commit", help="of which the binary was built [what it says itself]")
    return parser.parse_args()


def main() -> int:
    arguments = parse()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that servers are stopped
    if arguments.table:
        guarantee_table.write(results.merge())
        return 0
    chosen = [PROOFS[number] for number in arguments.only or PROOFS]
    each = 60 * arguments.minutes / len(chosen)
    of_commit = arguments.commit or results.commit(arguments.binary)
    violations = 0
    for proof in chosen:
        violations += torture(proof, each, arguments, of_commit)
    return 1 if violations else 0


def torture(proof, seconds: float, arguments: argparse.Namespace, of_commit: str) -> int:
    """Runs of a few minutes, each with a line and a seed of its own, until the time is over."""
    total = results.Tally()
    print(f"{proof.number}. {proof.guarantee}", flush=True)
    ends = time.monotonic() + seconds
    while time.monotonic() < ends and (arguments.trials is None or total.trials < arguments.trials):
        seed = arguments.seed if arguments.seed is not None else time.time_ns() % 1_000_000_000
        with tempfile.TemporaryDirectory(prefix="punnet-torture-") as scratch:
            lab = Lab(arguments.binary, pathlib.Path(scratch) / "lab", results.WORKING.parent / "violations")
            left = None if arguments.trials is None else arguments.trials - total.trials
            try:
                tally = prove(proof, lab, seed, left, min(SECONDS_OF_A_RUN, ends - time.monotonic()))
            except (CannotRun, AssertionError) as reason:  # a server that does not start asserts
                print(f"   left out: {reason}", flush=True)
                return len(total.violations)
            finally:
                lab.close()
        results.append(proof.number, tally, seed, of_commit)
        total.add(tally)
        for violation in tally.violations:
            print(f"   violated, seed {seed}: {violation}", flush=True)
        print(f"   {total}", flush=True)
    return len(total.violations)


if __name__ == "__main__":
    sys.exit(main())
