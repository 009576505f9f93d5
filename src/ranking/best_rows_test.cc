#include "ranking/best_rows.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "base/seeded_random.h"

namespace punnet {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

std::vector<ScoredRow> by_sorting(std::vector<ScoredRow> rows, std::size_t k) {
  std::ranges::sort(rows, [](const ScoredRow& a, const ScoredRow& b) {
    return a.score != b.score ? a.score > b.score : a.row > b.row;
  });
  rows.resize(std::min(k, rows.size()));
  return rows;
}

std::vector<ScoredRow> random_rows(std::size_t count, SeededRandom& random) {
  const float some[] = {0.0F, -0.0F, kInfinity, -kInfinity, 1e-45F, -1e-45F, 1.0F, -1.0F};
  std::vector<ScoredRow> rows(count);
  for (std::size_t n = 0; n < count; ++n) {
    rows[n] = {static_cast<std::int32_t>(n),
               random.below(2) == 0 ? some[random.below(8)] : static_cast<float>(random.normal())};
    std::swap(rows[n], rows[random.below(n + 1)]);
  }
  return rows;
}

RC_GTEST_PROP(BestRows, EqualSortingWhateverTheirNumberAndOrder, (std::uint64_t seed)) {
  SeededRandom random(seed);
  const auto k = random.below(2) == 0 ? random.below(40) : random.below(1200);
  const auto rows = random_rows(random.below(3000), random);
  BestRows best(k);
  BestRows other(k);
  for (const auto& [row, score] : rows) {
    if (score < best.threshold()) continue;
    (random.below(3) == 0 ? other : best).offer(row, score);
  }
  best.offer_all(other);
  RC_ASSERT(best.take() == by_sorting(rows, k));
}

TEST(BestRows, LetEverythingInUntilThereAreEnough) {
  for (const std::size_t k : {3U, 300U}) {
    BestRows best(k);
    EXPECT_TRUE(std::isnan(best.threshold()));
    for (std::int32_t row = 0; row < 1000; ++row) best.offer(row, static_cast<float>(row));
    EXPECT_GE(best.threshold(), 1000.0F - 2 * static_cast<float>(k));
    EXPECT_LE(best.threshold(), 1000.0F - static_cast<float>(k));
  }
}

TEST(BestRows, OfNoneLetNothingIn) {
  BestRows none(0);
  EXPECT_EQ(none.threshold(), kInfinity);
  none.offer(1, kInfinity);
  EXPECT_TRUE(none.take().empty());
}

}  // namespace
}  // namespace punnet
