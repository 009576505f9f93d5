"""One file a promise. Those that need servers take them from the end-to-end tests."""

import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "e2e"))
