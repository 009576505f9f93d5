#include "training/generate.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <unordered_map>

#include "training/unit_guard.h"

namespace punnet {
namespace {

GenerateConfig small(std::uint64_t seed) {
  GenerateConfig config;
  config.users = 100;
  config.items = 300;
  config.purchases = 20'000;
  config.weeks = 10;
  config.seed = seed;
  return config;
}

TEST(Generate, GivesTheSameShopForTheSameSeed) {
  const auto once = generate_shop(small(4));
  const auto again = generate_shop(small(4));
  EXPECT_EQ(once->purchases, again->purchases);
  EXPECT_EQ(once->products, again->products);
  EXPECT_NE(once->purchases, generate_shop(small(5))->purchases);
}

RC_GTEST_PROP(Generate, KeepsToTheSizesGiven, (std::uint64_t seed)) {
  GenerateConfig config;
  config.users = *rc::gen::inRange<std::size_t>(1, 60);
  config.items = *rc::gen::inRange<std::size_t>(50, 120);
  config.purchases = *rc::gen::inRange<std::size_t>(1, 2000);
  config.weeks = *rc::gen::inRange(1, 5);
  config.seed = seed;
  const auto shop = generate_shop(config);
  RC_ASSERT(static_cast<bool>(shop));
  RC_ASSERT(shop->purchases.size() == config.purchases);
  RC_ASSERT(shop->products.size() == config.items);
  std::set<std::int64_t> users;
  const auto end = config.start + std::chrono::days{7 * config.weeks};
  for (const auto& purchase : shop->purchases) {
    users.insert(purchase.user.value);
    RC_ASSERT(*purchase.time >= config.start && *purchase.time < end);
  }
  RC_ASSERT(users.size() == std::min(config.users, config.purchases));
  RC_ASSERT(std::is_sorted(shop->purchases.begin(), shop->purchases.end(),
                           [](const auto& a, const auto& b) { return a.time < b.time; }));
}

TEST(Generate, NeverPutsAnItemTwiceIntoABasket) {
  const auto shop = generate_shop(small(1));
  std::set<std::pair<std::int64_t, std::int64_t>> seen;
  std::unordered_map<std::int64_t, Purchase> first;
  for (const auto& purchase : shop->purchases) {
    EXPECT_TRUE(seen.emplace(*purchase.basket, purchase.item.value).second);
    const auto [at, is_new] = first.try_emplace(*purchase.basket, purchase);
    EXPECT_EQ(at->second.user, purchase.user);
    EXPECT_EQ(at->second.time, purchase.time);
  }
  EXPECT_GT(first.begin()->first, std::int64_t{INT32_MAX});
}

TEST(Generate, HasAPopularityTailAndRepeats) {
  const auto shop = generate_shop(small(1));
  std::map<std::int64_t, int> lines;
  std::map<std::pair<std::int64_t, std::int64_t>, int> pairs;
  for (const auto& purchase : shop->purchases) {
    ++lines[purchase.item.value];
    ++pairs[{purchase.user.value, purchase.item.value}];
  }
  std::vector<int> counts;
  for (const auto& [item, count] : lines) counts.push_back(count);
  std::sort(counts.rbegin(), counts.rend());
  int top = 0;
  for (std::size_t i = 0; i < counts.size() / 10; ++i) top += counts[i];
  EXPECT_GT(top, 20'000 * 0.35) << "a tenth of the items makes over a third of the lines";
  EXPECT_LT(pairs.size(), 20'000 * 0.7) << "people buy again what they bought before";
}

TEST(Generate, RepeatsWhatWasBoughtLatelyMoreThanWhatWasBoughtLongAgo) {
  auto config = small(3);
  config.items = 5000;  // so many that few things are bought again by chance
  config.weeks = 52;
  const auto shop = generate_shop(config);
  std::map<std::pair<std::int64_t, std::int64_t>, std::array<int, 3>> lines_by_third;
  for (std::size_t i = 0; i < shop->purchases.size(); ++i) {
    const auto& purchase = shop->purchases[i];
    ++lines_by_third[{purchase.user.value, purchase.item.value}][3 * i / shop->purchases.size()];
  }
  int only_old = 0;
  int only_recent = 0;
  for (const auto& [pair, lines] : lines_by_third) {
    const auto [first, second, third] = lines;
    if (first > 0 && second == 0) only_old += third;
    if (first == 0 && second > 0) only_recent += third;
  }
  EXPECT_GT(only_recent, 1.55 * only_old) << only_recent << " " << only_old;
}

TEST(Generate, CarriesAFuelLikeOutlierThatTheGuardFinds) {
  const auto shop = generate_shop(small(2));
  auto purchases = shop->purchases;
  std::erase_if(purchases, [](const auto& p) { return p.quantity == 0 || p.sales_value == 0; });
  EXPECT_LT(purchases.size(), shop->purchases.size()) << "some rows are there to be cleaned away";
  const auto found = find_outlier_units(purchases, shop->products, {});
  ASSERT_EQ(found.groups.size(), 1U);
  EXPECT_EQ(found.groups[0].name, "GASOLINE-REG UNLEADED");
  EXPECT_GE(found.groups[0].items, 2);
  EXPECT_NEAR(found.share_of_lines, 0.01, 0.006);
  EXPECT_GT(found.share_of_quantity, 0.95);
}

TEST(Generate, RefusesSizesThatMakeNoShop) {
  auto config = small(1);
  config.items = 49;
  EXPECT_NE(generate_shop(config).error().message.find("--items"), std::string::npos);
  config = small(1);
  config.users = 0;
  EXPECT_NE(generate_shop(config).error().message.find("--users"), std::string::npos);
  config = small(1);
  config.purchases = 0;
  EXPECT_NE(generate_shop(config).error().message.find("--purchases"), std::string::npos);
  config = small(1);
  config.weeks = 0;
  EXPECT_NE(generate_shop(config).error().message.find("--weeks"), std::string::npos);
}

}  // namespace
}  // namespace punnet
