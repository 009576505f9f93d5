#include "training/prepare.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <boost/json.hpp>
#include <limits>
#include <map>

#include "training/generate.h"
#include "training/prepare_report.h"

namespace punnet {
namespace {

Purchase bought(std::int64_t user, std::int64_t item, std::int32_t quantity, float sales_value) {
  Purchase purchase;
  purchase.user = {user};
  purchase.item = {item};
  purchase.quantity = quantity;
  purchase.sales_value = sales_value;
  return purchase;
}

const std::vector<Product> kProducts{{{10}, "GROCERY", "MILK", "WHOLE MILK"},
                                     {{11}, "GROCERY", "MILK", "SKIMMED MILK"},
                                     {{12}, "PRODUCE", "FRUIT", "BANANAS"},
                                     {{13}, "PRODUCE", "", "SOMETHING"},
                                     {{14}, "BAKERY", "BREAD", ""}};

TEST(Prepare, CountsEveryKindOfBadRowAsAStepOfItsOwn) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const auto prepared =
      prepare({bought(1, 10, 1, 2), bought(1, 11, 1, nan), bought(2, 12, -1, 2),
               bought(2, 12, 1, -2), bought(3, 12, 0, 2), bought(3, 13, 0, 0), bought(3, 14, 2, 3)},
              kProducts, {});
  ASSERT_TRUE(prepared);
  const auto& steps = prepared->report.steps;
  ASSERT_EQ(steps.size(), 4U);
  EXPECT_EQ(steps[0].rows, 7);
  EXPECT_EQ(steps[0].users, 3);
  EXPECT_EQ(steps[0].items, 5);
  EXPECT_EQ(steps[1].dropped, 1);
  EXPECT_EQ(steps[2].dropped, 2);
  EXPECT_EQ(steps[3].dropped, 2);
  EXPECT_EQ(steps[3].rows, 2);
  EXPECT_EQ(steps[3].users, 2);
  EXPECT_EQ(prepared->report.zero_quantity, 2);
  EXPECT_EQ(prepared->report.zero_sales_value, 1);
  EXPECT_EQ(prepared->purchases, (std::vector<Purchase>{bought(1, 10, 1, 2), bought(3, 14, 2, 3)}));
}

TEST(Prepare, RanksTheCatalogueByQuantityOfPricedLinesWithTheSmallerIdFirst) {
  PrepareConfig config;
  config.top_n = 2;
  const auto prepared = prepare(
      {bought(1, 12, 3, 3), bought(1, 11, 3, 9), bought(1, 10, 3, 9), bought(2, 14, 50, 49)},
      kProducts, config);
  ASSERT_TRUE(prepared);
  ASSERT_EQ(prepared->item_features.size(), 2U);
  EXPECT_EQ(prepared->item_features[0], (std::pair{ItemId{10}, ItemFeatures{"GROCERY", "MILK"}}));
  EXPECT_EQ(prepared->item_features[1].first, ItemId{11});
  EXPECT_EQ(prepared->report.catalogue.cut, 3);
  EXPECT_EQ(prepared->report.catalogue.next, 3);
  EXPECT_EQ(prepared->report.priced_rows, 3);
  EXPECT_EQ(prepared->purchases.size(), 4U) << "purchases are not cut to the catalogue";
}

TEST(Prepare, TakesOneItemOfACategoryAndLetsUnknownCategoriesCompeteWithNobody) {
  const auto prepared = prepare({bought(1, 10, 9, 9), bought(1, 11, 8, 8), bought(1, 12, 7, 7),
                                 bought(1, 13, 6, 6), bought(1, 99, 5, 5), bought(1, 14, 4, 4)},
                                kProducts, {});
  ASSERT_TRUE(prepared);
  EXPECT_EQ(prepared->top_5_by_category, (std::vector<ItemId>{{10}, {12}, {13}, {99}, {14}}));
  EXPECT_EQ(prepared->report.catalogue.without_product, 1);
  EXPECT_EQ(prepared->report.catalogue.without_category, 2);
}

TEST(Prepare, NamesAllProductsThatHaveAName) {
  auto products = kProducts;
  products.push_back({{10}, "X", "Y", "ANOTHER NAME"});
  const auto prepared = prepare({bought(1, 10, 1, 2)}, products, {});
  ASSERT_TRUE(prepared);
  EXPECT_EQ(
      prepared->items,
      (std::vector<std::pair<ItemId, std::string>>{
          {{10}, "WHOLE MILK"}, {{11}, "SKIMMED MILK"}, {{12}, "BANANAS"}, {{13}, "SOMETHING"}}));
  EXPECT_EQ(prepared->report.repeated_products, 1);
}

TEST(Prepare, RefusesIdsThatDoNotFitAndNamesTheOption) {
  const auto large = std::int64_t{1} << 40;
  const auto refused = prepare({bought(1, large, 1, 2)}, {}, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalid);
  EXPECT_NE(refused.error().message.find("1099511627776"), std::string::npos);
  EXPECT_NE(refused.error().message.find("id_type"), std::string::npos);

  PrepareConfig wide;
  wide.id_type = IdType::kInt64;
  EXPECT_TRUE(prepare({bought(1, large, 1, 2)}, {}, wide));
}

TEST(Prepare, RefusesToGoOnWithNothing) {
  EXPECT_EQ(prepare({}, {}, {}).error().code, ErrorCode::kInvalid);
  EXPECT_EQ(prepare({bought(1, 1, 0, 1)}, {}, {}).error().code, ErrorCode::kInvalid);
  const auto cheap = prepare({bought(1, 1, 10, 1)}, {}, {});
  EXPECT_NE(cheap.error().message.find("--min-price"), std::string::npos);
  PrepareConfig none;
  none.top_n = 0;
  EXPECT_NE(prepare({bought(1, 1, 1, 1)}, {}, none).error().message.find("--top-n"),
            std::string::npos);
}

GeneratedShop small_shop(std::uint64_t seed) {
  GenerateConfig config;
  config.users = 50;
  config.items = 200;
  config.purchases = 5000;
  config.seed = seed;
  return *generate_shop(config);
}

TEST(Prepare, KeepsFuelOutUnlessTold) {
  const auto shop = small_shop(3);
  PrepareConfig config;
  config.min_price = 0;
  const auto guarded = prepare(shop.purchases, shop.products, config);
  config.keep_outlier_units = true;
  const auto kept = prepare(shop.purchases, shop.products, config);
  ASSERT_TRUE(guarded && kept);
  const auto fuel = [](const Prepared& prepared) {
    return std::count_if(prepared.item_features.begin(), prepared.item_features.end(),
                         [](const auto& row) { return row.second.category == "FUEL"; });
  };
  EXPECT_EQ(fuel(*guarded), 0);
  EXPECT_GE(fuel(*kept), 2);
  EXPECT_EQ(kept->top_5_by_category[0], kept->report.outliers.items[0].item);
  EXPECT_EQ(guarded->report.unguarded_catalogue.items, kept->report.catalogue.items);
  EXPECT_FALSE(guarded->report.outliers_kept);
}

/// The catalogue by maps and sorts of whole tuples.
std::vector<ItemId> naive_catalogue(const std::vector<Purchase>& purchases, std::size_t top_n) {
  std::map<std::int64_t, std::int64_t> sums;
  for (const auto& p : purchases) {
    if (p.quantity > 0 && p.sales_value > 0 && double{p.sales_value} / p.quantity >= 1) {
      sums[p.item.value] += p.quantity;
    }
  }
  std::vector<std::pair<std::int64_t, std::int64_t>> ranked;
  for (const auto& [item, sum] : sums) ranked.emplace_back(-sum, item);
  std::sort(ranked.begin(), ranked.end());
  ranked.resize(std::min(top_n, ranked.size()));
  std::vector<ItemId> items;
  for (const auto& [sum, item] : ranked) items.push_back({item});
  std::sort(items.begin(), items.end());
  return items;
}

RC_GTEST_PROP(Prepare, ChoosesTheCatalogueThatSortingChooses, (std::uint32_t seed)) {
  const auto shop = small_shop(seed);
  PrepareConfig config;
  config.top_n = *rc::gen::inRange<std::size_t>(1, 250);
  config.keep_outlier_units = true;
  const auto prepared = prepare(shop.purchases, shop.products, config);
  RC_ASSERT(static_cast<bool>(prepared));
  std::vector<ItemId> items;
  for (const auto& [item, features] : prepared->item_features) items.push_back(item);
  RC_ASSERT(items == naive_catalogue(shop.purchases, config.top_n));
}

TEST(PrepareReport, SaysTheSameInTextAndJson) {
  const auto shop = small_shop(5);
  const auto prepared = prepare(shop.purchases, shop.products, {});
  ASSERT_TRUE(prepared);
  const auto text = to_text(prepared->report);
  const auto object = boost::json::parse(to_json(prepared->report)).as_object();
  EXPECT_NE(text.find("GASOLINE-REG UNLEADED"), std::string::npos);
  EXPECT_NE(text.find("5,000"), std::string::npos);
  EXPECT_EQ(object.at("steps").as_array().at(0).at("rows").as_int64(), 5000);
  EXPECT_EQ(object.at("outlier_units").at("groups").at(0).at("name").as_string(),
            "GASOLINE-REG UNLEADED");
  EXPECT_EQ(object.at("top_5_by_category").as_array().size(), 5U);
}

}  // namespace
}  // namespace punnet
