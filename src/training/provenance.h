#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "ports/model_store.h"
#include "training/gate.h"
#include "training/train_model.h"

namespace punnet {

/// Where a model came from: recipe, parameters, seed, data version, counts, losses and metrics.
Provenance make_provenance(const TrainReport& report, const TrainConfig& config);

/// The same with the gate's verdict in it. `refuses`: a failed one would have kept it from being
/// published.
Provenance with_gate(const Provenance& provenance, const GateVerdict& verdict, bool refuses);

/// How a model was measured when it was trained: on what, and how precise its lists were.
struct RecordedMeasurement {
  std::string data_version;
  std::int64_t seed = 0;
  bool by_time = false;
  std::int64_t k = 0;
  std::int64_t history_rows = 0;
  std::int64_t later_rows = 0;
  std::int64_t users = 0;
  double precision = 0;

  bool operator==(const RecordedMeasurement&) const = default;
};

/// Absent when the provenance does not say all of it.
std::optional<RecordedMeasurement> recorded_measurement(const Provenance& provenance);

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
  std::string gate;                 ///< "passed", or "failed: variety, popularity"
};

TrainingSummary summarize(const Provenance& provenance);

}  // namespace punnet
