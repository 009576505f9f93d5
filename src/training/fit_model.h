#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <stop_token>
#include <vector>

#include "als/train_als.h"
#include "base/result.h"
#include "domain/model.h"
#include "domain/purchase.h"
#include "eval/model_facts.h"
#include "training/recipe.h"

namespace punnet {

/// Who factorises: train_als, or another program that promises the same.
using AlsEngine =
    std::function<Result<AlsFactors>(const InteractionMatrix&, const AlsConfig&,
                                     const std::stop_token&, const AlsProgressCallback&)>;

/// A model and what it was made of.
struct FittedModel {
  Model model;  ///< version empty
  std::size_t ratings = 0;
  ValueRange predicted;        ///< what scores are to predict: ratings, or preference from 0 to 1
  std::vector<double> losses;  ///< after each iteration; empty when nobody listened to progress
};

/// Rates `purchases` and trains on all of them, by `engine` or, without one, by train_als.
/// `catalogue` ascends; empty: every item. kInvalid when no purchase of the catalogue is there;
/// other errors as train_als().
Result<FittedModel> fit_model(std::span<const Purchase> purchases,
                              std::span<const ItemId> catalogue, const Recipe& recipe,
                              const std::stop_token& stop = {},
                              const AlsProgressCallback& progress = {},
                              const AlsEngine& engine = {});

}  // namespace punnet
