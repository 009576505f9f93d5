#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "tests/simulation/simulated_world.h"

namespace punnet::simulation {

/// How one simulated shop ended.
struct Ending {
  std::string violation;                                    ///< empty: every promise was kept
  std::map<std::string, std::int64_t, std::less<>> counts;  ///< of what happened
  std::uint64_t hash = 0;  ///< of all calls and their outcomes, in order
};

/// Lets one to three streams, perhaps a compaction and a vacuum live through what chance brings,
/// ends with a drain without faults, and checks what the tables hold against what was sent. All of
/// it follows from `seed`. `told` prints every call.
Ending simulate(std::uint64_t seed, Mutation mutation = Mutation::kNone, bool told = false);

}  // namespace punnet::simulation
