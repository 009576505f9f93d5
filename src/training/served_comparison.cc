#include "training/served_comparison.h"

#include <algorithm>
#include <utility>

#include "training/provenance.h"
#include "training/retrain.h"

namespace punnet {
namespace {

constexpr std::size_t kPrecision = 0;  // place in kMetricColumns

const TrackScores* all_purchases(const HeldOutReport& report) {
  const auto track = std::ranges::find(report.tracks, Track::kAllPurchases, &TrackScores::track);
  return track == report.tracks.end() || track->users == 0 ? nullptr : &*track;
}

/// The served model's own figure, if it was measured on the very same events.
std::optional<PrecisionPair> recorded_pair(const HeldOutReport& report, const HeldOutPart& part,
                                           const ServedModel& served, const HeldOutConfig& config) {
  const auto* track = all_purchases(report);
  const auto then = recorded_measurement(served.provenance);
  if (track == nullptr || !then) return std::nullopt;
  const RecordedMeasurement now{.data_version = part.data_version,
                                .seed = static_cast<std::int64_t>(config.seed),
                                .by_time = part.by_time,
                                .k = static_cast<std::int64_t>(report.k),
                                .history_rows = static_cast<std::int64_t>(report.history_rows),
                                .later_rows = static_cast<std::int64_t>(report.later_rows),
                                .users = static_cast<std::int64_t>(track->users),
                                .precision = then->precision};
  if (now != *then) return std::nullopt;
  return PrecisionPair{.model = track->scores.front().metrics[kPrecision].mean,
                       .served = then->precision,
                       .users = track->users,
                       .difference = {}};
}

bool all_have_times(std::span<const Purchase> purchases) {
  return std::ranges::all_of(purchases,
                             [](const Purchase& purchase) { return purchase.time.has_value(); });
}

}  // namespace

ServedComparison compare_with_served(const Recommender& recommender, const HeldOutReport& report,
                                     const HeldOutPart& part, const ServedModel& served,
                                     const HeldOutConfig& config) {
  if (auto recorded = recorded_pair(report, part, served, config)) return {recorded, {}};
  const auto learned_until = last_training_time(served.provenance);
  if (!learned_until || !part.by_time || !all_have_times(part.later)) {
    return {{},
            "It was not compared with the served model: nobody knows which of the held-out "
            "events that one has learned from."};
  }
  const auto unseen = purchases_after(part.later, *learned_until);
  if (unseen.empty()) {
    return {{},
            "It was not compared with the served model, which has learned from all of the "
            "held-out events."};
  }
  const Recommender served_recommender(served.model);
  const auto both =
      compare_models(part.history, unseen, part.catalogue, recommender, served_recommender, config);
  if (auto pair = precision_pair(both)) return {pair, {}};
  return {{},
          "It was not compared with the served model: no user bought anything of the catalogue "
          "after all that that one has learned from."};
}

std::optional<PrecisionPair> precision_pair(const HeldOutReport& report) {
  const auto* track = all_purchases(report);
  if (track == nullptr || track->scores.size() < 2 || !track->scores[1].is_model) {
    return std::nullopt;
  }
  const auto& served = track->scores[1];
  return PrecisionPair{.model = track->scores.front().metrics[kPrecision].mean,
                       .served = served.metrics[kPrecision].mean,
                       .users = track->users,
                       .difference = served.first_minus.empty()
                                         ? std::nullopt
                                         : std::optional(served.first_minus[kPrecision])};
}

}  // namespace punnet
