#include "stream/precision_at_k.h"

#include <gtest/gtest.h>

#include <vector>

namespace punnet {
namespace {

std::vector<ItemId> items(std::initializer_list<std::int64_t> ids) {
  std::vector<ItemId> list;
  for (const auto id : ids) list.push_back({id});
  return list;
}

TEST(PrecisionAtK, IsTheShareOfTheListThatTheUserOwns) {
  EXPECT_EQ(precision_at_k(items({9, 2, 7, 1, 5}), items({1, 2, 3})), 0.4);
  EXPECT_EQ(precision_at_k(items({9, 8}), items({1, 2, 3})), 0.0);
  EXPECT_EQ(precision_at_k(items({3}), items({1, 2, 3})), 1.0);
}

TEST(PrecisionAtK, IsAbsentWithoutOwnPurchasesOrWithoutAList) {
  EXPECT_EQ(precision_at_k({}, items({1})), std::nullopt);
  EXPECT_EQ(precision_at_k(items({1}), {}), std::nullopt);
}

TEST(PrecisionAtK, AveragesEachUserFirst) {
  const std::vector<EventPrecision> events{{{1}, 0.2},          {{2}, 1.0},          {{1}, 0.4},
                                           {{3}, std::nullopt}, {{1}, std::nullopt}, {{3}, {}}};
  const auto summary = summarize_precision(events);
  EXPECT_DOUBLE_EQ(*summary.average, (0.3 + 1.0) / 2);
  EXPECT_EQ(summary.counted_users, 2);
  EXPECT_EQ(summary.users, 3);
  EXPECT_EQ(summary.events_without, 3);
}

TEST(PrecisionAtK, PrintsTheAverageAndHowManyUsersCount) {
  EXPECT_EQ(to_text({.average = 11.4 / 97, .counted_users = 97, .users = 97}),
            "0.1175 over 97 of 97 users");
  EXPECT_EQ(to_text({.average = {}, .counted_users = 0, .users = 2}), "none over 0 of 2 users");
}

}  // namespace
}  // namespace punnet
