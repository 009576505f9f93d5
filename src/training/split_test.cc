#include "training/split.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace punnet {
namespace {

std::vector<Purchase> numbered(std::size_t rows) {
  std::vector<Purchase> purchases(rows);
  for (std::size_t i = 0; i < rows; ++i) purchases[i].quantity = static_cast<std::int32_t>(i);
  return purchases;
}

std::vector<std::int32_t> numbers(const std::vector<Purchase>& purchases) {
  std::vector<std::int32_t> values;
  for (const auto& purchase : purchases) values.push_back(purchase.quantity);
  return values;
}

RC_GTEST_PROP(Split, PutsEveryRowIntoExactlyOnePart, (std::uint64_t seed)) {
  const auto rows = *rc::gen::inRange<std::size_t>(0, 300);
  SplitConfig config;
  config.seed = seed;
  config.fraction = *rc::gen::inRange(1, 100) / 100.0;
  const auto split = split_purchases(numbered(rows), config);
  RC_ASSERT(static_cast<bool>(split));
  const auto train = numbers(split->train);
  RC_ASSERT(std::is_sorted(train.begin(), train.end()));
  auto all = train;
  for (const auto n : numbers(split->test)) all.push_back(n);
  std::sort(all.begin(), all.end());
  RC_ASSERT(all == numbers(numbered(rows)));
}

TEST(Split, IsTheSameForTheSameSeedAndAnotherForAnother) {
  SplitConfig config;
  config.seed = 7;
  const auto once = split_purchases(numbered(1000), config);
  const auto again = split_purchases(numbered(1000), config);
  config.seed = 8;
  const auto other = split_purchases(numbered(1000), config);
  EXPECT_EQ(numbers(once->train), numbers(again->train));
  EXPECT_EQ(numbers(once->test), numbers(again->test));
  EXPECT_NE(numbers(once->train), numbers(other->train));
}

TEST(Split, TakesAboutTheFractionForTrain) {
  SplitConfig config;
  config.fraction = 0.8;
  const auto split = split_purchases(numbered(100'000), config);
  EXPECT_NEAR(static_cast<double>(split->train.size()), 80'000, 4 * std::sqrt(100'000 * 0.16));
}

TEST(Split, ShufflesTheTestPartUnlessTold) {
  SplitConfig config;
  const auto shuffled = numbers(split_purchases(numbered(1000), config)->test);
  EXPECT_FALSE(std::is_sorted(shuffled.begin(), shuffled.end()));
  config.shuffle_test = false;
  auto kept = numbers(split_purchases(numbered(1000), config)->test);
  EXPECT_TRUE(std::is_sorted(kept.begin(), kept.end()));
  auto sorted = shuffled;
  std::sort(sorted.begin(), sorted.end());
  EXPECT_EQ(sorted, kept);
}

TEST(Split, ByTimePutsThePastIntoTrainAndSettlesTiesByOrder) {
  auto purchases = numbered(6);
  const int times[] = {3, 1, 2, 2, 1, 0};
  for (std::size_t i = 0; i < 6; ++i) purchases[i].time = Timestamp(std::chrono::seconds(times[i]));
  SplitConfig config;
  config.mode = SplitMode::kTime;
  const auto split = split_purchases(purchases, config);
  ASSERT_TRUE(split);
  EXPECT_EQ(numbers(split->train), (std::vector<std::int32_t>{5, 1, 4}));
  EXPECT_EQ(numbers(split->test), (std::vector<std::int32_t>{2, 3, 0}));
}

TEST(Split, ByTimeNeedsATimeInEveryRow) {
  SplitConfig config;
  config.mode = SplitMode::kTime;
  auto purchases = numbered(2);
  purchases[0].time = Timestamp{};
  const auto refused = split_purchases(purchases, config);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("row 2 has no time; map it with --time-column"),
            std::string::npos);
}

TEST(Split, RefusesAFractionThatIsNone) {
  for (const double fraction : {0.0, 1.0, -0.1, 1.1, std::nan("")}) {
    SplitConfig config;
    config.fraction = fraction;
    EXPECT_EQ(split_purchases(numbered(2), config).error().code, ErrorCode::kInvalid);
  }
}

}  // namespace
}  // namespace punnet
