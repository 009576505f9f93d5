#pragma once

#include <optional>

#include "base/clock.h"
#include "ports/model_store.h"
#include "training/train_model.h"

namespace punnet {

/// Where a model came from: recipe, parameters, seed, data version, counts, losses and metrics.
Provenance make_provenance(const TrainReport& report, const TrainConfig& config);

/// The time of the last purchase that a model was trained on; absent when its provenance does not
/// say.
std::optional<Timestamp> last_training_time(const Provenance& provenance);

}  // namespace punnet
