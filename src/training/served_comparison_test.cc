#include "training/served_comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <utility>
#include <vector>

#include "training/generate.h"
#include "training/provenance.h"
#include "training/train_model.h"

namespace punnet {
namespace {

using testing::HasSubstr;

std::vector<Purchase> purchases() {
  GenerateConfig config;
  config.users = 100;
  config.items = 120;
  config.purchases = 8'000;
  config.seed = 5;
  return generate_shop(config)->purchases;
}

TrainConfig config_of(const std::optional<TrainedModel>& served = {}) {
  TrainConfig config;
  config.recipe.als.rank = 8;
  config.data_version = "here";
  if (served) config.served = ServedModel{served->model, served->provenance};
  return config;
}

TrainedModel trained(std::vector<Purchase> rows, const TrainConfig& config) {
  auto result = train_model(std::move(rows), {}, config);
  EXPECT_TRUE(result);
  return *std::move(result);
}

TEST(ServedComparison, TakesTheFigureOfThenWhereBothWereMadeFromTheSame) {
  const auto served = trained(purchases(), config_of());
  const auto again = trained(purchases(), config_of(served));
  ASSERT_TRUE(again.report.with_served);
  const auto& figures = again.report.with_served->figures;
  ASSERT_TRUE(figures) << again.report.with_served->why_none;
  EXPECT_EQ(figures->model, figures->served);
  EXPECT_GT(figures->served, 0);
  EXPECT_GT(figures->users, 50U);
  EXPECT_FALSE(figures->difference);
}

TEST(ServedComparison, ComparesOnEventsThatTheServedModelHasNotSeen) {
  const auto rows = purchases();
  const auto old_rows = std::vector(rows.begin(), rows.begin() + 6'800);
  const auto served = trained(old_rows, config_of());
  const auto later = trained(rows, config_of(served));
  const auto& figures = later.report.with_served->figures;
  ASSERT_TRUE(figures) << later.report.with_served->why_none;
  ASSERT_TRUE(figures->difference);
  EXPECT_NEAR(figures->difference->mean, figures->model - figures->served, 1e-12);
  EXPECT_GT(figures->users, 20U);
}

TEST(ServedComparison, DoesNotCompareWhereTheServedModelHasSeenEverything) {
  const auto served = trained(purchases(), config_of());
  auto config = config_of(served);
  config.seed = 9;
  const auto other = trained(purchases(), config);
  EXPECT_FALSE(other.report.with_served->figures);
  EXPECT_THAT(other.report.with_served->why_none, HasSubstr("has learned from all"));
}

TEST(ServedComparison, DoesNotCompareWhereNobodyKnowsWhatWasSeen) {
  auto rows = purchases();
  const auto served = trained(rows, config_of());
  auto config = config_of(served);
  config.served->provenance = {"{}"};
  EXPECT_THAT(trained(rows, config).report.with_served->why_none, HasSubstr("nobody knows"));
  for (auto& row : rows) row.time.reset();
  config = config_of(served);
  EXPECT_THAT(trained(rows, config).report.with_served->why_none, HasSubstr("nobody knows"));
}

TEST(Provenance, CarriesTheVerdictOfTheGate) {
  GateVerdict verdict;
  verdict.findings = {{"scores", GateOutcome::kPassed, "Fine."},
                      {"variety", GateOutcome::kFailed, "All the same."},
                      {"served", GateOutcome::kNotMeasured, "Nothing."},
                      {"popularity", GateOutcome::kFailed, "Worse."}};
  const auto judged = with_gate({R"({"recipe":"original"})"}, verdict, false);
  EXPECT_THAT(judged.json, HasSubstr(R"("gate":{"mode":"report","passed":false,)"));
  EXPECT_EQ(summarize(judged).gate, "failed: variety, popularity");
  EXPECT_EQ(summarize(judged).recipe, "original");
  EXPECT_EQ(summarize(with_gate({"{}"}, {}, true)).gate, "passed");
  EXPECT_EQ(summarize({"{}"}).gate, "");
  EXPECT_EQ(with_gate({"[]"}, verdict, true).json, "[]");
}

}  // namespace
}  // namespace punnet
