#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "domain/ids.h"

namespace punnet {

/// An item to suggest. Higher scores first; scores of different models do not compare.
struct ScoredItem {
  ItemId item;
  float score = 0;

  bool operator==(const ScoredItem&) const = default;
};

/// Where a list of recommendations came from.
enum class RecommendationSource : std::uint8_t {
  kModel,       ///< the user's own factors
  kPopularity,  ///< the model's fallback, for a user it does not know
  kNone,        ///< no list: the original's answer for an unknown user
};

/// As stored in recs_source: "model", "popularity", "none".
std::string_view name(RecommendationSource source);

/// A list for one user, best first.
struct Recommendations {
  std::vector<ScoredItem> items;
  RecommendationSource source = RecommendationSource::kNone;
};

}  // namespace punnet
