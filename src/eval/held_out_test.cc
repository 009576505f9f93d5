#include "eval/held_out.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <memory>

#include "base/seeded_random.h"
#include "eval/original_precision.h"
#include "eval/purchases_for_test.h"
#include "eval/report.h"

namespace punnet {
namespace {

constexpr std::int64_t kUsers = 60;
constexpr std::int64_t kItems = 600;

/// Items are 0 … kItems - 1; the factors of item i are (cos, sin) of its angle and those of a user
/// of the angle he likes. `liked` gives a user's favourite item.
template <typename Liked>
std::shared_ptr<const Model> planted_model(Liked liked) {
  auto model = std::make_shared<Model>();
  std::vector<UserId> users;
  std::vector<ItemId> items;
  for (std::int64_t u = 0; u < kUsers; ++u) users.push_back({u});
  for (std::int64_t i = 0; i < kItems; ++i) items.push_back({i});
  model->users = IdIndex<UserId>(users);
  model->items = IdIndex<ItemId>(items);
  model->user_factors = FactorMatrix(kUsers, 2);
  model->item_factors = FactorMatrix(kItems, 2);
  const auto place = [](std::span<float> row, std::int64_t item) {
    const double angle = 6.283185307179586 * static_cast<double>(item) / kItems;
    row[0] = static_cast<float>(std::cos(angle));
    row[1] = static_cast<float>(std::sin(angle));
  };
  for (std::int64_t u = 0; u < kUsers; ++u) {
    place(model->user_factors.row(static_cast<std::size_t>(u)), liked(u));
  }
  for (std::int64_t i = 0; i < kItems; ++i) {
    place(model->item_factors.row(static_cast<std::size_t>(i)), i);
  }
  model->catalogue = items;
  return model;
}

std::vector<ItemId> catalogue() {
  std::vector<ItemId> items;
  for (std::int64_t i = 0; i < kItems; ++i) items.push_back({i});
  return items;
}

/// User u buys around item 10 u, first these and later those.
std::vector<Purchase> rounds(std::initializer_list<int> offsets) {
  std::vector<Purchase> purchases;
  for (std::int64_t u = 0; u < kUsers; ++u) {
    for (const int offset : offsets) {
      const auto one = bought({{u, (10 * u + offset + kItems) % kItems}});
      purchases.push_back(one[0]);
    }
  }
  return purchases;
}

const auto kFirst = rounds({0, 1, 1});
const auto kLater = rounds({0, 1, -1, 2, -2});

HeldOutReport report_on(const std::shared_ptr<const Model>& model, int threads = 1) {
  const Recommender recommender(model);
  const Contender contender{.name = "model", .recommender = &recommender};
  return evaluate_held_out(kFirst, kLater, catalogue(), {&contender, 1},
                           {.k = 5, .seed = 1, .resamples = 300, .threads = threads});
}

std::string joined(const std::vector<std::string>& sentences) {
  std::string text;
  for (const auto& sentence : sentences) text += sentence + "\n";
  return text;
}

TEST(HeldOut, GivesFullMarksToAModelThatKnows) {
  const auto report = report_on(planted_model([](std::int64_t u) { return 10 * u; }));
  ASSERT_EQ(report.tracks.size(), 2U);
  const auto& track = report.tracks[0];
  EXPECT_EQ(track.users, static_cast<std::size_t>(kUsers));
  EXPECT_DOUBLE_EQ(track.truth_size, 5);
  const auto& model = track.scores[0];
  EXPECT_DOUBLE_EQ(model.metrics[0].mean, 1);
  EXPECT_DOUBLE_EQ(model.metrics[2].mean, 1);
  EXPECT_TRUE(model.first_minus.empty());
  const auto* own = find_score(track, kOwnFrequencyName);
  ASSERT_NE(own, nullptr);
  EXPECT_GE(own->metrics[0].mean, 0.399) << "both items of the past are bought again";
  EXPECT_LT(own->metrics[0].mean, 0.5);
  EXPECT_GT(own->first_minus[0].low, 0);
  const auto text = joined(verdicts(report));
  EXPECT_NE(text.find("model beats popularity"), std::string::npos) << text;
  EXPECT_EQ(text.find("Degenerate"), std::string::npos) << text;
}

TEST(HeldOut, TakesWhatWasBoughtBeforeFromListsAndTruthOfNewItems) {
  const auto report = report_on(planted_model([](std::int64_t u) { return 10 * u; }));
  const auto& track = report.tracks[1];
  EXPECT_EQ(track.track, Track::kNewItems);
  EXPECT_DOUBLE_EQ(track.truth_size, 3);
  EXPECT_NEAR(track.scores[0].metrics[0].mean, 0.6, 1e-12) << "three of five places can be right";
  EXPECT_DOUBLE_EQ(track.scores[0].metrics[1].mean, 1);
  EXPECT_EQ(find_score(track, kOwnFrequencyName), nullptr);
}

TEST(HeldOut, CallsAModelThatGivesEverybodyTheSameDegenerate) {
  const auto report = report_on(planted_model([](std::int64_t) { return 300; }));
  const auto& coverage = report.tracks[0].scores[0].coverage;
  EXPECT_EQ(coverage.distinct_items, 5U);
  EXPECT_DOUBLE_EQ(coverage.share_of_lists, 1);
  const auto text = to_text(report, {{{298}, "PETROL"}});
  EXPECT_NE(text.find("Degenerate on all purchases"), std::string::npos) << text;
  EXPECT_NE(text.find("298 PETROL"), std::string::npos) << text;
  const auto json = boost::json::parse(to_json(report, {{{298}, "PETROL"}}));
  const auto& score = json.at("tracks").at(0).at("scores").at(0);
  EXPECT_TRUE(score.at("degenerate").as_bool());
  EXPECT_EQ(score.at("most_shown_name").as_string(), "PETROL");
}

TEST(HeldOut, SaysWhereOwnFrequencyStillWins) {
  const auto report = report_on(planted_model([](std::int64_t u) { return 10 * u + 300; }));
  const auto text = joined(verdicts(report));
  EXPECT_NE(text.find("own frequency still wins"), std::string::npos) << text;
  EXPECT_EQ(text.find("beats popularity"), std::string::npos) << text;
}

TEST(HeldOut, IsTheSameForAnyNumberOfThreads) {
  const auto model = planted_model([](std::int64_t u) { return 10 * u + 3; });
  EXPECT_EQ(to_json(report_on(model, 1)), to_json(report_on(model, 8)));
}

TEST(HeldOut, SaysThatThereIsNothingToMeasure) {
  const auto model = planted_model([](std::int64_t u) { return u; });
  const Recommender recommender(model);
  const Contender contender{.name = "model", .recommender = &recommender};
  const auto report = evaluate_held_out(kFirst, {}, catalogue(), {&contender, 1}, {});
  EXPECT_NE(to_text(report).find("nothing to measure"), std::string::npos);
  EXPECT_TRUE(boost::json::parse(to_json(report)).is_object());
}

TEST(OriginalPrecision, CountsWhatTheUserEverBought) {
  // The best five of user u are 10 u - 2 … 10 u + 2.
  const Recommender recommender(planted_model([](std::int64_t u) { return 10 * u; }));
  const auto precision =
      measure_original_precision(recommender, bought({{1, 10}, {1, 10}, {2, 20}, {999, 1}}),
                                 bought({{1, 11}, {1, 500}}), 5, 1);
  EXPECT_EQ(precision.train_users, 2U) << "a user that the model does not know is left out";
  EXPECT_EQ(precision.validation_users, 1U);
  EXPECT_DOUBLE_EQ(precision.train, (0.4 + 0.2) / 2);
  EXPECT_DOUBLE_EQ(precision.validation, 0.4);
  EXPECT_NE(to_text(precision).find("leaks"), std::string::npos);
  EXPECT_TRUE(boost::json::parse(to_json(precision)).at("leaks").as_bool());
}

}  // namespace
}  // namespace punnet
