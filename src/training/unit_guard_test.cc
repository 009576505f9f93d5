#include "training/unit_guard.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstddef>

namespace punnet {
namespace {

Purchase line(std::int64_t item, std::int32_t quantity, float sales_value) {
  Purchase purchase;
  purchase.user = {1};
  purchase.item = {item};
  purchase.quantity = quantity;
  purchase.sales_value = sales_value;
  return purchase;
}

/// Ten ordinary items of ten lines each, at 2.50 a unit.
std::vector<Purchase> ordinary_shop() {
  std::vector<Purchase> purchases;
  for (int item = 1; item <= 10; ++item) {
    for (int n = 0; n < 10; ++n)
      purchases.push_back(line(item, 1 + n % 3, 2.5F * static_cast<float>(1 + n % 3)));
  }
  return purchases;
}

TEST(UnitGuard, FindsNothingInAnOrdinaryShop) {
  const auto found = find_outlier_units(ordinary_shop(), {}, {});
  EXPECT_TRUE(found.items.empty());
  EXPECT_TRUE(found.groups.empty());
  EXPECT_DOUBLE_EQ(found.typical_quantity, 2);
  EXPECT_DOUBLE_EQ(found.typical_unit_price, 2.5);
}

TEST(UnitGuard, FindsNothingWhereThereIsNothing) {
  EXPECT_TRUE(find_outlier_units({}, {}, {}).items.empty());
}

TEST(UnitGuard, TakesFuelAndSaysItsShares) {
  auto purchases = ordinary_shop();
  for (int n = 0; n < 4; ++n) purchases.push_back(line(99, 10'000, 25.0F));
  const std::vector<Product> products{{{99}, "FUEL", "FUEL", "PETROL"},
                                      {{1}, "GROCERY", "MILK", "MILK"}};

  const auto found = find_outlier_units(purchases, products, {});

  ASSERT_EQ(found.ids(), std::vector<ItemId>{{99}});
  EXPECT_EQ(found.items[0].name, "PETROL");
  EXPECT_EQ(found.items[0].reason, OutlierReason::kUnit);
  EXPECT_DOUBLE_EQ(found.items[0].median_quantity, 10'000);
  EXPECT_DOUBLE_EQ(found.items[0].median_unit_price, 0.0025);
  ASSERT_EQ(found.groups.size(), 1U);
  EXPECT_DOUBLE_EQ(found.groups[0].share_of_lines, 4.0 / 104);
  EXPECT_DOUBLE_EQ(found.groups[0].share_of_quantity, 40'000.0 / (40'000 + 190));
  EXPECT_DOUBLE_EQ(found.share_of_quantity, found.groups[0].share_of_quantity);
}

TEST(UnitGuard, LeavesALargeCaseAtAnOrdinaryPrice) {
  auto purchases = ordinary_shop();
  purchases.push_back(line(50, 1'000, 300.0F));
  EXPECT_TRUE(find_outlier_units(purchases, {}, {}).items.empty());
}

TEST(UnitGuard, LeavesAPennyItemSoldOneByOne) {
  auto purchases = ordinary_shop();
  purchases.push_back(line(50, 1, 0.01F));
  EXPECT_TRUE(find_outlier_units(purchases, {}, {}).items.empty());
}

TEST(UnitGuard, LeavesAnItemWithOneMistypedLine) {
  auto purchases = ordinary_shop();
  purchases.push_back(line(1, 25'000, 2.5F));
  EXPECT_TRUE(find_outlier_units(purchases, {}, {}).items.empty());
}

TEST(UnitGuard, TakesTheSameGoodCountedInOrdinaryUnits) {
  auto purchases = ordinary_shop();
  for (int n = 0; n < 4; ++n) purchases.push_back(line(98, 10'000, 25.0F));
  purchases.push_back(line(99, 1, 15.0F));
  const std::vector<Product> products{{{98}, "FUEL", "FUEL", "PETROL"},
                                      {{99}, "FUEL", "FUEL", "PETROL"}};

  const auto found = find_outlier_units(purchases, products, {});
  ASSERT_EQ(found.ids(), (std::vector<ItemId>{{98}, {99}}));
  EXPECT_EQ(found.items[1].reason, OutlierReason::kKin);
  EXPECT_EQ(found.groups.at(0).items, 2);

  UnitGuardConfig alone;
  alone.take_kin = false;
  EXPECT_EQ(find_outlier_units(purchases, products, alone).ids(), std::vector<ItemId>{{98}});
}

TEST(UnitGuard, LeavesANameOfWhichOutliersAreTheLesserPart) {
  auto purchases = ordinary_shop();
  purchases.push_back(line(98, 10'000, 25.0F));
  const std::vector<Product> products{{{98}, "MISC", "MISC", "MISC"},
                                      {{1}, "MISC", "MISC", "MISC"}};
  EXPECT_EQ(find_outlier_units(purchases, products, {}).ids(), std::vector<ItemId>{{98}});
}

RC_GTEST_PROP(UnitGuard, IsTheSameInAnyOrderAndAnyMoney, (std::uint32_t seed)) {
  auto purchases = ordinary_shop();
  for (int n = 0; n < 3; ++n) purchases.push_back(line(77, 5'000 + n, 12.5F));
  const auto before = find_outlier_units(purchases, {}, {}).ids();
  auto state = seed;
  for (std::size_t i = purchases.size(); i > 1; --i) {
    state = state * 1664525U + 1013904223U;
    std::swap(purchases[i - 1], purchases[state % i]);
  }
  const auto money = static_cast<float>(1 + seed % 1000);
  for (auto& purchase : purchases) purchase.sales_value *= money;
  RC_ASSERT(find_outlier_units(purchases, {}, {}).ids() == before);
  RC_ASSERT(before == std::vector<ItemId>{{77}});
}

}  // namespace
}  // namespace punnet
