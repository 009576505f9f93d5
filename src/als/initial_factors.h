#pragma once

#include <cstddef>
#include <cstdint>

#include "domain/factors.h"

namespace punnet {

/// Where training starts: rows of Gaussian numbers, each row scaled to length one. A row depends on
/// `seed`, `rank` and its own number alone. Requires rank >= 1.
FactorMatrix initial_factors(std::size_t rows, int rank, std::int64_t seed);

}  // namespace punnet
