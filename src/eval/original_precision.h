#pragma once

#include <cstddef>
#include <span>

#include "domain/purchase.h"
#include "ranking/recommender.h"

namespace punnet {

/// precision@k as the original defines it: the share of a user's k recommended items that he ever
/// bought, in train and validation together. It leaks: what the model was trained on is part of the
/// truth, so a list of the user's own most frequent items scores 1. Kept for comparison with the
/// original; no measure of quality.
struct OriginalPrecision {
  std::size_t k = 0;
  double train = 0;       ///< mean over the users of the train part
  double validation = 0;  ///< mean over the users of the validation part; 0 without any
  std::size_t train_users = 0;
  std::size_t validation_users = 0;
};

/// Users without a list are left out of the means, as Spark drops them.
OriginalPrecision measure_original_precision(const Recommender& recommender,
                                             std::span<const Purchase> train,
                                             std::span<const Purchase> validation, std::size_t k,
                                             int threads);

}  // namespace punnet
