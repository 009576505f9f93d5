#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <memory>
#include <ostream>
#include <string>
#include <thread>
#include <vector>

#include "ports/model_store.h"
#include "tests/contract/hanging.h"
#include "tests/support/calls.h"
#include "tests/support/hung_calls.h"
#include "tests/support/result_matchers.h"

namespace punnet {

/// Some place that holds no model at first. Stores opened on it see the same models.
class ModelPlace {
 public:
  virtual ~ModelPlace() = default;
  virtual std::unique_ptr<ModelStore> open() = 0;

  /// Keeps answers from all calls of the stores.
  virtual std::unique_ptr<Hang> hang() = 0;
};

/// An adapter that is held to the contract.
struct ModelStoreMaker {
  std::string name;
  std::function<std::unique_ptr<ModelPlace>()> make;

  friend std::ostream& operator<<(std::ostream& out, const ModelStoreMaker& maker) {
    return out << maker.name;
  }
};

/// A model that differs from every other `seed`'s.
inline Model model_number(int seed) {
  Model model;
  model.users = IdIndex<UserId>({UserId{1}, UserId{2}, UserId{1000 + seed}});
  model.items = IdIndex<ItemId>({ItemId{10}, ItemId{20}});
  model.user_factors = FactorMatrix(3, 2);
  model.item_factors = FactorMatrix(2, 2);
  for (auto& value : model.user_factors.values()) value = 0.1F * static_cast<float>(seed + 1);
  for (auto& value : model.item_factors.values()) value = -1.7F;
  model.popularity = {{ItemId{20}, 0.3333333F}, {ItemId{10}, 0.1F}};
  model.catalogue = {ItemId{10}, ItemId{20}, ItemId{30}};
  model.exclude_own_item = seed % 2 == 0;
  return model;
}

/// What ports/model_store.h promises, for any adapter.
class ModelStoreContract : public testing::TestWithParam<ModelStoreMaker> {
 protected:
  ModelStoreContract() : place_(GetParam().make()), store_(place_->open()) {}

  std::string published(int seed) {
    const auto version = store_->publish(model_number(seed), kProvenance, patiently());
    EXPECT_THAT(version, Succeeds());
    return version ? *version : "";
  }

  static void expect_model(const Result<std::shared_ptr<const Model>>& loaded, int seed,
                           const std::string& version) {
    ASSERT_THAT(loaded, Succeeds());
    const auto expected = model_number(seed);
    const auto& model = **loaded;
    EXPECT_EQ(model.version, version);
    EXPECT_TRUE(std::ranges::equal(model.users.ids(), expected.users.ids()));
    EXPECT_TRUE(std::ranges::equal(model.items.ids(), expected.items.ids()));
    EXPECT_EQ(model.user_factors, expected.user_factors);
    EXPECT_EQ(model.item_factors, expected.item_factors);
    EXPECT_EQ(model.popularity, expected.popularity);
    EXPECT_EQ(model.catalogue, expected.catalogue);
    EXPECT_EQ(model.exclude_own_item, expected.exclude_own_item);
  }

  static inline const Provenance kProvenance{R"({"seed": 42, "rows": 7})"};

  const std::unique_ptr<ModelPlace> place_;
  const std::unique_ptr<ModelStore> store_;
};

TEST_P(ModelStoreContract, IsEmptyAtFirst) {
  const auto current = store_->current(patiently());
  ASSERT_THAT(current, Succeeds());
  EXPECT_EQ(*current, std::nullopt);
  EXPECT_TRUE(store_->list(patiently())->empty());
  EXPECT_THAT(store_->load("1", patiently()), FailsWith(ErrorCode::kAbsent));
  EXPECT_THAT(store_->provenance("1", patiently()), FailsWith(ErrorCode::kAbsent));
  EXPECT_THAT(store_->promote("1", patiently()), FailsWith(ErrorCode::kAbsent));
}

TEST_P(ModelStoreContract, NumbersVersionsFromOneAndKeepsEach) {
  EXPECT_EQ(published(1), "1");
  EXPECT_EQ(published(2), "2");
  expect_model(store_->load("1", patiently()), 1, "1");
  expect_model(store_->load("2", patiently()), 2, "2");
  EXPECT_EQ(store_->provenance("2", patiently())->json, kProvenance.json);
}

TEST_P(ModelStoreContract, ListsVersionsByNumber) {
  for (int i = 0; i < 11; ++i) (void)published(i);
  EXPECT_THAT(*store_->list(patiently()),
              testing::ElementsAre("1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"));
}

TEST_P(ModelStoreContract, ServesWhatWasPromotedAndNothingElse) {
  (void)published(1);
  (void)published(2);
  EXPECT_EQ(*store_->current(patiently()), std::nullopt);
  ASSERT_THAT(store_->promote("2", patiently()), Succeeds());
  EXPECT_EQ(*store_->current(patiently()), "2");
  (void)published(3);
  EXPECT_EQ(*store_->current(patiently()), "2");
  ASSERT_THAT(store_->promote("1", patiently()), Succeeds());
  ASSERT_THAT(store_->promote("1", patiently()), Succeeds());
  EXPECT_EQ(*store_->current(patiently()), "1");
  EXPECT_THAT(store_->promote("9", patiently()), FailsWith(ErrorCode::kAbsent));
  EXPECT_EQ(*store_->current(patiently()), "1");
}

TEST_P(ModelStoreContract, GoesBackToWhatWasServedBefore) {
  for (int i = 1; i <= 4; ++i) (void)published(i);
  EXPECT_EQ(*store_->previous(patiently()), std::nullopt);
  EXPECT_THAT(store_->rollback(patiently()), FailsWith(ErrorCode::kAbsent));
  for (const auto* version : {"1", "3", "3", "2"}) {
    ASSERT_THAT(store_->promote(version, patiently()), Succeeds());
  }
  EXPECT_EQ(*store_->previous(patiently()), "3");
  EXPECT_EQ(*place_->open()->rollback(patiently()), "3");
  EXPECT_EQ(*store_->current(patiently()), "3");
  EXPECT_EQ(*store_->previous(patiently()), "1");
  ASSERT_THAT(store_->promote("4", patiently()), Succeeds());
  EXPECT_EQ(*store_->rollback(patiently()), "3");
  EXPECT_EQ(*store_->rollback(patiently()), "1");
  EXPECT_THAT(store_->rollback(patiently()), FailsWith(ErrorCode::kAbsent));
  EXPECT_EQ(*store_->current(patiently()), "1");
  expect_model(store_->load("1", patiently()), 1, "1");
}

TEST_P(ModelStoreContract, RemembersAHundredVersionsThatWereServed) {
  (void)published(1);
  (void)published(2);
  for (int i = 0; i < 102; ++i) {
    ASSERT_THAT(store_->promote(i % 2 == 0 ? "1" : "2", patiently()), Succeeds());
  }
  for (int i = 0; i < 100; ++i) ASSERT_THAT(store_->rollback(patiently()), Succeeds()) << i;
}

TEST_P(ModelStoreContract, IsSeenByOtherStoresAtOnce) {
  (void)published(1);
  ASSERT_THAT(store_->promote("1", patiently()), Succeeds());
  const auto other = place_->open();
  EXPECT_EQ(*other->current(patiently()), "1");
  expect_model(other->load("1", patiently()), 1, "1");
}

TEST_P(ModelStoreContract, KnowsNoVersionByAnotherName) {
  (void)published(1);
  for (const auto* name : {"", "0", "01", "1/", "../1", "latest", "-1"}) {
    EXPECT_THAT(store_->load(name, patiently()), FailsWith(ErrorCode::kAbsent)) << name;
    EXPECT_THAT(store_->promote(name, patiently()), FailsWith(ErrorCode::kAbsent)) << name;
  }
}

TEST_P(ModelStoreContract, RefusesAModelThatIsNotFiniteAndShowsNothingOfIt) {
  auto model = model_number(1);
  model.user_factors.row(0)[0] = std::numeric_limits<float>::infinity();
  EXPECT_THAT(store_->publish(model, kProvenance, patiently()), FailsWith(ErrorCode::kInvalid));
  EXPECT_TRUE(store_->list(patiently())->empty());
}

TEST_P(ModelStoreContract, RefusesAProvenanceThatIsNoJsonObject) {
  EXPECT_THAT(store_->publish(model_number(1), Provenance{"[1"}, patiently()),
              FailsWith(ErrorCode::kInvalid));
  EXPECT_TRUE(store_->list(patiently())->empty());
}

TEST_P(ModelStoreContract, GivesWritersAtTheSameTimeNumbersOfTheirOwn) {
  constexpr int kWriters = 4;
  std::vector<std::string> versions(kWriters);
  {
    std::vector<std::jthread> writers;
    writers.reserve(kWriters);
    for (int i = 0; i < kWriters; ++i) {
      writers.emplace_back([&, i] {
        const auto version = place_->open()->publish(model_number(i), kProvenance, patiently());
        if (version) versions[static_cast<std::size_t>(i)] = *version;
      });
    }
  }
  for (int i = 0; i < kWriters; ++i) {
    const auto& version = versions[static_cast<std::size_t>(i)];
    expect_model(store_->load(version, patiently()), i, version);
  }
  std::sort(versions.begin(), versions.end());
  EXPECT_THAT(versions, testing::ElementsAre("1", "2", "3", "4"));
}

TEST_P(ModelStoreContract, EndsCallsThatAreCancelledOrLate) {
  (void)published(1);
  for (const auto& [call, code] : {std::pair(cancelled_call(), ErrorCode::kCancelled),
                                   std::pair(too_late(), ErrorCode::kTimeout)}) {
    EXPECT_THAT(store_->publish(model_number(2), kProvenance, call), FailsWith(code));
    EXPECT_THAT(store_->promote("1", call), FailsWith(code));
    EXPECT_THAT(store_->current(call), FailsWith(code));
    EXPECT_THAT(store_->previous(call), FailsWith(code));
    EXPECT_THAT(store_->rollback(call), FailsWith(code));
    EXPECT_THAT(store_->load("1", call), FailsWith(code));
    EXPECT_THAT(store_->provenance("1", call), FailsWith(code));
    EXPECT_THAT(store_->list(call), FailsWith(code));
  }
  EXPECT_EQ(store_->list(patiently())->size(), 1U);
  EXPECT_EQ(*store_->current(patiently()), std::nullopt);
}

TEST_P(ModelStoreContract, ACallWithoutAnAnswerEndsWhenItIsCancelledOrLate) {
  (void)published(1);
  auto hang = place_->hang();
  expect_to_end_without_answer(
      [&](const CallContext& call) { return store_->publish(model_number(2), kProvenance, call); });
  expect_to_end_without_answer([&](const CallContext& call) { return store_->promote("1", call); });
  expect_to_end_without_answer([&](const CallContext& call) { return store_->current(call); });
  expect_to_end_without_answer([&](const CallContext& call) { return store_->load("1", call); });
  expect_to_end_without_answer(
      [&](const CallContext& call) { return store_->provenance("1", call); });
  expect_to_end_without_answer([&](const CallContext& call) { return store_->list(call); });
  hang.reset();
  EXPECT_EQ(store_->list(patiently())->size(), 1U);
  EXPECT_EQ(*store_->current(patiently()), std::nullopt);
}

}  // namespace punnet
