#include "embedded/sqlite_event_log.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/calls.h"
#include "tests/support/child_process.h"
#include "tests/support/result_matchers.h"
#include "tests/support/sqlite_shell.h"
#include "tests/support/temporary_directory.h"

namespace punnet {
namespace {

using std::chrono::milliseconds;

class SqliteEventLogTest : public testing::Test {
 protected:
  std::unique_ptr<EventLog> open(const Clock& clock = system_clock()) {
    auto log = open_sqlite_event_log({.path = path_, .clock = &clock}, patiently());
    EXPECT_THAT(log, Succeeds());
    return *std::move(log);
  }

  static TopicInfo topic(EventLog& log, std::int32_t partitions = 1) {
    const auto created =
        log.create_topic({.name = "purchases", .partitions = partitions}, patiently());
    EXPECT_THAT(created, Succeeds());
    return *created;
  }

  TemporaryDirectory directory_;
  const std::string path_ = directory_ / "shop/events.db";
};

TEST_F(SqliteEventLogTest, EventsCanBeReadInTheShell) {
  const ManualClock clock(Timestamp{std::chrono::microseconds{1'234'567}});
  const auto log = open(clock);
  const auto purchases = topic(*log);
  const EventHeaders headers{{"run", "7"}, {"row", "12"}};
  const std::vector<NewEvent> events{{"42", R"({"user_id":42})", headers, {}},
                                     {{}, R"({"user_id":43})", {}, {}}};
  ASSERT_THAT(log->append(purchases, 0, events, patiently()), Succeeds());
  EXPECT_EQ(SqliteShell(path_).run(
                "SELECT name, \"offset\", ts, key, value, headers, "
                "json_extract(value, '$.user_id') FROM events JOIN topics USING (topic_id)"),
            "purchases|0|1234567|42|{\"user_id\":42}|run=7\nrow=12\n|42\n"
            "purchases|1|1234567||{\"user_id\":43}||43\n");
}

TEST_F(SqliteEventLogTest, LookingForATopicLeavesNoFileBehind) {
  const auto log = open();
  EXPECT_THAT(log->describe_topic("purchases", patiently()),
              FailsSaying(ErrorCode::kAbsent, "there is no topic \"purchases\""));
  EXPECT_FALSE(std::filesystem::exists(directory_ / "shop"));
  const auto purchases = topic(*open());
  const auto found = log->describe_topic("purchases", patiently());
  ASSERT_THAT(found, Succeeds());
  EXPECT_EQ(found->id, purchases.id);
}

TEST_F(SqliteEventLogTest, ReadsOverHolesThatSomebodyMade) {
  const auto log = open();
  const auto purchases = topic(*log);
  const std::vector<NewEvent> events(10, NewEvent{{}, "x", {}, {}});
  ASSERT_THAT(log->append(purchases, 0, events, patiently()), Succeeds());
  SqliteShell(path_).run("DELETE FROM events WHERE \"offset\" IN (0, 1, 4, 5)");

  const auto bounds = log->bounds(purchases, patiently());
  ASSERT_THAT(bounds, Succeeds());
  EXPECT_EQ(bounds->front(), (OffsetBounds{2, 10}));
  EXPECT_THAT(log->read(purchases, {{0, 1}}, {.events = 9}, milliseconds{0}, patiently()),
              FailsWith(ErrorCode::kInvalid));
  const auto runs = log->read(purchases, {{0, 2}}, {.events = 5}, milliseconds{0}, patiently());
  ASSERT_THAT(runs, Succeeds());
  ASSERT_EQ(runs->size(), 1U);
  EXPECT_EQ(runs->front().range, (OffsetRange{2, 7}));
  EXPECT_EQ(runs->front().events.size(), 3U);
  EXPECT_EQ(runs->front().events.back().offset, 6);
}

TEST_F(SqliteEventLogTest, OffsetsAreNotUsedAgainAfterEverythingIsDeleted) {
  const auto log = open();
  const auto purchases = topic(*log);
  const std::vector<NewEvent> events(3, NewEvent{{}, "x", {}, {}});
  ASSERT_THAT(log->append(purchases, 0, events, patiently()), Succeeds());
  SqliteShell(path_).run("DELETE FROM events");
  const auto next = log->append(purchases, 0, events, patiently());
  ASSERT_THAT(next, Succeeds());
  EXPECT_EQ(*next, 3);
}

TEST_F(SqliteEventLogTest, RefusesWhatItCannotHonour) {
  const auto log = open();
  EXPECT_THAT(log->create_topic({.name = "a", .replication_factor = 3}, patiently()),
              FailsWith(ErrorCode::kInvalid));
  EXPECT_THAT(log->create_topic({.name = "a", .config = {{"retention.ms", "1000"}}}, patiently()),
              FailsSaying(ErrorCode::kInvalid, "retention.ms=1000"));
}

TEST_F(SqliteEventLogTest, ATopicMadeAnewIsToldApart) {
  const auto log = open();
  const auto former = topic(*log);
  SqliteShell(path_).run("DELETE FROM topics; DELETE FROM events; DELETE FROM partitions");
  EXPECT_THAT(log->bounds(former, patiently()), FailsWith(ErrorCode::kAbsent));
  topic(*log);
  EXPECT_THAT(log->read(former, {{0, 0}}, {.events = 1}, milliseconds{0}, patiently()),
              FailsSaying(ErrorCode::kInvalid, former.id));
}

TEST_F(SqliteEventLogTest, HeadersThatNobodyWroteAreCorrupt) {
  const auto log = open();
  const auto purchases = topic(*log);
  const NewEvent event{{}, "x", {}, {}};
  ASSERT_THAT(log->append(purchases, 0, {&event, 1}, patiently()), Succeeds());
  SqliteShell(path_).run("UPDATE events SET headers='no header'");
  EXPECT_THAT(
      log->read(purchases, {{0, 0}}, {.events = 1, .headers = true}, milliseconds{0}, patiently()),
      FailsSaying(ErrorCode::kCorrupt, path_));
}

TEST_F(SqliteEventLogTest, APublisherAndAStreamInTwoProcessesMissNothing) {
  constexpr int kAppends = 300;
  constexpr int kEventsEach = 20;
  const auto purchases = topic(*open(), 2);
  ChildProcess publisher([&] {
    const auto log = open();
    for (int i = 0; i < kAppends; ++i) {
      const auto value = std::to_string(i);
      const std::vector<NewEvent> events(kEventsEach, NewEvent{{}, value, {}, {}});
      if (!log->append(purchases, i % 2, events, patiently())) return 1;
    }
    return 0;
  });

  const auto log = open();
  Positions next{{0, 0}, {1, 0}};
  std::int64_t seen = 0;
  while (seen < kAppends * kEventsEach) {
    const auto runs =
        log->read(purchases, next, {.events = 100}, milliseconds{30'000}, patiently());
    ASSERT_THAT(runs, Succeeds());
    ASSERT_FALSE(runs->empty());
    for (const auto& run : *runs) {
      ASSERT_EQ(run.range.start, next[run.partition]);
      ASSERT_EQ(static_cast<std::int64_t>(run.events.size()), run.range.size());
      for (const auto& event : run.events) {
        const auto append = 2 * (event.offset / kEventsEach) + run.partition;
        ASSERT_EQ(event.value, std::to_string(append));
      }
      next[run.partition] = run.range.next;
      seen += run.range.size();
    }
    ASSERT_THAT(log->commit_offsets("stream", purchases, next, patiently()), Succeeds());
  }
  EXPECT_EQ(publisher.wait(), 0);
  const auto noted = log->committed_offsets("stream", purchases, patiently());
  ASSERT_THAT(noted, Succeeds());
  EXPECT_EQ(*noted, next);
}

TEST_F(SqliteEventLogTest, APublisherThatIsKilledLeavesWholeAppends) {
  constexpr int kEventsEach = 50;
  const auto log = open();
  const auto purchases = topic(*log);
  for (int round = 0; round < 5; ++round) {
    ChildProcess publisher([&] {
      const auto own = open();
      const std::vector<NewEvent> events(kEventsEach, NewEvent{{}, "x", {}, {}});
      while (own->append(purchases, 0, events, patiently())) {
      }
      return 1;
    });
    const auto before = log->bounds(purchases, patiently());
    ASSERT_THAT(before, Succeeds());
    const auto runs = log->read(purchases, {{0, before->front().next}}, {.events = 1},
                                milliseconds{30'000}, patiently());
    ASSERT_THAT(runs, Succeeds());
    publisher.kill();
    const auto after = log->bounds(purchases, patiently());
    ASSERT_THAT(after, Succeeds());
    EXPECT_GT(after->front().next, before->front().next);
    EXPECT_EQ(after->front().next % kEventsEach, 0);
    EXPECT_EQ(SqliteShell(path_).run("SELECT count(*) FROM events"),
              std::to_string(after->front().next) + "\n");
  }
}

}  // namespace
}  // namespace punnet
