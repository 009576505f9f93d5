#include "training/train_model.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>

#include "eval/report.h"
#include "training/generate.h"
#include "training/prepare.h"
#include "training/provenance.h"
#include "training/retrain.h"

namespace punnet {
namespace {

Prepared small_shop() {
  GenerateConfig config;
  config.users = 300;
  config.items = 400;
  config.purchases = 40'000;
  config.weeks = 20;
  config.seed = 11;
  const auto shop = generate_shop(config);
  return *prepare(shop->purchases, shop->products, {});
}

std::vector<ItemId> catalogue_of(const Prepared& shop) {
  std::vector<ItemId> items;
  for (const auto& [item, features] : shop.item_features) items.push_back(item);
  return items;
}

TrainConfig quick() {
  TrainConfig config;
  config.recipe.als.rank = 24;
  config.seed = 3;
  return config;
}

bool is_fuel(const Prepared& shop, ItemId item) {
  const auto outliers = shop.report.outliers.ids();
  return std::binary_search(outliers.begin(), outliers.end(), item);
}

TEST(TrainModel, ByDefaultBeatsPopularityOnALaterPeriod) {
  const auto shop = small_shop();
  const auto trained = train_model(shop.purchases, catalogue_of(shop), quick());
  ASSERT_TRUE(trained);
  const auto& report = trained->report;
  EXPECT_TRUE(report.validated_by_time);
  EXPECT_TRUE(report.refitted);
  EXPECT_EQ(report.train_purchases, shop.purchases.size());
  ASSERT_TRUE(report.held_out);
  for (const auto& track : report.held_out->tracks) {
    const auto* popularity = find_score(track, kPopularityName);
    ASSERT_NE(popularity, nullptr);
    EXPECT_GT(popularity->first_minus.at(0).low, 0) << to_text(*report.held_out);
    EXPECT_FALSE(is_degenerate(track.scores.at(0).coverage));
  }
}

TEST(TrainModel, AsTheOriginalRecommendsFuelAndIsCalledDegenerate) {
  const auto shop = small_shop();
  TrainConfig config;
  config.recipe = original_recipe();
  const auto trained = train_model(shop.purchases, catalogue_of(shop), config);
  ASSERT_TRUE(trained);
  EXPECT_FALSE(trained->report.validated_by_time);
  EXPECT_FALSE(trained->report.refitted);
  EXPECT_LT(trained->report.train_purchases, shop.purchases.size());
  EXPECT_TRUE(trained->model->catalogue.empty());
  EXPECT_FALSE(trained->model->exclude_own_item);
  const auto& coverage = trained->report.held_out->tracks[0].scores[0].coverage;
  EXPECT_TRUE(is_fuel(shop, coverage.most_shown));
  EXPECT_TRUE(is_degenerate(coverage));
  ASSERT_TRUE(trained->report.original);
  EXPECT_GT(trained->report.original->train_users, 250U);
}

TEST(TrainModel, GivesTheSameModelForAnyNumberOfThreads) {
  const auto shop = small_shop();
  auto config = quick();
  const auto one = train_model(shop.purchases, catalogue_of(shop), config);
  config.threads = 8;
  const auto eight = train_model(shop.purchases, catalogue_of(shop), config);
  EXPECT_EQ(one->model->user_factors, eight->model->user_factors);
  EXPECT_EQ(one->model->item_factors, eight->model->item_factors);
  EXPECT_EQ(one->model->popularity, eight->model->popularity);
  EXPECT_EQ(one->provenance.json, eight->provenance.json);
}

TEST(TrainModel, WithoutACatalogueLeavesOutWhatTheGuardFinds) {
  const auto shop = small_shop();
  auto config = quick();
  config.validate = false;
  const auto trained = train_model(shop.purchases, {}, config);
  ASSERT_TRUE(trained);
  EXPECT_FALSE(trained->report.held_out);
  EXPECT_FALSE(trained->model->catalogue.empty());
  // Without names there are no kin: only items counted in thousandths are known as outliers.
  for (const auto& outlier : shop.report.outliers.items) {
    if (outlier.reason != OutlierReason::kUnit) continue;
    EXPECT_FALSE(trained->model->items.row(outlier.item));
    EXPECT_FALSE(std::binary_search(trained->model->catalogue.begin(),
                                    trained->model->catalogue.end(), outlier.item));
  }
}

TEST(TrainModel, WritesDownWhereTheModelCameFrom) {
  const auto shop = small_shop();
  auto config = quick();
  config.data_version = "prepared/purchases";
  const auto trained = train_model(shop.purchases, catalogue_of(shop), config);
  const auto json = boost::json::parse(trained->provenance.json);
  EXPECT_EQ(json.at("recipe").as_string(), "default");
  EXPECT_EQ(json.at("data_version").as_string(), "prepared/purchases");
  EXPECT_EQ(json.at("parameters").at("rank").as_int64(), 24);
  EXPECT_EQ(json.at("parameters").at("rating").as_string(), "bm25");
  EXPECT_TRUE(json.at("metrics").at("held_out").is_object());
  EXPECT_TRUE(json.at("metrics").at("original_precision").at("leaks").as_bool());
  const auto last =
      std::max_element(shop.purchases.begin(), shop.purchases.end(),
                       [](const Purchase& a, const Purchase& b) { return a.time < b.time; });
  EXPECT_EQ(last_training_time(trained->provenance), last->time);

  const auto summary = summarize(trained->provenance);
  EXPECT_EQ(summary.recipe, json.at("recipe").as_string());
  EXPECT_EQ(summary.data_version, json.at("data_version").as_string());
  EXPECT_EQ(summary.purchases, static_cast<std::int64_t>(trained->report.purchases));
  ASSERT_TRUE(trained->report.held_out);
  ASSERT_TRUE(summary.precision);
  EXPECT_DOUBLE_EQ(*summary.precision,
                   trained->report.held_out->tracks.front().scores.front().metrics.front().mean);
  EXPECT_FALSE(last_training_time({.json = "{}"}));
  EXPECT_FALSE(last_training_time({.json = "not json"}));
}

TEST(Provenance, SaysNothingWhereThereIsNothing) {
  for (const auto* text : {"{}", "[]", "", R"({"recipe":1,"counts":{"purchases":"many"}})"}) {
    const auto summary = summarize(Provenance{text});
    EXPECT_EQ(summary.recipe, "") << text;
    EXPECT_EQ(summary.data_version, "") << text;
    EXPECT_EQ(summary.purchases, std::nullopt) << text;
    EXPECT_EQ(summary.precision, std::nullopt) << text;
    EXPECT_EQ(last_training_time(Provenance{text}), std::nullopt) << text;
  }
}

TEST(TrainModel, ReportsProgressOfBothPasses) {
  const auto shop = small_shop();
  std::vector<std::pair<bool, int>> seen;
  const auto trained =
      train_model(shop.purchases, catalogue_of(shop), quick(), {},
                  [&](const TrainProgress& p) { seen.emplace_back(p.refit, p.als.iteration); });
  ASSERT_TRUE(trained);
  EXPECT_EQ(seen.size(), 10U);
  EXPECT_EQ(seen.front(), std::pair(false, 1));
  EXPECT_EQ(seen.back(), std::pair(true, 5));
  EXPECT_EQ(trained->report.losses.size(), 5U);
  EXPECT_TRUE(std::is_sorted(trained->report.losses.rbegin(), trained->report.losses.rend()));
}

TEST(TrainModel, StopsWhenTold) {
  const auto shop = small_shop();
  std::stop_source stop;
  const auto trained = train_model(shop.purchases, catalogue_of(shop), quick(), stop.get_token(),
                                   [&](const TrainProgress&) { stop.request_stop(); });
  ASSERT_FALSE(trained);
  EXPECT_EQ(trained.error().code, ErrorCode::kCancelled);
}

TEST(TrainModel, RefusesWhatTeachesNothing) {
  EXPECT_EQ(train_model({}, {}, quick()).error().code, ErrorCode::kInvalid);
  const auto shop = small_shop();
  const std::vector<ItemId> elsewhere{{1}};
  EXPECT_NE(train_model(shop.purchases, elsewhere, quick()).error().message.find("catalogue"),
            std::string::npos);
  auto config = quick();
  config.recipe.als.rank = 0;
  EXPECT_EQ(train_model(shop.purchases, {}, config).error().code, ErrorCode::kInvalid);
}

TEST(Recipe, IsFoundByName) {
  EXPECT_EQ(find_recipe("original")->rating, RatingRule::kQuantity);
  EXPECT_EQ(find_recipe("default")->als.feedback, Feedback::kImplicit);
  EXPECT_NE(find_recipe("best").error().message.find("--recipe"), std::string::npos);
}

TEST(Retrain, TakesEventsAfterTheLastTrainingRow) {
  std::vector<Purchase> purchases(4);
  purchases[0].time = Timestamp(std::chrono::seconds(1));
  purchases[1].time = Timestamp(std::chrono::seconds(2));
  purchases[2].time = Timestamp(std::chrono::seconds(3));
  EXPECT_EQ(purchases_after(purchases, Timestamp(std::chrono::seconds(2))),
            std::vector<Purchase>{purchases[2]});
}

TEST(Retrain, ShowsWhatNewPurchasesBrought) {
  const auto shop = small_shop();
  const auto begin = shop.purchases.begin();
  const std::vector<Purchase> little(begin, begin + 2'000);
  const std::vector<Purchase> most(begin, begin + 30'000);
  auto config = quick();
  config.validate = false;
  const auto old_model = train_model(little, catalogue_of(shop), config);
  const auto new_model = train_model(most, catalogue_of(shop), config);
  const auto later = purchases_after(shop.purchases, *new_model->report.last_time);
  const auto comparison =
      compare_models(most, later, catalogue_of(shop), Recommender(new_model->model),
                     Recommender(old_model->model), {.k = 5, .seed = 1});
  ASSERT_EQ(comparison.tracks[0].scores[1].name, kOldModelName);
  EXPECT_GT(comparison.tracks[0].scores[1].first_minus[0].low, 0);
  EXPECT_NE(describe_effect(comparison).find("retraining helped"), std::string::npos)
      << describe_effect(comparison);
}

}  // namespace
}  // namespace punnet
