"""The lab of the tests: the built program, and a directory to do harm in."""

import os
import pathlib

import pytest

from lab import Lab

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def one_lab(tmp_path_factory):
    binary = pathlib.Path(os.environ.get("PUNNET_BINARY", REPOSITORY / "build" / "release" / "punnet"))
    if not binary.exists():
        pytest.fail(f"{binary} does not exist; run `make build`, or set PUNNET_BINARY")
    lab = Lab(binary, tmp_path_factory.mktemp("lab"), REPOSITORY / "build" / "torture" / "violations")
    yield lab
    lab.close()


@pytest.fixture
def lab(one_lab):
    yield one_lab
    one_lab.clear()
