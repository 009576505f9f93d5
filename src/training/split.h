#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "domain/purchase.h"

namespace punnet {

enum class SplitMode : std::uint8_t {
  kRandom,  ///< each row by its own coin, as Spark's randomSplit
  kTime,    ///< the past to train, what came later to test
};

struct SplitConfig {
  SplitMode mode = SplitMode::kRandom;
  double fraction = 0.5;  ///< of rows for train; strictly between 0 and 1
  std::uint64_t seed = 0;
  bool shuffle_test = true;  ///< kRandom only: the test part comes in random order, as a topic does
};

struct Split {
  std::vector<Purchase> train;
  std::vector<Purchase> test;
};

/// Cuts purchases in two; every row is in exactly one part.
///
/// kRandom: every row goes to train with probability `fraction`. Train keeps its order. The
/// original shuffled everything before it split and sent the test part to its topic in that order;
/// so the test part is shuffled too, unless told otherwise: neighbours in the topic are then
/// different users.
///
/// kTime: the first floor(fraction * rows) rows by time, rows of one time in their order; both
/// parts ascend by time. kInvalid when a row has no time.
///
/// kInvalid for a fraction outside (0, 1).
Result<Split> split_purchases(std::vector<Purchase> purchases, const SplitConfig& config);

}  // namespace punnet
