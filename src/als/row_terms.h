#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "als/als_config.h"

namespace punnet {

/// What one user or item was rated: rows of the other side, and as many ratings. Repeated columns
/// are separate observations.
struct ObservedRow {
  std::span<const std::int32_t> columns;
  std::span<const float> ratings;
};

/// What a rating of y adds to the equation of its row, A x = b: weight y y^T to A, target y to b.
struct RatingTerm {
  double weight = 0;
  double target = 0;
};

/// explicit: 1, r. implicit: alpha |r| or 1; once more 1 than that, or just 1, where r > 0.
RatingTerm rating_term(double rating, const AlsConfig& config);

/// What a pair without rating weighs, and so Y^T Y in A.
double unobserved_weight(const AlsConfig& config);

/// Whether zeros are the answer: nothing rated, or (implicit) nothing above zero.
bool wants_nothing(std::span<const float> ratings, const AlsConfig& config);

/// What lambda is multiplied with for a row with these ratings among `fixed_rows`.
double regularization_factor(std::span<const float> ratings, std::size_t fixed_rows,
                             const AlsConfig& config);

}  // namespace punnet
