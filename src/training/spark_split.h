#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "domain/typed_table.h"

namespace punnet {

/// The rows of `table` in the order in which Spark sorts by all of its columns, the first one
/// first: ascending, null before all values and NaN behind them, -0.0 like 0.0, texts by their
/// bytes.
std::vector<std::size_t> spark_sorted_rows(const TypedTable& table);

/// kInvalid unless there are weights, all of them finite and at or above zero, some above.
Status check_weights(std::span<const double> weights);

/// What Spark's randomSplit makes of one partition of a table: for each weight the rows of its
/// side, in Spark's order. Each partition is sorted by all columns and draws on its own from `seed`
/// plus its number. As in Spark, a row is in no side where the weights add up to a little less than
/// their sum. Requires check_weights().
std::vector<std::vector<std::size_t>> spark_random_split(const TypedTable& table,
                                                         std::size_t partition,
                                                         std::span<const double> weights,
                                                         std::int64_t seed);

}  // namespace punnet
