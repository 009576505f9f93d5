#include "eval/metrics.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "base/seeded_random.h"

namespace punnet {
namespace {

using Items = std::vector<ItemId>;

TEST(Metrics, AreThoseOfACalculationByHand) {
  const Items list{{7}, {1}, {9}, {3}, {8}};
  const Items truth{{1}, {2}, {3}};
  const auto metrics = score_list(list, truth, 5);
  EXPECT_DOUBLE_EQ(metrics.precision, 0.4);
  EXPECT_DOUBLE_EQ(metrics.recall, 2.0 / 3);
  EXPECT_DOUBLE_EQ(metrics.reciprocal_rank, 0.5);
  EXPECT_DOUBLE_EQ(metrics.hit, 1);
  // Hits at ranks 2 and 4 of a best case of ranks 1, 2 and 3.
  EXPECT_NEAR(metrics.ndcg, (0.63092975 + 0.43067656) / (1 + 0.63092975 + 0.5), 1e-8);
}

TEST(Metrics, OfAListWithoutHitsAreZero) {
  const auto metrics = score_list(Items{{1}, {2}}, Items{{3}}, 5);
  for (const auto& column : kMetricColumns) EXPECT_EQ(metrics.*column.value, 0) << column.name;
  EXPECT_EQ(score_list(Items{}, Items{{3}}, 5).ndcg, 0);
}

TEST(Metrics, LookNoFurtherThanK) {
  EXPECT_EQ(score_list(Items{{1}, {2}, {3}}, Items{{3}}, 2).hit, 0);
}

TEST(Metrics, TakeEmptyPlacesForMisses) {
  EXPECT_DOUBLE_EQ(score_list(Items{{3}}, Items{{3}}, 5).precision, 0.2);
  EXPECT_DOUBLE_EQ(score_list(Items{{3}}, Items{{3}}, 5).ndcg, 1);
}

/// The best gain by trying every order of the truth and other items on k places.
double naive_ndcg(const Items& list, const Items& truth, std::size_t k) {
  const auto gain = [&](const Items& items) {
    double sum = 0;
    for (std::size_t i = 0; i < std::min(k, items.size()); ++i) {
      const bool hit = std::find(truth.begin(), truth.end(), items[i]) != truth.end();
      if (hit) sum += std::log(2.0) / std::log(static_cast<double>(i) + 2);
    }
    return sum;
  };
  Items all = truth;
  for (const auto item : list) {
    if (std::find(all.begin(), all.end(), item) == all.end()) all.push_back(item);
  }
  std::sort(all.begin(), all.end());
  double best = 0;
  do {
    best = std::max(best, gain(all));
  } while (std::next_permutation(all.begin(), all.end()));
  return gain(list) / best;
}

RC_GTEST_PROP(Metrics, AgreeWithBruteForce, (std::uint64_t seed)) {
  SeededRandom random(seed);
  Items shop{{1}, {2}, {3}, {4}, {5}, {6}, {7}, {8}};
  random.shuffle(shop);
  const Items list(shop.begin(), shop.begin() + static_cast<std::ptrdiff_t>(random.below(5)));
  random.shuffle(shop);
  Items truth(shop.begin(), shop.begin() + static_cast<std::ptrdiff_t>(1 + random.below(4)));
  std::sort(truth.begin(), truth.end());
  const auto k = 1 + random.below(5);
  const auto metrics = score_list(list, truth, k);
  RC_ASSERT(std::abs(metrics.ndcg - naive_ndcg(list, truth, k)) < 1e-12);
  std::size_t hits = 0;
  double rank = 0;
  for (std::size_t i = 0; i < std::min(k, list.size()); ++i) {
    for (const auto item : truth) {
      if (item != list[i]) continue;
      if (hits++ == 0) rank = 1.0 / static_cast<double>(i + 1);
    }
  }
  RC_ASSERT(metrics.precision == static_cast<double>(hits) / static_cast<double>(k));
  RC_ASSERT(metrics.recall == static_cast<double>(hits) / static_cast<double>(truth.size()));
  RC_ASSERT(metrics.reciprocal_rank == rank);
  RC_ASSERT(metrics.hit == (hits > 0 ? 1.0 : 0.0));
}

TEST(Bootstrap, KnowsWhatDoesNotVary) {
  const Bootstrap bootstrap(50, 200, 1);
  const std::vector<double> values(50, 0.25);
  const auto estimate = bootstrap.estimate(values);
  EXPECT_DOUBLE_EQ(estimate.mean, 0.25);
  EXPECT_DOUBLE_EQ(estimate.low, 0.25);
  EXPECT_DOUBLE_EQ(estimate.high, 0.25);
}

TEST(Bootstrap, IsAsWideAsTheoryForACoin) {
  std::vector<double> coin(1000);
  for (std::size_t i = 0; i < coin.size(); i += 2) coin[i] = 1;
  const auto estimate = Bootstrap(1000, 2000, 3).estimate(coin);
  const double half_width = 1.96 * std::sqrt(0.25 / 1000);
  EXPECT_DOUBLE_EQ(estimate.mean, 0.5);
  EXPECT_NEAR(estimate.low, 0.5 - half_width, 0.003);
  EXPECT_NEAR(estimate.high, 0.5 + half_width, 0.003);
}

TEST(Bootstrap, PairsUsers) {
  // Users differ widely, and each does a little better with a.
  std::vector<double> a(400);
  std::vector<double> b(400);
  for (std::size_t u = 0; u < 400; ++u) {
    b[u] = u % 2 == 0 ? 0 : 1;
    a[u] = b[u] + (u % 3 == 0 ? 0.02 : 0.01);
  }
  const Bootstrap bootstrap(400, 1000, 1);
  const auto difference = bootstrap.paired_difference(a, b);
  EXPECT_GT(difference.low, 0.01);
  EXPECT_LT(difference.high, 0.02);
  EXPECT_GT(bootstrap.estimate(a).low, 0.4);
  EXPECT_LT(bootstrap.estimate(a).low, bootstrap.estimate(b).high) << "unpaired they overlap";
}

TEST(Bootstrap, IsTheSameForTheSameSeed) {
  std::vector<double> values;
  for (int u = 0; u < 100; ++u) values.push_back(u % 7);
  const auto once = Bootstrap(100, 300, 5).estimate(values);
  const auto again = Bootstrap(100, 300, 5).estimate(values);
  const auto other = Bootstrap(100, 300, 6).estimate(values);
  EXPECT_EQ(once.low, again.low);
  EXPECT_NE(once.low, other.low);
  EXPECT_EQ(Bootstrap(0, 300, 5).estimate({}).mean, 0);
}

}  // namespace
}  // namespace punnet
