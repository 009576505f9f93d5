"""What a version of a table holds, and whether that is what its positions promise."""

import collections
import hashlib

import numpy
import pyarrow
import pyarrow.compute as compute

from lab import Place

ORDER = [("partition", "ascending"), ("offset", "ascending")]


def fingerprint(rows: pyarrow.Table) -> str:
    """Of all columns, whatever the order of the rows."""
    digest = hashlib.sha256()
    for name, column in zip(rows.column_names, rows.sort_by(ORDER).combine_chunks().columns):
        digest.update(name.encode())
        if pyarrow.types.is_list(column.type):
            digest.update(compute.list_value_length(column).to_numpy().tobytes())
            column = compute.list_flatten(column)
        if pyarrow.types.is_string(column.type) or column.null_count > 0:
            digest.update(repr(column.to_pylist()).encode())
        else:
            digest.update(column.to_numpy().tobytes())
    return digest.hexdigest()


class TopicInOrder:
    """A topic of good events alone, to hold tables against."""

    def __init__(self, purchases: dict[Place, tuple]):
        by_partition: dict[int, list] = collections.defaultdict(list)
        for (partition, _), purchase in sorted(purchases.items()):
            by_partition[partition].append(purchase[:2])
        self.users_and_items = {partition: numpy.array(pairs) for partition, pairs in by_partition.items()}

    def compare(self, rows: pyarrow.Table, positions: dict[int, int]) -> list[str]:
        """Whether `rows` are all events below `positions`, each once."""
        rows = rows.select(["partition", "offset", "user_id", "item_id"]).sort_by(ORDER)
        partitions = rows["partition"].to_numpy()
        wrong = []
        for partition, expected in self.users_and_items.items():
            mine = partitions == partition
            expected = expected[:positions.get(partition, 0)]
            if not numpy.array_equal(rows["offset"].to_numpy()[mine], numpy.arange(len(expected))):
                wrong.append(f"partition {partition} is not whole up to {len(expected)}, where its position is")
            elif not (numpy.array_equal(rows["user_id"].to_numpy()[mine], expected[:, 0]) and
                      numpy.array_equal(rows["item_id"].to_numpy()[mine], expected[:, 1])):
                wrong.append(f"partition {partition} holds other purchases than the topic")
        return wrong
