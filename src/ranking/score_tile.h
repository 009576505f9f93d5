#pragma once

#include <cstddef>

#include "ranking/packed_items.h"

namespace punnet {

/// scores[n] = sum over f of user[f] * factor f of item n, for the PackedItems::kBlock items of
/// `block`, in float and in order of f, whatever the machine.
void score_one(const float* user, const float* block, std::size_t rank, float* scores);

/// The same, bit for bit, for four users at once. `users` holds their values for factor 0, then for
/// factor 1, …; `scores` gets PackedItems::kBlock values for each user.
void score_four(const float* users, const float* block, std::size_t rank, float* scores);

/// Bit n is set when scores[n] > threshold; never for NaN.
unsigned above(const float* scores, float threshold);

}  // namespace punnet
