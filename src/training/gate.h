#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eval/held_out.h"
#include "eval/model_facts.h"

namespace punnet {

/// Two models on the same events, by the precision of their lists.
struct PrecisionPair {
  double model = 0;
  double served = 0;
  std::size_t users = 0;
  /// Model minus served, paired user by user; absent where only the means are known.
  std::optional<Estimate> difference;
};

/// What the gate judges by. Everything that is absent was not measured.
struct GateEvidence {
  ListFacts lists;                           ///< of the model that is to be published
  std::optional<ValueRange> ratings;         ///< what its scores were to predict
  std::optional<HeldOutReport> held_out;     ///< the model first
  std::optional<PrecisionPair> with_served;  ///< beside the model that is served
  std::string not_compared;                  ///< why with_served is absent
};

struct GateLimits {
  /// Scores in lists may leave the range of ratings by so many of its widths.
  double score_slack = 1;
  /// One item may stand in this share of lists, or in so many times as many as by chance, but never
  /// in more than the middle between chance and all.
  double share_of_lists = 0.30;
  double times_chance = 10;
  double share_of_catalogue = 0.01;  ///< of which lists must show more
  double worse_than_served = 0.10;   ///< share of its precision that may be lost
  std::size_t users = 30;            ///< of fewer, lists and precisions say nothing
};

enum class GateOutcome : std::uint8_t { kPassed, kFailed, kNotMeasured };

/// "passed", "failed", "not measured".
std::string_view name(GateOutcome outcome);

/// One question of the gate and its answer.
struct GateFinding {
  std::string check;  ///< "scores", "variety", "popularity", "served"
  GateOutcome outcome = GateOutcome::kNotMeasured;
  std::string sentence;  ///< with the figures
};

struct GateVerdict {
  std::vector<GateFinding> findings;

  /// True when nothing failed.
  bool passed() const;

  /// The sentences of what failed, one after the other.
  std::string failures() const;
};

/// Whether a model is fit to be served: scores are finite and within the range of what they
/// predict, lists are not the same for nearly everybody, it is not worse than popularity (the 95 %
/// interval of the difference lies below zero), and does not lose more than a tenth of the
/// precision of the model that is served. What was not measured does not fail.
GateVerdict judge(const GateEvidence& evidence, const GateLimits& limits = {});

}  // namespace punnet
