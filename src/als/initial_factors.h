#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "domain/factors.h"
#include "domain/ids.h"

namespace punnet {

/// Where training starts: rows of Gaussian numbers, each row scaled to length one. A row depends on
/// `seed`, `rank` and its own number alone. Requires rank >= 1.
FactorMatrix initial_factors(std::size_t rows, int rank, std::int64_t seed);

/// What rounds the lengths of Spark's first factors: they are floats, so their last bit tells.
enum class SparkBlas : std::uint8_t {
  kNative,  ///< a native library that Spark found, such as OpenBLAS: summed up wider, rounded once
  kJava,    ///< Spark's own, where there is none: four sums of fused steps in float
};

/// Where Spark's ALS starts its users with this seed: row n for users[n], drawn by blocks of `id
/// mod blocks`, in each of them in ascending order of id. `users` must be ascending and fit in an
/// int32, the widest id that Spark takes. Requires rank >= 1 and blocks >= 1. Items need none:
/// Spark solves them first.
FactorMatrix spark_initial_factors(std::span<const UserId> users, int rank, std::int64_t seed,
                                   int blocks = 10, SparkBlas blas = SparkBlas::kNative);

}  // namespace punnet
