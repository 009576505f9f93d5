#include "ranking/top_k.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "base/seeded_random.h"
#include "tests/support/random_interactions.h"

namespace punnet {
namespace {

using Lists = std::vector<std::vector<ScoredRow>>;

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

float dot(std::span<const float> x, std::span<const float> y) {
  float sum = 0;
  for (std::size_t f = 0; f < x.size(); ++f) {
    const float product = x[f] * y[f];
    sum += product;
  }
  return sum;
}

// Scores everything, sorts everything.
std::vector<ScoredRow> by_sorting(const FactorMatrix& items, const TopKQuery& query,
                                  const RowSet* allowed) {
  std::vector<ScoredRow> all;
  for (std::size_t n = 0; n < items.rows(); ++n) {
    const auto row = static_cast<std::int32_t>(n);
    const float score = dot(query.user, items.row(n));
    if (std::isnan(score) || (allowed != nullptr && !allowed->contains(n))) continue;
    if (std::ranges::find(query.excluded, row) != query.excluded.end()) continue;
    all.push_back({row, score});
  }
  std::ranges::sort(all, [](const ScoredRow& a, const ScoredRow& b) {
    return a.score != b.score ? a.score > b.score : a.row > b.row;
  });
  all.resize(std::min(all.size(), query.k));
  return all;
}

// Few distinct values, so that scores tie; now and then one that is no number.
FactorMatrix rough_factors(std::size_t rows, int rank, bool wild, SeededRandom& random) {
  FactorMatrix factors(rows, rank);
  for (auto& x : factors.values()) {
    x = static_cast<float>(random.below(5)) - 2;
    if (!wild || random.below(20) != 0) continue;
    const float strange[] = {kNaN, kInfinity, -kInfinity, 1e38F};
    x = strange[random.below(4)];
  }
  return factors;
}

RC_GTEST_PROP(TopK, EqualsSortingOnRandomInput, (std::uint64_t seed)) {
  SeededRandom random(seed);
  const auto rank = static_cast<int>(1 + random.below(9));
  const auto items = rough_factors(random.below(70), rank, random.below(2) == 0, random);
  const auto users = rough_factors(random.below(10), rank, random.below(4) == 0, random);

  RowSet allowed(items.rows());
  const auto share = 1 + random.below(4);
  for (std::size_t n = 0; n < items.rows(); ++n) {
    if (random.below(share) == 0) allowed.insert(n);
  }
  std::vector<std::vector<std::int32_t>> excluded(users.rows());
  std::vector<TopKQuery> queries;
  for (std::size_t u = 0; u < users.rows(); ++u) {
    for (std::size_t n = 0; n < items.rows(); ++n) {
      if (random.below(4) == 0) excluded[u].push_back(static_cast<std::int32_t>(n));
    }
    queries.push_back({users.row(u), random.below(80), excluded[u]});
  }

  const PackedItems packed(items);
  for (const RowSet* filter : {static_cast<const RowSet*>(nullptr), &std::as_const(allowed)}) {
    Lists expected;
    for (const auto& query : queries) expected.push_back(by_sorting(items, query, filter));
    RC_ASSERT(top_k(packed, queries, filter) == expected);
  }
}

TEST(TopK, EqualsSortingOnManyItems) {
  const auto items = random_factors(3000, 13, 1);
  const auto users = random_factors(11, 13, 2);
  const PackedItems packed(items);
  for (const std::size_t k : {1U, 5U, 100U, 1000U, 3000U, 5000U}) {
    std::vector<TopKQuery> queries;
    Lists expected;
    for (std::size_t u = 0; u < users.rows(); ++u) {
      queries.push_back({users.row(u), k, {}});
      expected.push_back(by_sorting(items, queries.back(), nullptr));
    }
    EXPECT_EQ(top_k(packed, queries), expected) << k;
  }
}

TEST(TopK, OfEqualScoresTheHigherRowComesFirst) {
  FactorMatrix items(40, 1);
  std::ranges::fill(items.values(), 2.0F);
  const std::vector<float> user{3};
  const std::vector<TopKQuery> queries{{user, 3, {}}};
  const Lists expected{{{39, 6}, {38, 6}, {37, 6}}};
  EXPECT_EQ(top_k(PackedItems(items), queries), expected);
}

TEST(TopK, AScoreThatIsNotANumberNeverEnters) {
  FactorMatrix items(3, 1);
  items.values()[0] = kNaN;
  items.values()[1] = -kInfinity;
  items.values()[2] = 1;
  const std::vector<float> user{1};
  const std::vector<TopKQuery> queries{{user, 3, {}}};
  const Lists expected{{{2, 1}, {1, -kInfinity}}};
  EXPECT_EQ(top_k(PackedItems(items), queries), expected);
}

TEST(TopK, ExclusionDoesNotShortenAList) {
  const auto items = random_factors(100, 4, 1);
  const auto users = random_factors(1, 4, 2);
  std::vector<TopKQuery> queries{{users.row(0), 90, {}}};
  std::vector<std::int32_t> best;
  const auto unfiltered = top_k(PackedItems(items), queries);
  for (const auto& entry : unfiltered.front()) best.push_back(entry.row);
  std::ranges::sort(best);
  queries[0] = {users.row(0), 10, best};
  const auto rest = top_k(PackedItems(items), queries).front();
  EXPECT_EQ(rest.size(), 10U);
  EXPECT_EQ(rest, by_sorting(items, queries[0], nullptr));
}

TEST(TopK, AListDoesNotDependOnTheOthersInItsBatch) {
  const auto items = random_factors(500, 10, 1);
  const auto users = random_factors(13, 10, 2);
  const PackedItems packed(items);
  std::vector<TopKQuery> queries;
  for (std::size_t u = 0; u < users.rows(); ++u) queries.push_back({users.row(u), 5, {}});
  const auto together = top_k(packed, queries);
  for (std::size_t u = 0; u < users.rows(); ++u) {
    EXPECT_EQ(top_k(packed, std::span(queries).subspan(u, 1)).front(), together[u]);
  }
}

TEST(TopK, NothingAskedIsNothingGiven) {
  const auto items = random_factors(20, 2, 1);
  EXPECT_EQ(top_k(PackedItems(items), {}), Lists{});
  const std::vector<TopKQuery> none{{items.row(0), 0, {}}};
  EXPECT_EQ(top_k(PackedItems(items), none), Lists{{}});
  const std::vector<TopKQuery> five{{items.row(0), 5, {}}};
  EXPECT_EQ(top_k(PackedItems(FactorMatrix(0, 2)), five), Lists{{}});
}

}  // namespace
}  // namespace punnet
