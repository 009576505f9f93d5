#include "training/retrain.h"

#include <fmt/format.h>

#include <array>

#include "eval/text_table.h"

namespace punnet {

std::vector<Purchase> purchases_after(std::span<const Purchase> purchases, Timestamp time) {
  std::vector<Purchase> later;
  for (const auto& purchase : purchases) {
    if (purchase.time && *purchase.time > time) later.push_back(purchase);
  }
  return later;
}

HeldOutReport compare_models(std::span<const Purchase> history, std::span<const Purchase> later,
                             std::span<const ItemId> catalogue, const Recommender& new_model,
                             const Recommender& old_model, const HeldOutConfig& config) {
  const std::array<Contender, 2> models{{{.name = kNewModelName, .recommender = &new_model},
                                         {.name = kOldModelName, .recommender = &old_model}}};
  return evaluate_held_out(history, later, catalogue, models, config);
}

std::string describe_effect(const HeldOutReport& comparison) {
  const auto& track = comparison.tracks.front();
  if (track.users == 0) return "No user bought anything after the last training row.";
  const auto& new_score = track.scores[0];
  const auto& old_score = track.scores[1];
  const auto& gain = old_score.first_minus.front();
  const auto* verdict = gain.low > 0    ? "retraining helped"
                        : gain.high < 0 ? "retraining hurt"
                                        : "no difference can be told";
  return fmt::format(
      "P@{} of {} users after the last training row: new model {:.4f}, old model {:.4f}, "
      "difference "
      "{:+.4f} [{:+.4f}, {:+.4f}]: {}.",
      comparison.k, with_commas(static_cast<std::int64_t>(track.users)),
      new_score.metrics.front().mean, old_score.metrics.front().mean, gain.mean, gain.low,
      gain.high, verdict);
}

}  // namespace punnet
