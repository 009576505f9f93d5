#include "training/rate_purchases.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <map>

#include "training/generate.h"

namespace punnet {
namespace {

Purchase line(std::int64_t user, std::int64_t item, std::int32_t quantity) {
  Purchase purchase;
  purchase.user = {user};
  purchase.item = {item};
  purchase.quantity = quantity;
  return purchase;
}

const std::vector<Purchase> kPurchases{line(9, 50, 2), line(4, 50, 1), line(9, 50, 3),
                                       line(9, 40, 7)};

TEST(RatePurchases, KeepsEveryLineOfTheOriginalWithItsQuantity) {
  const auto rated = rate_purchases(kPurchases, RatingRule::kQuantity);
  EXPECT_EQ(rated.users.id(0), UserId{4});
  EXPECT_EQ(rated.items.id(1), ItemId{50});
  ASSERT_EQ(rated.interactions.size(), 4U);
  EXPECT_EQ(rated.interactions[0].user, 1);
  EXPECT_EQ(rated.interactions[0].item, 1);
  EXPECT_EQ(rated.interactions[0].rating, 2);
  EXPECT_EQ(rated.interactions[2].rating, 3);
}

TEST(RatePurchases, CountsLinesNotQuantity) {
  const auto rated = rate_purchases(kPurchases, RatingRule::kCount);
  ASSERT_EQ(rated.interactions.size(), 3U);
  EXPECT_EQ(rated.interactions[2].user, 1);
  EXPECT_EQ(rated.interactions[2].item, 1);
  EXPECT_EQ(rated.interactions[2].rating, 2);
  const auto logs = rate_purchases(kPurchases, RatingRule::kLogCount);
  EXPECT_FLOAT_EQ(logs.interactions[2].rating, std::log(3.0F));
}

TEST(RatePurchases, KnowsNobodyWhoBoughtNothingOfTheCatalogue) {
  const std::vector<ItemId> catalogue{{40}, {41}};
  const auto rated = rate_purchases(kPurchases, RatingRule::kCount, catalogue);
  ASSERT_EQ(rated.users.size(), 1U);
  EXPECT_EQ(rated.users.id(0), UserId{9});
  ASSERT_EQ(rated.items.size(), 1U);
  EXPECT_EQ(rated.interactions.size(), 1U);
}

RC_GTEST_PROP(RatePurchases, WeighsByBm25AsTheFormulaSays, (std::uint64_t seed)) {
  GenerateConfig config;
  config.users = 12;
  config.items = 60;
  config.purchases = 500;
  config.seed = seed;
  const auto purchases = generate_shop(config)->purchases;
  std::map<std::pair<UserId, ItemId>, double> lines;
  std::map<UserId, double> user_lines;
  std::map<ItemId, double> item_users;
  for (const auto& p : purchases) {
    if (lines[{p.user, p.item}]++ == 0) ++item_users[p.item];
    ++user_lines[p.user];
  }
  const auto users = static_cast<double>(user_lines.size());
  const double mean_lines = static_cast<double>(purchases.size()) / users;
  const auto rated = rate_purchases(purchases, RatingRule::kBm25);
  RC_ASSERT(rated.interactions.size() == lines.size());
  for (const auto& x : rated.interactions) {
    const auto user = rated.users.id(x.user);
    const auto item = rated.items.id(x.item);
    const double n = lines.at({user, item});
    const double expected = n * 101 / (100 * (0.2 + 0.8 * user_lines[user] / mean_lines) + n) *
                            std::log((users + 1) / (item_users[item] + 0.5));
    RC_ASSERT(std::abs(x.rating - expected) < 1e-5 * (1 + expected));
    RC_ASSERT(x.rating > 0);
  }
}

}  // namespace
}  // namespace punnet
