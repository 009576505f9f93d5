#pragma once

#include <optional>
#include <string>

#include "app/command.h"
#include "base/result.h"
#include "ports/model_store.h"
#include "training/gate.h"
#include "training/train_model.h"

namespace punnet {

/// The model that is served, for another to be measured beside it. Absent when there is none, and,
/// with a warning, when it cannot be loaded: a new one must be able to take its place.
std::optional<ServedModel> load_served(const CommandContext& context, ModelStore& models);

/// What the gate says of a model, and what follows from it.
struct GateDecision {
  GateVerdict verdict;
  bool refuses = true;  ///< else it only reports

  bool keeps_out() const { return refuses && !verdict.passed(); }

  /// A line for each finding.
  std::string text() const;

  /// kInvalid: which figure, and which option.
  Error refusal() const;
};

/// Judges what was trained, and puts the verdict into its provenance. `effect`: both models on
/// events that neither has seen, the new one first; counts before what training measured.
GateDecision judge_trained(const CommandContext& context, TrainedModel& trained,
                           const std::optional<HeldOutReport>& effect = std::nullopt);

/// Judges a model that came from elsewhere by its lists alone, which is reported and refuses
/// nothing; returns `provenance` with the verdict.
Provenance judge_imported(const CommandContext& context, const std::shared_ptr<const Model>& model,
                          const Provenance& provenance);

/// Says which model a stream begins with, and what the gate said of it: the first line of the
/// results or, where these are JSON, a line of the log. Nothing when no model is served.
void announce_served(CommandContext& context, ModelStore& models);

}  // namespace punnet
