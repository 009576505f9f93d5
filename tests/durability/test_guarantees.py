"""Each guarantee with as many trials as a test run has time for; `make torture` goes on where this ends."""

import os

import pytest

from proofs.all_proofs import PROOFS
from proofs.proof import prove, shortfalls

SEED = int(os.environ.get("PUNNET_TORTURE_SEED", "1"))


@pytest.mark.parametrize("proof", [proof for proof in PROOFS.values() if proof.ci_trials > 0],
                         ids=lambda proof: f"{proof.number}-{type(proof).__name__}")
def test_holds(proof, lab):
    tally = prove(proof, lab, SEED, trials=proof.ci_trials)
    print(f"{proof.guarantee} {tally}")
    assert not tally.violations
    assert not shortfalls(proof, tally)
