#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "ports/model_store.h"
#include "training/train_model.h"

namespace punnet {

/// Where a model came from: recipe, parameters, seed, data version, counts, losses and metrics.
Provenance make_provenance(const TrainReport& report, const TrainConfig& config);

/// The time of the last purchase that a model was trained on; absent when its provenance does not
/// say.
std::optional<Timestamp> last_training_time(const Provenance& provenance);

/// What a list of models shows of one. Texts are empty and figures absent where the provenance does
/// not say.
struct TrainingSummary {
  std::string recipe;
  std::string data_version;
  std::optional<std::int64_t> purchases;
  std::optional<double> precision;  ///< held out, on all purchases
};

TrainingSummary summarize(const Provenance& provenance);

}  // namespace punnet
