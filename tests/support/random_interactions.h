#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/seeded_random.h"
#include "domain/factors.h"
#include "domain/interactions.h"

namespace punnet {

/// `count` ratings in quarters from -1 to 4, pairs repeating now and then. The last user and the
/// last item never get one.
inline std::vector<Interaction> random_interactions(std::size_t count, std::size_t users,
                                                    std::size_t items, std::uint64_t seed) {
  SeededRandom random(seed);
  std::vector<Interaction> interactions(count);
  for (auto& x : interactions) {
    x.user = static_cast<std::int32_t>(random.below(users - 1));
    x.item = static_cast<std::int32_t>(random.below(items - 1));
    x.rating = static_cast<float>(random.below(21)) / 4 - 1;
  }
  return interactions;
}

inline FactorMatrix random_factors(std::size_t rows, int rank, std::uint64_t seed) {
  SeededRandom random(seed);
  FactorMatrix factors(rows, rank);
  for (auto& x : factors.values()) x = static_cast<float>(random.normal());
  return factors;
}

}  // namespace punnet
