#include "ranking/top_k.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "base/seeded_random.h"
#include "ranking/scan.h"
#include "tests/support/each_simd_target.h"
#include "tests/support/random_interactions.h"

namespace punnet {
namespace {

using Lists = std::vector<std::vector<ScoredRow>>;

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

float dot(std::span<const float> x, std::span<const float> y) {
  const auto target = std::string(scan_target());
  const bool fused = target != "SSE4" && target != "SSSE3" && target != "SCALAR";
  float sum = 0;
  for (std::size_t f = 0; f < x.size(); ++f) {
    const float product = x[f] * y[f];
    sum = fused ? std::fma(x[f], y[f], sum) : sum + product;
  }
  return sum;
}

// Scores everything, sorts everything.
std::vector<ScoredRow> by_sorting(const FactorMatrix& items, const TopKQuery& query,
                                  const RowSet* allowed = nullptr) {
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

Lists by_sorting(const FactorMatrix& items, std::span<const TopKQuery> queries,
                 const RowSet* allowed = nullptr) {
  Lists lists;
  for (const auto& query : queries) lists.push_back(by_sorting(items, query, allowed));
  return lists;
}

std::vector<TopKQuery> ask(const FactorMatrix& users, std::size_t k) {
  std::vector<TopKQuery> queries;
  for (std::size_t u = 0; u < users.rows(); ++u) queries.push_back({users.row(u), k, {}});
  return queries;
}

// Few distinct values, so that scores tie; now and then one that is no number, or overflows.
FactorMatrix rough_factors(std::size_t rows, int rank, bool wild, SeededRandom& random) {
  const float strange[] = {kNaN, kInfinity, -kInfinity, 1e38F, -3e38F, 1e-38F, 1e-45F, -0.0F};
  FactorMatrix factors(rows, rank);
  for (auto& x : factors.values()) {
    x = static_cast<float>(random.below(5)) - 2;
    if (wild && random.below(20) == 0) x = strange[random.below(8)];
  }
  // Norms of different sizes, so that much can be ruled out.
  if (random.below(2) == 0) {
    for (std::size_t r = 0; r < rows; ++r) {
      const auto scale = static_cast<float>(random.below(4)) * 0.5F;
      for (auto& x : factors.row(r)) x *= scale;
    }
  }
  return factors;
}

RowSet random_rows(std::size_t rows, SeededRandom& random) {
  RowSet set(rows);
  const auto share = 1 + random.below(4);
  for (std::size_t n = 0; n < rows; ++n) {
    if (random.below(share) == 0) set.insert(n);
  }
  return set;
}

// Between nothing and everything.
std::vector<std::int32_t> random_exclusion(std::size_t rows, SeededRandom& random) {
  const auto share = random.below(5);
  std::vector<std::int32_t> excluded;
  for (std::size_t n = 0; n < rows; ++n) {
    if (random.below(4) < share) excluded.push_back(static_cast<std::int32_t>(n));
  }
  return excluded;
}

RC_GTEST_PROP(TopK, EqualsSortingOnRandomInputWhateverTheMachine, (std::uint64_t seed)) {
  SeededRandom random(seed);
  const auto rank = static_cast<int>(1 + random.below(9));
  const auto rows = random.below(8) == 0 ? random.below(3000) : random.below(140);
  const auto items = rough_factors(rows, rank, random.below(2) == 0, random);
  const auto users = rough_factors(random.below(20), rank, random.below(4) == 0, random);
  const auto allowed = random_rows(rows, random);
  std::vector<std::vector<std::int32_t>> excluded(users.rows());
  std::vector<TopKQuery> queries;
  for (std::size_t u = 0; u < users.rows(); ++u) {
    excluded[u] = random_exclusion(rows, random);
    queries.push_back({users.row(u), random.below(150), excluded[u]});
  }

  const PackedItems packed(items);
  for_each_simd_target([&](std::int64_t) {
    for (const RowSet* filter : {static_cast<const RowSet*>(nullptr), &allowed}) {
      RC_ASSERT(top_k(packed, queries, filter) == by_sorting(items, queries, filter));
    }
  });
}

TEST(TopK, EqualsSortingForEveryNumberOfUsersAndLengthOfList) {
  const auto items = random_factors(1500, 13, 1);
  const PackedItems packed(items);
  for_each_simd_target([&](std::int64_t target) {
    for (std::size_t count = 1; count <= 18; ++count) {
      const auto users = random_factors(count, 13, count);
      for (const std::size_t k : {1U, 5U, 32U, 33U, 1000U, 1500U, 5000U}) {
        const auto queries = ask(users, k);
        ASSERT_EQ(top_k(packed, queries), by_sorting(items, queries))
            << hwy::TargetName(target) << ", " << count << " users, k " << k;
      }
    }
  });
}

TEST(TopK, IsTheSameOnMachinesThatMultiplyAndAddAtOnce) {
  const auto items = random_factors(3000, 40, 1);
  const auto users = random_factors(11, 40, 2);
  const PackedItems packed(items);
  std::vector<Lists> fused;
  for_each_simd_target([&](std::int64_t target) {
    if (target == HWY_AVX2 || target == HWY_AVX3) fused.push_back(top_k(packed, ask(users, 20)));
  });
  for (const auto& lists : fused) EXPECT_EQ(lists, fused.front());
}

TEST(TopK, DoesNotDependOnTheNumberOfThreads) {
  const auto items = random_factors(30'000, 24, 1);
  const PackedItems packed(items);
  for (const std::size_t count : {1U, 3U, 30U, 300U}) {
    const auto users = random_factors(count, 24, count);
    for (const std::size_t k : {7U, 100U}) {
      const auto queries = ask(users, k);
      const auto alone = top_k(packed, queries, nullptr, 1);
      for (const int threads : {2, 3, 8, 1000}) {
        EXPECT_EQ(top_k(packed, queries, nullptr, threads), alone) << count << ' ' << threads;
      }
    }
  }
}

TEST(TopK, RulesOutItemsByNormWithoutLosingAny) {
  // Items of ever smaller norm, and users who want the small ones, too: those whose direction fits.
  auto items = random_factors(5000, 4, 1);
  for (std::size_t n = 0; n < items.rows(); ++n) {
    for (auto& x : items.row(n)) x /= static_cast<float>(1 + n % 97);
  }
  const auto users = random_factors(50, 4, 2);
  for (const std::size_t k : {1U, 6U, 400U}) {
    const auto queries = ask(users, k);
    EXPECT_EQ(top_k(PackedItems(items), queries), by_sorting(items, queries)) << k;
  }
}

TEST(TopK, OfEqualScoresTheHigherRowComesFirst) {
  FactorMatrix items(3000, 1);
  std::ranges::fill(items.values(), 2.0F);
  for (const float factor : {3.0F, 0.0F, -0.0F}) {
    const std::vector<float> user{factor};
    const std::vector<TopKQuery> queries{{user, 3, {}}};
    const float score = factor * 2;
    const Lists expected{{{2999, score}, {2998, score}, {2997, score}}};
    EXPECT_EQ(top_k(PackedItems(items), queries), expected);
  }
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

TEST(TopK, ScoresThatOverflowTieAndAreNotRuledOut) {
  // 600 items of ever smaller norm, every score too large for a float.
  FactorMatrix items(600, 1);
  for (std::size_t n = 0; n < 600; ++n) {
    items.values()[n] = 3e38F - 1e35F * static_cast<float>(n);
  }
  const std::vector<float> user{3e38F};
  const std::vector<TopKQuery> queries{{user, 2, {}}};
  const Lists expected{{{599, kInfinity}, {598, kInfinity}}};
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
  EXPECT_EQ(rest, by_sorting(items, queries[0]));
}

TEST(TopK, AListDoesNotDependOnTheOthersInItsBatch) {
  const auto items = random_factors(500, 10, 1);
  const auto users = random_factors(13, 10, 2);
  const PackedItems packed(items);
  const auto queries = ask(users, 5);
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
