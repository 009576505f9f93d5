"""Turns a year of grocery purchases into ratings files: a random four fifths of the lines, cleaned as the original does.

    groceries.py DIRECTORY_WITH_transactions.parquet OUTPUT_DIRECTORY

groceries-explicit.ratings: one rating per line, the quantity; repeated pairs stay, as in Spark.
groceries-implicit.ratings: one rating per pair of user and item, the number of lines.
"""

import sys

from turns import measured  # noqa: F401  (makes bench/ importable)

import files
import numpy as np
import pyarrow.parquet

source, output = sys.argv[1:]
columns = ["household_id", "product_id", "quantity", "sales_value"]
table = pyarrow.parquet.read_table(f"{source}/transactions.parquet", columns=columns)
household, product, quantity, sales = (table[name].to_numpy() for name in columns)
keep = (quantity != 0) & (sales != 0)
household, product, quantity = household[keep], product[keep], quantity[keep]
train = np.random.default_rng(20210117).random(len(household)) < 0.8
users, user = np.unique(household[train], return_inverse=True)
items, item = np.unique(product[train], return_inverse=True)


def write(name: str, user: np.ndarray, item: np.ndarray, value: np.ndarray) -> None:
    order = np.lexsort((item, user))
    offsets = np.searchsorted(user[order], np.arange(len(users) + 1))
    files.write_ratings(f"{output}/{name}.ratings", files.Ratings(offsets, item[order], value[order], len(items)))


write("groceries-explicit", user, item, quantity[train])
pair, lines = np.unique(user * len(items) + item, return_counts=True)
write("groceries-implicit", pair // len(items), pair % len(items), lines)
