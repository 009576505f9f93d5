#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "domain/purchase.h"
#include "eval/held_out.h"
#include "ranking/recommender.h"

namespace punnet {

inline constexpr char kNewModelName[] = "new model";
inline constexpr char kOldModelName[] = "old model";

/// The purchases strictly after `time`; those without a time are left out.
std::vector<Purchase> purchases_after(std::span<const Purchase> purchases, Timestamp time);

/// Both models on the same later events, the new one first, so that first_minus of the old one is
/// what retraining brought, paired user by user. `history` is everything the new model was trained
/// on, and `later` lies after all of it: see purchases_after.
HeldOutReport compare_models(std::span<const Purchase> history, std::span<const Purchase> later,
                             std::span<const ItemId> catalogue, const Recommender& new_model,
                             const Recommender& old_model, const HeldOutConfig& config);

/// One sentence: P@k of both on all purchases, and the difference with its interval.
std::string describe_effect(const HeldOutReport& comparison);

}  // namespace punnet
