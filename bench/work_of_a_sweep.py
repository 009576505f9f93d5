"""What one sweep of ALS must do at least, and so how long it must take on a machine whose limits were measured."""

from typing import NamedTuple

CG_STEPS = 3


class Side(NamedTuple):
    """One half-step: `solved` rows from `fixed` ones over `entries` ratings of rank `k`."""

    solved: int
    fixed: int
    entries: int
    k: int


def operations(side: Side, method: str, implicit: bool) -> float:
    """Floating-point operations; a fused multiply-add is two."""
    k, n = side.k, side.entries
    gram = side.fixed * k * (k + 1) if implicit else 0
    if method == "cholesky":
        return gram + n * (k * (k + 1) + 2 * k) + side.solved * (k**3 / 3 + 2 * k**2)
    steps = CG_STEPS + 1  # the first residual costs as much as a step
    return gram + n * 4 * k * steps + side.solved * (2 * k**2 * steps + 10 * k * CG_STEPS)


class Floor(NamedTuple):
    arithmetic: float  # seconds
    gather: float
    entries: int

    @property
    def seconds(self) -> float:
        return max(self.arithmetic, self.gather)


def floors(limits: dict, k: int, method: str, implicit: bool) -> dict[str, Floor]:
    """The least seconds of either half-step, by what referee's "limits" measured."""
    users, items, entries = limits["users"], limits["items"], limits["entries"]
    sides = {"item": Side(items, users, entries, k), "user": Side(users, items, entries, k)}
    return {
        name: Floor(operations(side, method, implicit) / limits["gflops"] / 1e9, limits[f"{name}_gather_seconds"], entries)
        for name, side in sides.items()
    }
