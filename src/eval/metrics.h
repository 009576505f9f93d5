#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "domain/ids.h"

namespace punnet {

/// What a list was worth to one user.
struct ListMetrics {
  double precision = 0;  ///< hits / k: places left empty are misses
  double recall = 0;     ///< hits / size of the truth
  double ndcg = 0;       ///< hits discounted by 1 / log2(rank + 1), over the best possible sum
  double reciprocal_rank = 0;  ///< 1 / rank of the first hit, 0 without one
  double hit = 0;              ///< 1 when there is a hit
};

/// A column of ListMetrics and what reports call it.
struct MetricColumn {
  std::string_view name;   ///< in JSON, e.g. "precision"
  std::string_view title;  ///< in tables, before "@5"
  double ListMetrics::*value;
};

inline constexpr std::array<MetricColumn, 5> kMetricColumns{{
    {"precision", "P", &ListMetrics::precision},
    {"recall", "R", &ListMetrics::recall},
    {"ndcg", "nDCG", &ListMetrics::ndcg},
    {"mrr", "MRR", &ListMetrics::reciprocal_rank},
    {"hit_rate", "HR", &ListMetrics::hit},
}};

/// Scores the first `k` of `list` (best first, no item twice). Requires k > 0 and a `truth` that is
/// ascending, distinct and not empty.
ListMetrics score_list(std::span<const ItemId> list, std::span<const ItemId> truth, std::size_t k);

/// A mean over users with its 95 % interval.
struct Estimate {
  double mean = 0;
  double low = 0;
  double high = 0;
};

/// 95 % intervals by bootstrap over users: the mean is taken again over `resamples` draws of as
/// many users, with repeats, and the interval reaches from the 2.5th to the 97.5th percentile of
/// these means. The draws depend on `seed` and the number of users alone, so two measures of the
/// same users are resampled together, and the interval of their difference is the paired one.
class Bootstrap {
 public:
  Bootstrap(std::size_t users, std::size_t resamples, std::uint64_t seed);

  /// One value per user. Without users all is zero.
  Estimate estimate(std::span<const double> values) const;

  /// Of a minus b, user by user.
  Estimate paired_difference(std::span<const double> a, std::span<const double> b) const;

 private:
  std::size_t users_;
  std::size_t resamples_;
  std::vector<std::uint32_t> drawn_;  // resamples_ times users_
};

}  // namespace punnet
