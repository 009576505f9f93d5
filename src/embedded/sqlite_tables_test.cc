#include "embedded/sqlite_tables.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/calls.h"
#include "tests/support/child_process.h"
#include "tests/support/result_matchers.h"
#include "tests/support/sqlite_shell.h"
#include "tests/support/temporary_directory.h"

namespace punnet {
namespace {

using Increments = std::vector<HistoryIncrement>;

class SqliteTablesTest : public testing::Test {
 protected:
  Tables open() {
    auto tables = open_sqlite_tables({.path = path_}, patiently());
    EXPECT_THAT(tables, Succeeds());
    return *std::move(tables);
  }

  TemporaryDirectory directory_;
  const std::string path_ = directory_ / "shop/tables.db";
};

TEST_F(SqliteTablesTest, CountsStayExactOverKills) {
  const std::vector<UserId> users{{1}, {2}};
  for (int round = 0; round < 8; ++round) {
    ChildProcess writer([&] {
      const auto tables = open();
      const auto held = tables.histories->positions("topic", patiently());
      if (!held) return 1;
      for (Offset offset = held->contains(0) ? held->at(0) : 0;; ++offset) {
        const Increments increments{{{1}, {{7}, 1, {}}}, {{2}, {{offset % 50}, 1, {}}}};
        if (!tables.histories->apply("topic", increments, {{0, offset}}, {{0, offset + 1}},
                                     patiently())) {
          return 1;
        }
      }
    });
    const auto tables = open();
    const auto before = tables.histories->positions("topic", patiently());
    ASSERT_THAT(before, Succeeds());
    for (auto now = *before; now == *before;) {
      const auto positions = tables.histories->positions("topic", patiently());
      ASSERT_THAT(positions, Succeeds());
      now = *positions;
    }
    writer.kill();

    const auto position = tables.histories->positions("topic", patiently());
    ASSERT_THAT(position, Succeeds());
    const auto histories = tables.histories->fetch(users, patiently());
    ASSERT_THAT(histories, Succeeds());
    EXPECT_EQ(histories->at({1}), (History{{{7}, position->at(0), {}}}));
    std::int64_t sum = 0;
    for (const auto& entry : histories->at({2})) sum += entry.count;
    EXPECT_EQ(sum, position->at(0));
    EXPECT_THAT(tables.histories->apply("topic", {}, {{0, position->at(0) - 1}},
                                        {{0, position->at(0)}}, patiently()),
                FailsWith(ErrorCode::kExists));
  }
}

TEST_F(SqliteTablesTest, DamagedRowsAreCorruptAndNoAbsence) {
  const auto tables = open();
  const std::vector<UserId> users{{1}};
  const Increments rows{{{1}, {{7}, 1, {}}}};
  const std::vector<StoredRecommendation> lists{
      {.user = {1}, .items = {{2}}, .model_version = "1"}};
  ASSERT_THAT(tables.histories->replace_all(rows, patiently()), Succeeds());
  ASSERT_THAT(tables.own_purchases->replace_all({{{1}, {{7}}}}, patiently()), Succeeds());
  ASSERT_THAT(tables.baselines->put("top_5", std::vector<ItemId>{{1}}, patiently()), Succeeds());
  ASSERT_THAT(tables.recommendations->put(lists, patiently()), Succeeds());
  SqliteShell(path_).run(
      "UPDATE histories SET entries=x'00'; UPDATE own_purchases SET item_ids=x'00'; "
      "UPDATE baselines SET item_ids='[1'; UPDATE recommendations SET source='guess'");
  EXPECT_THAT(tables.histories->fetch(users, patiently()), FailsSaying(ErrorCode::kCorrupt, path_));
  EXPECT_THAT(tables.own_purchases->fetch(users, patiently()), FailsWith(ErrorCode::kCorrupt));
  EXPECT_THAT(tables.baselines->fetch("top_5", patiently()), FailsWith(ErrorCode::kCorrupt));
  EXPECT_THAT(tables.recommendations->fetch(users, patiently()), FailsWith(ErrorCode::kCorrupt));
}

TEST_F(SqliteTablesTest, ListsCanBeReadInTheShell) {
  const auto tables = open();
  ASSERT_THAT(tables.baselines->put("top_5", std::vector<ItemId>{{995242}, {1082185}}, patiently()),
              Succeeds());
  EXPECT_EQ(SqliteShell(path_).run("SELECT name, value FROM baselines, json_each(item_ids)"),
            "top_5|995242\ntop_5|1082185\n");
}

TEST_F(SqliteTablesTest, OnePathHoldsEitherEventsOrTables) {
  open();
  const auto again = open_sqlite_tables({.path = ""}, patiently());
  EXPECT_THAT(again, FailsSaying(ErrorCode::kInvalid, "[tables] uri"));
}

TEST_F(SqliteTablesTest, TablesOutliveEachOther) {
  auto tables = open();
  auto histories = std::move(tables.histories);
  tables = {};
  EXPECT_THAT(histories->positions("topic", patiently()), Succeeds());
}

}  // namespace
}  // namespace punnet
