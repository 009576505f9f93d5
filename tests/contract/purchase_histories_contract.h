#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/contract/tables_place.h"

namespace punnet {

/// What PurchaseHistories in ports/purchase_histories.h promises, for any adapter.
class PurchaseHistoriesContract : public TablesContract {
 protected:
  using Increments = std::vector<HistoryIncrement>;
  using Counts = std::map<std::pair<UserId, ItemId>, std::int64_t>;

  static Timestamp at(std::int64_t seconds) { return Timestamp{std::chrono::seconds{seconds}}; }

  static HistoryIncrement bought(std::int64_t user, std::int64_t item, std::int64_t count = 1,
                                 std::optional<Timestamp> time = {}) {
    return {{user}, {{item}, count, time}};
  }

  HistoryMap fetch(const std::vector<UserId>& users) {
    const auto found = tables_.histories->fetch(users, patiently());
    EXPECT_THAT(found, Succeeds());
    return found ? *found : HistoryMap{};
  }

  Positions positions(std::string_view topic_id) {
    const auto found = tables_.histories->positions(topic_id, patiently());
    EXPECT_THAT(found, Succeeds());
    return found ? *found : Positions{};
  }

  Status apply(const Increments& increments, const Positions& from, const Positions& upto) {
    return tables_.histories->apply("topic", increments, from, upto, patiently());
  }
};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(PurchaseHistoriesContract);

TEST_P(PurchaseHistoriesContract, GivesBackWhatReplacedEverything) {
  ASSERT_THAT(tables_.histories->replace_all(
                  Increments{bought(2, 9, 1), bought(1, 20, 3, at(50)), bought(1, -10, 2, at(-40))},
                  patiently()),
              Succeeds());
  reopen();
  EXPECT_EQ(fetch({{1}, {2}}),
            (HistoryMap{{{1}, {{{-10}, 2, at(-40)}, {{20}, 3, at(50)}}}, {{2}, {{{9}, 1, {}}}}}));
}

TEST_P(PurchaseHistoriesContract, UsersWithoutPurchasesAreMissing) {
  ASSERT_THAT(tables_.histories->replace_all(Increments{bought(1, 2)}, patiently()), Succeeds());
  EXPECT_EQ(fetch({{1}, {7}, {1}}).size(), 1U);
  EXPECT_EQ(fetch({}), HistoryMap{});
}

TEST_P(PurchaseHistoriesContract, ReplacingForgetsRowsAndPositions) {
  ASSERT_THAT(apply({bought(1, 2)}, {{0, 0}}, {{0, 5}}), Succeeds());
  ASSERT_THAT(tables_.histories->replace_all(Increments{bought(3, 4)}, patiently()), Succeeds());
  EXPECT_EQ(fetch({{1}, {3}}), (HistoryMap{{{3}, {{{4}, 1, {}}}}}));
  EXPECT_EQ(positions("topic"), Positions{});
  ASSERT_THAT(tables_.histories->replace_all({}, patiently()), Succeeds());
  EXPECT_EQ(fetch({{1}, {3}}), HistoryMap{});
}

TEST_P(PurchaseHistoriesContract, AddsIncrementsToWhatIsThere) {
  ASSERT_THAT(tables_.histories->replace_all(Increments{bought(1, 10, 2, at(50)), bought(1, 30, 1)},
                                             patiently()),
              Succeeds());
  ASSERT_THAT(apply({bought(1, 20, 4, at(7)), bought(1, 10, 3, at(40)), bought(1, 30, 1, at(9)),
                     bought(2, 10, 1)},
                    {{0, 0}}, {{0, 9}}),
              Succeeds());
  EXPECT_EQ(fetch({{1}, {2}}),
            (HistoryMap{{{1}, {{{10}, 5, at(50)}, {{20}, 4, at(7)}, {{30}, 2, at(9)}}},
                        {{2}, {{{10}, 1, {}}}}}));
}

TEST_P(PurchaseHistoriesContract, TheSameItemMayComeTwiceInOneCall) {
  ASSERT_THAT(
      apply({bought(1, 10, 2, at(5)), bought(2, 10), bought(1, 10, 3, at(4))}, {{0, 0}}, {{0, 3}}),
      Succeeds());
  EXPECT_EQ(fetch({{1}}), (HistoryMap{{{1}, {{{10}, 5, at(5)}}}}));
}

TEST_P(PurchaseHistoriesContract, PositionsMoveWithTheCounts) {
  EXPECT_EQ(positions("topic"), Positions{});
  ASSERT_THAT(apply({bought(1, 2)}, {{0, 0}, {2, 0}}, {{0, 10}, {2, 0}}), Succeeds());
  EXPECT_EQ(positions("topic"), (Positions{{0, 10}, {2, 0}}));
  ASSERT_THAT(apply({}, {{0, 10}}, {{0, 12}}), Succeeds());
  reopen();
  EXPECT_EQ(positions("topic"), (Positions{{0, 12}, {2, 0}}));
  EXPECT_EQ(positions("another topic"), Positions{});
}

TEST_P(PurchaseHistoriesContract, WhatIsCountedIsNotCountedAgain) {
  ASSERT_THAT(apply({bought(1, 2)}, {{0, 0}}, {{0, 10}}), Succeeds());
  EXPECT_THAT(apply({bought(1, 2)}, {{0, 0}}, {{0, 10}}),
              testing::AllOf(FailsWith(ErrorCode::kExists), FailsSaying(ErrorCode::kExists, "10")));
  EXPECT_THAT(apply({bought(1, 2)}, {{0, 5}}, {{0, 15}}), FailsWith(ErrorCode::kExists));
  EXPECT_THAT(apply({bought(1, 2)}, {{0, 11}}, {{0, 15}}), FailsWith(ErrorCode::kExists));
  EXPECT_THAT(apply({bought(1, 2)}, {{1, 3}}, {{1, 4}}), FailsWith(ErrorCode::kExists));
  EXPECT_THAT(apply({bought(1, 2)}, {{0, 10}, {1, 3}}, {{0, 11}, {1, 4}}),
              FailsWith(ErrorCode::kExists))
      << "one partition that does not fit holds back all";
  EXPECT_EQ(fetch({{1}}), (HistoryMap{{{1}, {{{2}, 1, {}}}}}));
  EXPECT_EQ(positions("topic"), (Positions{{0, 10}}));
}

TEST_P(PurchaseHistoriesContract, TopicsHavePositionsOfTheirOwn) {
  ASSERT_THAT(apply({bought(1, 2)}, {{0, 0}}, {{0, 10}}), Succeeds());
  ASSERT_THAT(tables_.histories->apply("another", Increments{bought(1, 2)}, {{0, 0}}, {{0, 3}},
                                       patiently()),
              Succeeds());
  EXPECT_EQ(positions("topic"), (Positions{{0, 10}}));
  EXPECT_EQ(positions("another"), (Positions{{0, 3}}));
  EXPECT_EQ(fetch({{1}}), (HistoryMap{{{1}, {{{2}, 2, {}}}}}));
}

TEST_P(PurchaseHistoriesContract, RangesThatMakeNoSenseAreInvalid) {
  EXPECT_THAT(apply({bought(1, 2)}, {{0, 0}}, {{1, 5}}), FailsWith(ErrorCode::kInvalid));
  EXPECT_THAT(apply({bought(1, 2)}, {{0, 0}}, {{0, 5}, {1, 5}}), FailsWith(ErrorCode::kInvalid));
  EXPECT_THAT(apply({bought(1, 2)}, {{0, 0}}, {{0, -5}}), FailsWith(ErrorCode::kInvalid));
  EXPECT_EQ(fetch({{1}}), HistoryMap{});
}

TEST_P(PurchaseHistoriesContract, OfTwoWritersOfAPartitionOneCounts) {
  constexpr int kRounds = 20;
  auto others = place_->open();
  const auto count = [](PurchaseHistories& histories, int& counted) {
    for (Offset offset = 0; offset < kRounds; ++offset) {
      const auto outcome = histories.apply("topic", Increments{bought(1, 2)}, {{0, offset}},
                                           {{0, offset + 1}}, patiently());
      if (outcome) {
        ++counted;
      } else {
        EXPECT_THAT(outcome, FailsWith(ErrorCode::kExists));
      }
    }
  };
  int by_one = 0;
  int by_other = 0;
  {
    const std::jthread one([&] { count(*tables_.histories, by_one); });
    const std::jthread other([&] { count(*others.histories, by_other); });
  }
  // A writer that runs ahead fails too; whoever counted did so once for each position.
  const auto counted = fetch({{1}})[{1}].front().count;
  EXPECT_EQ(counted, by_one + by_other);
  EXPECT_EQ(positions("topic"), (Positions{{0, counted}}));
}

TEST_P(PurchaseHistoriesContract, CountsLikeAMapOverReplaysAndReopenings) {
  std::mt19937 random(20);
  const auto draw = [&](int below) {
    return static_cast<int>(random() % static_cast<unsigned>(below));
  };
  std::map<UserId, std::map<ItemId, HistoryEntry>> twin;
  const auto count_in_twin = [&](const Increments& increments) {
    for (const auto& [user, entry] : increments) {
      auto& held = twin[user][entry.item];
      held.item = entry.item;
      held.count += entry.count;
      if (entry.last_time && (!held.last_time || *held.last_time < *entry.last_time)) {
        held.last_time = entry.last_time;
      }
    }
  };

  Positions next{{0, 0}, {1, 0}};
  for (int round = 0; round < 60; ++round) {
    Increments increments;
    for (int i = draw(40); i > 0; --i) {
      const auto time = draw(3) == 0 ? std::optional<Timestamp>{} : at(draw(1000));
      increments.push_back(bought(draw(12), draw(30), 1 + draw(4), time));
    }
    auto upto = next;
    for (auto& [partition, offset] : upto) offset += draw(5);
    const auto from = next;
    ASSERT_THAT(apply(increments, from, upto), Succeeds());
    count_in_twin(increments);
    next = upto;
    if (draw(4) == 0) {
      // As after a crash: nothing was said goodbye to, and the last call is made again.
      auto left_behind = std::exchange(tables_, place_->open());
      if (from == upto) continue;
      EXPECT_THAT(apply(increments, from, upto), FailsWith(ErrorCode::kExists));
    }
  }

  EXPECT_EQ(positions("topic"), next);
  std::vector<UserId> users;
  HistoryMap expected;
  for (const auto& [user, entries] : twin) {
    users.push_back(user);
    for (const auto& [item, entry] : entries) expected[user].push_back(entry);
  }
  EXPECT_EQ(fetch(users), expected);
}

TEST_P(PurchaseHistoriesContract, ReadersOnOtherThreadsSeeWholeCalls) {
  constexpr int kRounds = 30;
  std::jthread writer([&] {
    for (Offset offset = 0; offset < kRounds; ++offset) {
      EXPECT_THAT(apply({bought(1, 7), bought(2, 7)}, {{0, offset}}, {{0, offset + 1}}),
                  Succeeds());
    }
  });
  for (std::int64_t seen = 0; seen < kRounds;) {
    const auto found = fetch({{1}, {2}});
    if (testing::Test::HasFailure()) break;
    if (found.empty()) continue;
    ASSERT_EQ(found.size(), 2U);
    ASSERT_EQ(found.at({1}), found.at({2}));
    ASSERT_GE(found.at({1}).front().count, seen);
    seen = found.at({1}).front().count;
  }
}

TEST_P(PurchaseHistoriesContract, EveryCallEndsWhenItIsCancelledOrLate) {
  const std::vector<UserId> users{{1}};
  ASSERT_THAT(apply({bought(1, 2)}, {{0, 0}}, {{0, 1}}), Succeeds());
  for (const auto& [call, code] : {std::pair{cancelled_call(), ErrorCode::kCancelled},
                                   std::pair{too_late(), ErrorCode::kTimeout}}) {
    EXPECT_THAT(tables_.histories->fetch(users, call), FailsWith(code));
    EXPECT_THAT(tables_.histories->replace_all({}, call), FailsWith(code));
    EXPECT_THAT(tables_.histories->positions("topic", call), FailsWith(code));
    EXPECT_THAT(
        tables_.histories->apply("topic", Increments{bought(1, 2)}, {{0, 1}}, {{0, 2}}, call),
        FailsWith(code));
  }
  EXPECT_EQ(fetch(users), (HistoryMap{{{1}, {{{2}, 1, {}}}}}));
  EXPECT_EQ(positions("topic"), (Positions{{0, 1}}));
}

TEST_P(PurchaseHistoriesContract, ACallWithoutAnAnswerIsAnErrorAndNoAbsence) {
  const std::vector<UserId> users{{1}};
  ASSERT_THAT(apply({bought(1, 2)}, {{0, 0}}, {{0, 1}}), Succeeds());
  auto hang = place_->hang();
  expect_to_end_without_answer(
      [&](const CallContext& call) { return tables_.histories->replace_all({}, call); });
  expect_to_end_without_answer([&](const CallContext& call) {
    return tables_.histories->apply("topic", Increments{bought(1, 2)}, {{0, 1}}, {{0, 2}}, call);
  });
  if (place_->reading_hangs()) {
    expect_to_end_without_answer(
        [&](const CallContext& call) { return tables_.histories->fetch(users, call); });
    expect_to_end_without_answer(
        [&](const CallContext& call) { return tables_.histories->positions("topic", call); });
  }
  hang.reset();
  EXPECT_EQ(fetch(users), (HistoryMap{{{1}, {{{2}, 1, {}}}}}));
  EXPECT_EQ(positions("topic"), (Positions{{0, 1}}));
}

}  // namespace punnet
