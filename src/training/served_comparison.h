#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "domain/model.h"
#include "domain/purchase.h"
#include "eval/held_out.h"
#include "ports/model_store.h"
#include "training/gate.h"

namespace punnet {

/// The model that is served while another is trained.
struct ServedModel {
  std::shared_ptr<const Model> model;
  Provenance provenance;
};

/// What a model is measured on: trained on `history`, held against `later`.
struct HeldOutPart {
  std::span<const Purchase> history;
  std::span<const Purchase> later;
  std::span<const ItemId> catalogue;
  std::string data_version;
  bool by_time = false;  ///< `later` lies after `history`
};

/// Both models on the same events.
struct ServedComparison {
  std::optional<PrecisionPair> figures;
  std::string why_none;  ///< a sentence, where there are no figures
};

/// Compares fairly: a served model that has learned from the held-out events would shine. Where it
/// was made from the same data in the same way, its own figure of then counts; else the held-out
/// events after all that it has learned from. `report` is the new model's on `part`.
ServedComparison compare_with_served(const Recommender& recommender, const HeldOutReport& report,
                                     const HeldOutPart& part, const ServedModel& served,
                                     const HeldOutConfig& config);

/// The pair of a report whose first contender is the new model and the second the served one.
std::optional<PrecisionPair> precision_pair(const HeldOutReport& report);

}  // namespace punnet
