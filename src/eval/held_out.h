#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "domain/purchase.h"
#include "eval/held_out_task.h"
#include "eval/lists.h"
#include "eval/metrics.h"
#include "ranking/recommender.h"

namespace punnet {

struct HeldOutConfig {
  std::size_t k = 5;
  std::uint64_t seed = 0;        ///< of the random baseline and of the resampling
  std::size_t resamples = 1000;  ///< behind every 95 % interval
  int threads = 1;
};

/// A model under test. The first one given is the one that the report is about.
struct Contender {
  std::string name;
  const Recommender* recommender = nullptr;  ///< not owned
};

/// How one way of making lists did.
struct ContenderScore {
  std::string name;
  bool is_model = false;          ///< else a baseline
  std::vector<Estimate> metrics;  ///< in the order of kMetricColumns
  std::vector<Estimate>
      first_minus;  ///< the first contender minus this one, paired; empty for itself
  Coverage coverage;
};

struct TrackScores {
  Track track = Track::kAllPurchases;
  std::size_t users = 0;
  double truth_size = 0;               ///< mean
  std::vector<ContenderScore> scores;  ///< models in the order given, then baselines
};

struct HeldOutReport {
  std::size_t k = 0;
  std::size_t history_rows = 0;
  std::size_t later_rows = 0;
  std::size_t catalogue_items = 0;
  std::vector<TrackScores> tracks;  ///< all purchases, new items
};

inline constexpr char kPopularityName[] = "popularity";
inline constexpr char kOwnFrequencyName[] = "own most frequent";
inline constexpr char kRandomName[] = "random";

/// Measures models on what users bought later, next to three baselines: popularity, own most
/// frequent (not on the track of new items, from which it could show nothing) and random. Every
/// contender answers for the same users; a list that a model cannot give counts as all misses.
///
/// `history` is what the models were trained on, or may use; `later` must lie after it for the
/// figures to mean anything. `catalogue` as make_held_out_task. Requires at least one model.
HeldOutReport evaluate_held_out(std::span<const Purchase> history, std::span<const Purchase> later,
                                std::span<const ItemId> catalogue,
                                std::span<const Contender> models, const HeldOutConfig& config);

/// The score of that name; null when there is none.
const ContenderScore* find_score(const TrackScores& track, std::string_view name);

}  // namespace punnet
