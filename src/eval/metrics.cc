#include "eval/metrics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <numeric>

#include "base/seeded_random.h"

namespace punnet {
namespace {

/// The worth of a hit at `rank`, from 1.
double discount(std::size_t rank) { return 1.0 / std::log2(static_cast<double>(rank) + 1); }

double mean_of(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// Of ascending values, between two neighbours where needed.
double quantile(std::span<const double> sorted, double q) {
  const double place = q * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const auto above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], place - static_cast<double>(below));
}

}  // namespace

ListMetrics score_list(std::span<const ItemId> list, std::span<const ItemId> truth, std::size_t k) {
  ListMetrics metrics;
  double hits = 0;
  double gain = 0;
  for (std::size_t i = 0; i < std::min(k, list.size()); ++i) {
    if (!std::binary_search(truth.begin(), truth.end(), list[i])) continue;
    if (hits == 0) metrics.reciprocal_rank = 1.0 / static_cast<double>(i + 1);
    ++hits;
    gain += discount(i + 1);
  }
  double best_gain = 0;
  for (std::size_t i = 0; i < std::min(k, truth.size()); ++i) best_gain += discount(i + 1);
  metrics.precision = hits / static_cast<double>(k);
  metrics.recall = hits / static_cast<double>(truth.size());
  metrics.ndcg = gain / best_gain;
  metrics.hit = hits > 0 ? 1 : 0;
  return metrics;
}

Bootstrap::Bootstrap(std::size_t users, std::size_t resamples, std::uint64_t seed)
    : users_(users), resamples_(resamples) {
  SeededRandom random(seed);
  drawn_.reserve(users * resamples);
  for (std::size_t i = 0; i < users * resamples; ++i) {
    drawn_.push_back(static_cast<std::uint32_t>(random.below(users)));
  }
}

Estimate Bootstrap::estimate(std::span<const double> values) const {
  if (users_ == 0) return {};
  const double mean = mean_of(values);
  if (resamples_ == 0) return {.mean = mean, .low = mean, .high = mean};
  std::vector<double> means(resamples_);
  auto at = drawn_.begin();
  for (auto& resampled : means) {
    // Four sums, since each addition waits for the one before it.
    std::array<double, 4> sums{};
    std::size_t u = 0;
    for (; u + 4 <= users_; u += 4) {
      for (auto& sum : sums) sum += values[*at++];
    }
    for (; u < users_; ++u) sums[0] += values[*at++];
    resampled = ((sums[0] + sums[1]) + (sums[2] + sums[3])) / static_cast<double>(users_);
  }
  std::sort(means.begin(), means.end());
  return {.mean = mean, .low = quantile(means, 0.025), .high = quantile(means, 0.975)};
}

Estimate Bootstrap::paired_difference(std::span<const double> a, std::span<const double> b) const {
  std::vector<double> differences(a.size());
  std::transform(a.begin(), a.end(), b.begin(), differences.begin(), std::minus<>{});
  return estimate(differences);
}

}  // namespace punnet
