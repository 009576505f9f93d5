#pragma once

#include <string>
#include <vector>

#include "tests/contract/tables_place.h"

namespace punnet {

/// What RecommendationTable in ports/recommendation_tables.h promises, for any adapter.
class RecommendationTableContract : public TablesContract {
 protected:
  using Rows = std::vector<StoredRecommendation>;

  static StoredRecommendation list(std::int64_t user, std::vector<ItemId> items,
                                   Partition partition, Offset offset) {
    return {{user}, std::move(items), RecommendationSource::kModel, "7", partition, offset};
  }

  void put(const Rows& rows) {
    EXPECT_THAT(tables_.recommendations->put(rows, patiently()), Succeeds());
  }

  Rows fetch(const std::vector<UserId>& users) {
    auto found = tables_.recommendations->fetch(users, patiently());
    EXPECT_THAT(found, Succeeds());
    return found ? *std::move(found) : Rows{};
  }

  std::vector<ItemId> items_of(std::int64_t user) {
    const auto rows = fetch({{user}});
    EXPECT_EQ(rows.size(), 1U);
    return rows.empty() ? std::vector<ItemId>{} : rows.front().items;
  }
};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(RecommendationTableContract);

TEST_P(RecommendationTableContract, GivesBackTheListsOfUsers) {
  auto popular = list(2, {{5}, {4}}, 3, 99);
  popular.source = RecommendationSource::kPopularity;
  auto none = list(3, {}, 0, 1);
  none.source = RecommendationSource::kNone;
  put({list(1, {{30}, {10}, {20}}, 0, 5), popular, none});
  reopen();
  const auto rows = fetch({{1}, {2}, {3}});
  ASSERT_EQ(rows.size(), 3U);
  for (const auto& row : rows) {
    if (row.user == UserId{1}) {
      EXPECT_EQ(row.items, (std::vector<ItemId>{{30}, {10}, {20}}));
      EXPECT_EQ(row.source, RecommendationSource::kModel);
      EXPECT_EQ(row.model_version, "7");
    } else if (row.user == UserId{2}) {
      EXPECT_EQ(row.source, RecommendationSource::kPopularity);
      EXPECT_EQ(row.partition, 3);
      EXPECT_EQ(row.offset, 99);
    } else {
      EXPECT_EQ(row.source, RecommendationSource::kNone);
      EXPECT_TRUE(row.items.empty());
    }
  }
}

TEST_P(RecommendationTableContract, UsersWithoutAListAreMissing) {
  put({list(1, {{2}}, 0, 0)});
  EXPECT_EQ(fetch({{1}, {9}}).size(), 1U);
  EXPECT_TRUE(fetch({}).empty());
  put({});
}

TEST_P(RecommendationTableContract, ALaterListReplacesAnEarlierOne) {
  put({list(1, {{2}}, 0, 5)});
  put({list(1, {{3}}, 0, 6)});
  EXPECT_EQ(items_of(1), (std::vector<ItemId>{{3}}));
}

TEST_P(RecommendationTableContract, ReplayingChangesNothing) {
  put({list(1, {{2}}, 0, 5)});
  put({list(1, {{3}}, 0, 6)});
  put({list(1, {{2}}, 0, 5)});
  put({list(1, {{3}}, 0, 6)});
  EXPECT_EQ(items_of(1), (std::vector<ItemId>{{3}}));
}

TEST_P(RecommendationTableContract, OffsetsOfAnotherPartitionDoNotCompare) {
  put({list(1, {{2}}, 0, 500)});
  put({list(1, {{3}}, 1, 4)});
  EXPECT_EQ(items_of(1), (std::vector<ItemId>{{3}}));
}

TEST_P(RecommendationTableContract, EveryCallEndsWhenItIsCancelledOrLate) {
  const std::vector<UserId> users{{1}};
  const Rows rows{list(1, {{2}}, 0, 5)};
  for (const auto& [call, code] : {std::pair{cancelled_call(), ErrorCode::kCancelled},
                                   std::pair{too_late(), ErrorCode::kTimeout}}) {
    EXPECT_THAT(tables_.recommendations->put(rows, call), FailsWith(code));
    EXPECT_THAT(tables_.recommendations->fetch(users, call), FailsWith(code));
  }
  EXPECT_TRUE(fetch(users).empty());
}

TEST_P(RecommendationTableContract, ACallWithoutAnAnswerIsAnErrorAndNoAbsence) {
  const std::vector<UserId> users{{1}};
  const Rows rows{list(1, {{2}}, 0, 5), list(2, {{2}}, 0, 6)};
  auto hang = place_->hang();
  expect_to_end_without_answer(
      [&](const CallContext& call) { return tables_.recommendations->put(rows, call); });
  if (place_->reading_hangs()) {
    expect_to_end_without_answer(
        [&](const CallContext& call) { return tables_.recommendations->fetch(users, call); });
  }
  hang.reset();
  EXPECT_TRUE(fetch(users).empty());
}

}  // namespace punnet
