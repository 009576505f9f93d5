#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "als/train_als.h"
#include "base/clock.h"
#include "base/result.h"
#include "domain/model.h"
#include "domain/purchase.h"
#include "eval/held_out.h"
#include "eval/original_precision.h"
#include "ports/model_store.h"
#include "training/fit_model.h"
#include "training/recipe.h"
#include "training/served_comparison.h"

namespace punnet {

struct TrainConfig {
  Recipe recipe = default_recipe();
  bool validate = true;      ///< hold a part back and measure on it
  double train_share = 0.8;  ///< of purchases, when validating
  std::size_t k = 5;         ///< length of the lists that are measured
  std::uint64_t seed = 0;    ///< of the split, of the factors and of the resampling
  int threads = 1;
  std::string data_version;           ///< where the purchases came from, in the caller's words
  std::string engine = "native";      ///< the name of `fit`
  AlsEngine fit;                      ///< who factorises; empty: train_als
  std::optional<ServedModel> served;  ///< to be measured beside the new one
};

/// What training is at.
struct TrainProgress {
  bool refit = false;  ///< the second pass, over everything
  AlsProgress als;
};

using TrainProgressCallback = std::function<void(const TrainProgress&)>;

struct TrainReport {
  std::size_t purchases = 0;
  std::size_t train_purchases = 0;       ///< that the published model has seen
  std::size_t validation_purchases = 0;  ///< held back for the measurement
  bool validated_by_time = false;        ///< validation lies after train; else drawn at random
  bool refitted = false;                 ///< the published model has seen the validation part too
  std::size_t users = 0;
  std::size_t items = 0;
  std::size_t ratings = 0;
  std::vector<double> losses;          ///< of the published model, after each iteration
  std::optional<Timestamp> last_time;  ///< of the purchases that the published model has seen
  std::optional<OriginalPrecision> original;
  std::optional<HeldOutReport> held_out;
  ListFacts lists;                              ///< of the published model
  std::optional<ValueRange> predicted;          ///< what its scores are to predict
  std::optional<ServedComparison> with_served;  ///< where both could be measured
};

struct TrainedModel {
  std::shared_ptr<const Model> model;
  TrainReport report;
  Provenance provenance;  ///< the report, parameters and data version as JSON
};

/// The story of training: hold back a part of the purchases, rate the rest, factorise, measure on
/// what was held back; where the recipe says so, train once more on everything.
///
/// `catalogue`: the items that may be recommended, any order. When it is empty, these are all items
/// of `purchases`, without outlier units where the recipe guards against them.
///
/// A recipe that refits validates on the latest purchases when every one has a time; the others on
/// a random part, as the original. The same bytes for any number of threads. kInvalid for a config
/// without sense or purchases that give nothing to learn or to measure; kCancelled soon after
/// `stop`.
Result<TrainedModel> train_model(std::vector<Purchase> purchases, std::span<const ItemId> catalogue,
                                 const TrainConfig& config, const std::stop_token& stop = {},
                                 const TrainProgressCallback& progress = {});

}  // namespace punnet
