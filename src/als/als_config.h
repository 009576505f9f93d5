#pragma once

#include <cstdint>

#include "base/result.h"

namespace punnet {

/// What a rating says.
enum class Feedback : std::uint8_t {
  kExplicit,  ///< the value to predict
  kImplicit,  ///< r > 0: liked, with confidence 1 + alpha |r|; r <= 0: not liked, with the same
              ///< confidence
};

/// What regularization is multiplied with for one user or item.
enum class RegularizationScaling : std::uint8_t {
  kByCount,   ///< its number of ratings (implicit: of those above zero), as ALS-WR and Spark do
  kUnscaled,  ///< one
};

/// How to train. The defaults are Spark's.
struct AlsConfig {
  int rank = 10;                ///< factors per user and item
  int iterations = 10;          ///< in each, items are solved first, then users
  double regularization = 0.1;  ///< lambda
  Feedback feedback = Feedback::kExplicit;
  double alpha = 1.0;  ///< implicit only: growth of confidence with |r|
  RegularizationScaling scaling = RegularizationScaling::kByCount;
  std::int64_t seed = 0;
  int threads = 1;  ///< changes the time taken, never the result
};

/// kInvalid, naming the option and its bounds, unless training with `config` makes sense.
Status validate(const AlsConfig& config);

}  // namespace punnet
