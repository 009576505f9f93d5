#include "training/gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

namespace punnet {
namespace {

using testing::HasSubstr;

/// A report in which the model has this precision and popularity another one.
HeldOutReport held_out(double model, double popularity, Estimate difference,
                       std::size_t users = 500) {
  ContenderScore first;
  first.name = "model";
  first.is_model = true;
  first.metrics.assign(kMetricColumns.size(), {.mean = model, .low = model, .high = model});
  ContenderScore baseline;
  baseline.name = kPopularityName;
  baseline.metrics.assign(kMetricColumns.size(),
                          {.mean = popularity, .low = popularity, .high = popularity});
  baseline.first_minus.assign(kMetricColumns.size(), difference);
  HeldOutReport report;
  report.k = 5;
  report.tracks = {{.track = Track::kAllPurchases,
                    .users = users,
                    .truth_size = 6,
                    .scores = {first, baseline}}};
  return report;
}

/// What a good implicit model looks like.
GateEvidence good() {
  GateEvidence evidence;
  evidence.lists = {.k = 5,
                    .users = 1000,
                    .candidates = 5000,
                    .coverage = {.lists = 1000,
                                 .distinct_items = 1200,
                                 .share_of_catalogue = 0.24,
                                 .most_shown = ItemId{42},
                                 .share_of_lists = 0.12},
                    .scores = {.scores = 5000, .not_finite = 0, .least = 0.1, .greatest = 1.3}};
  evidence.ratings = ValueRange{.least = 0, .greatest = 1};
  evidence.held_out = held_out(0.16, 0.10, {.mean = 0.06, .low = 0.05, .high = 0.07});
  evidence.with_served =
      PrecisionPair{.model = 0.16, .served = 0.15, .users = 500, .difference = {}};
  return evidence;
}

std::map<std::string, GateOutcome> outcomes(const GateEvidence& evidence) {
  std::map<std::string, GateOutcome> found;
  for (const auto& finding : judge(evidence).findings) {
    found[finding.check] = finding.outcome;
    EXPECT_FALSE(finding.sentence.empty()) << finding.check;
  }
  EXPECT_EQ(found.size(), 4U);
  return found;
}

TEST(Gate, PassesAGoodModel) {
  const auto verdict = judge(good());
  EXPECT_TRUE(verdict.passed());
  EXPECT_EQ(verdict.failures(), "");
  for (const auto& finding : verdict.findings) {
    EXPECT_EQ(finding.outcome, GateOutcome::kPassed) << finding.check;
  }
}

TEST(Gate, RefusesScoresThatAreNotFinite) {
  auto evidence = good();
  evidence.lists.scores.not_finite = 1;
  EXPECT_THAT(judge(evidence).failures(), HasSubstr("1 of 5000 scores"));
  evidence.ratings.reset();
  EXPECT_EQ(outcomes(evidence)["scores"], GateOutcome::kFailed);
}

TEST(Gate, RefusesScoresFarFromWhatTheyPredict) {
  auto evidence = good();
  evidence.lists.scores.greatest = 2.0;
  EXPECT_TRUE(judge(evidence).passed());
  evidence.lists.scores.greatest = 2.1;
  EXPECT_THAT(judge(evidence).failures(), HasSubstr("2.1"));
  evidence = good();
  evidence.lists.scores.least = -1.1;
  EXPECT_EQ(outcomes(evidence)["scores"], GateOutcome::kFailed);
}

TEST(Gate, GivesScoresRoomWhereAllRatingsAreTheSame) {
  auto evidence = good();
  evidence.ratings = ValueRange{.least = 1, .greatest = 1};
  evidence.lists.scores.greatest = 1.9;
  EXPECT_TRUE(judge(evidence).passed());
  evidence.lists.scores.greatest = 2.1;
  EXPECT_FALSE(judge(evidence).passed());
}

TEST(Gate, RefusesTheSameForNearlyEverybody) {
  auto evidence = good();
  evidence.lists.coverage.share_of_lists = 0.31;
  EXPECT_THAT(judge(evidence).failures(), HasSubstr("item 42 stands in 31.00 %"));
  evidence = good();
  evidence.lists.coverage.share_of_catalogue = 0.01;
  EXPECT_EQ(outcomes(evidence)["variety"], GateOutcome::kFailed);
}

TEST(Gate, RefusesTheSameListForEverybodyHoweverSmallTheCatalogue) {
  for (const std::size_t candidates : {10U, 20U, 40U, 150U, 5000U}) {
    auto evidence = good();
    evidence.lists.candidates = candidates;
    evidence.lists.coverage.share_of_catalogue = 5.0 / static_cast<double>(candidates);
    evidence.lists.coverage.share_of_lists = 1;
    EXPECT_EQ(outcomes(evidence)["variety"], GateOutcome::kFailed) << candidates;
  }
}

TEST(Gate, DoesNotMindThatFewItemsStandInManyLists) {
  auto evidence = good();
  evidence.lists.candidates = 100;  // a list of five holds each item once in twenty by chance
  evidence.lists.coverage.share_of_lists = 0.5;
  EXPECT_TRUE(judge(evidence).passed());
  evidence.lists.coverage.share_of_lists = 0.51;
  EXPECT_FALSE(judge(evidence).passed());
}

TEST(Gate, RefusesWhatIsCertainlyWorseThanPopularity) {
  auto evidence = good();
  evidence.held_out = held_out(0.08, 0.10, {.mean = -0.02, .low = -0.05, .high = 0.01});
  EXPECT_TRUE(judge(evidence).passed());
  evidence.held_out = held_out(0.08, 0.10, {.mean = -0.02, .low = -0.03, .high = -0.01});
  EXPECT_THAT(judge(evidence).failures(), HasSubstr("0.0800, worse than popularity's 0.1000"));
}

TEST(Gate, RefusesWhatLosesMoreThanATenthOfTheServedModel) {
  auto evidence = good();
  evidence.with_served =
      PrecisionPair{.model = 0.136, .served = 0.15, .users = 500, .difference = {}};
  EXPECT_TRUE(judge(evidence).passed());
  evidence.with_served->model = 0.134;
  EXPECT_THAT(judge(evidence).failures(), HasSubstr("more than 10 % worse"));
  evidence.with_served->difference = Estimate{.mean = -0.016, .low = -0.04, .high = 0.001};
  EXPECT_TRUE(judge(evidence).passed()) << "this may be chance";
  evidence.with_served->difference->high = -0.001;
  EXPECT_FALSE(judge(evidence).passed());
}

TEST(Gate, DoesNotFailWhatWasNotMeasured) {
  GateEvidence nothing;
  nothing.not_compared = "There is no served model.";
  const auto verdict = judge(nothing);
  EXPECT_TRUE(verdict.passed());
  for (const auto& finding : verdict.findings) {
    EXPECT_EQ(finding.outcome, GateOutcome::kNotMeasured) << finding.check;
  }
  EXPECT_EQ(verdict.findings.back().sentence, "There is no served model.");
}

TEST(Gate, BelievesNoFigureOfAFewUsers) {
  auto evidence = good();
  evidence.lists.coverage.lists = 29;
  evidence.lists.coverage.share_of_lists = 1;
  evidence.held_out = held_out(0, 1, {.mean = -1, .low = -1, .high = -1}, 29);
  evidence.with_served = PrecisionPair{.model = 0, .served = 1, .users = 29, .difference = {}};
  auto found = outcomes(evidence);
  EXPECT_EQ(found["variety"], GateOutcome::kNotMeasured);
  EXPECT_EQ(found["popularity"], GateOutcome::kNotMeasured);
  EXPECT_EQ(found["served"], GateOutcome::kNotMeasured);
}

}  // namespace
}  // namespace punnet
