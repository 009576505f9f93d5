#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <ostream>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "ports/event_log.h"
#include "tests/contract/hanging.h"
#include "tests/support/calls.h"
#include "tests/support/hung_calls.h"
#include "tests/support/result_matchers.h"

namespace punnet {

/// A log that is empty at first. Objects opened on it see the same topics.
class EventLogPlace {
 public:
  virtual ~EventLogPlace() = default;
  virtual std::unique_ptr<EventLog> open() = 0;

  /// Keeps answers from the writing calls of every object; with `reading_hangs`, from the others
  /// too.
  virtual std::unique_ptr<Hang> hang() = 0;
  virtual bool reading_hangs() const = 0;
};

/// An adapter that is held to the contract.
struct EventLogMaker {
  std::string name;
  std::function<std::unique_ptr<EventLogPlace>()> make;

  friend std::ostream& operator<<(std::ostream& out, const EventLogMaker& maker) {
    return out << maker.name;
  }
};

/// What ports/event_log.h promises, for any adapter.
class EventLogContract : public testing::TestWithParam<EventLogMaker> {
 protected:
  using Milliseconds = std::chrono::milliseconds;
  static constexpr Milliseconds kNoWait{0};
  static constexpr Milliseconds kLongWait{30'000};

  EventLogContract() : place_(GetParam().make()), log_(place_->open()) {}

  TopicInfo topic(std::int32_t partitions = 1, std::string name = "purchases") {
    const auto created =
        log_->create_topic({.name = std::move(name), .partitions = partitions}, patiently());
    EXPECT_THAT(created, Succeeds());
    return created ? *created : TopicInfo{};
  }

  Offset append(const TopicInfo& topic, Partition partition,
                const std::vector<std::string>& values) {
    std::vector<NewEvent> events;
    for (const auto& value : values) events.push_back({{}, value, {}, {}});
    const auto first = log_->append(topic, partition, events, patiently());
    EXPECT_THAT(first, Succeeds());
    return first ? *first : -1;
  }

  /// Appends `count` events with the values "<partition>:<offset>".
  void fill(const TopicInfo& topic, Partition partition, int count) {
    std::vector<std::string> values;
    for (int i = 0; i < count; ++i) {
      values.push_back(std::to_string(partition) + ":" + std::to_string(i));
    }
    append(topic, partition, values);
  }

  std::vector<EventRun> read(const TopicInfo& topic, const Positions& from, ReadLimit limit) {
    auto runs = log_->read(topic, from, limit, kNoWait, patiently());
    EXPECT_THAT(runs, Succeeds());
    return runs ? *std::move(runs) : std::vector<EventRun>{};
  }

  static std::vector<std::string> values(const EventRun& run) {
    std::vector<std::string> all;
    for (const auto& event : run.events) all.emplace_back(event.value);
    return all;
  }

  static std::int64_t size(const std::vector<EventRun>& runs) {
    return std::accumulate(runs.begin(), runs.end(), std::int64_t{0},
                           [](std::int64_t sum, const EventRun& run) {
                             return sum + static_cast<std::int64_t>(run.events.size());
                           });
  }

  std::unique_ptr<EventLogPlace> place_;
  std::unique_ptr<EventLog> log_;
};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(EventLogContract);

TEST_P(EventLogContract, DescribesATopicThatWasCreated) {
  const auto created = topic(3);
  EXPECT_EQ(created.name, "purchases");
  EXPECT_EQ(created.partitions, 3);
  EXPECT_FALSE(created.id.empty());
  const auto described = log_->describe_topic("purchases", patiently());
  ASSERT_THAT(described, Succeeds());
  EXPECT_EQ(described->name, "purchases");
  EXPECT_EQ(described->id, created.id);
  EXPECT_EQ(described->partitions, 3);
}

TEST_P(EventLogContract, TopicsHaveDifferentIds) { EXPECT_NE(topic(1, "a").id, topic(1, "b").id); }

TEST_P(EventLogContract, ATopicThatDoesNotExistIsAbsent) {
  const TopicInfo nowhere{"nowhere", "an id", 1};
  const NewEvent event{{}, "x", {}, {}};
  EXPECT_THAT(log_->describe_topic("nowhere", patiently()),
              FailsSaying(ErrorCode::kAbsent, "nowhere"));
  EXPECT_THAT(log_->append(nowhere, 0, {&event, 1}, patiently()), FailsWith(ErrorCode::kAbsent));
  EXPECT_THAT(log_->bounds(nowhere, patiently()), FailsWith(ErrorCode::kAbsent));
  EXPECT_THAT(log_->read(nowhere, {{0, 0}}, {.events = 1}, kNoWait, patiently()),
              FailsWith(ErrorCode::kAbsent));
  EXPECT_THAT(log_->commit_offsets("g", nowhere, {{0, 0}}, patiently()),
              FailsWith(ErrorCode::kAbsent));
  EXPECT_THAT(log_->committed_offsets("g", nowhere, patiently()), FailsWith(ErrorCode::kAbsent));
}

TEST_P(EventLogContract, ATopicIsCreatedOnce) {
  const auto first = topic(2);
  EXPECT_THAT(log_->create_topic({.name = "purchases", .partitions = 2}, patiently()),
              FailsWith(ErrorCode::kExists));
  EXPECT_THAT(log_->create_topic({.name = "purchases", .partitions = 5}, patiently()),
              FailsWith(ErrorCode::kExists));
  const auto described = log_->describe_topic("purchases", patiently());
  ASSERT_THAT(described, Succeeds());
  EXPECT_EQ(described->id, first.id);
  EXPECT_EQ(described->partitions, 2);
}

TEST_P(EventLogContract, RefusesWhatNoTopicCanBe) {
  for (const auto* const name : {"", ".", "..", "a b", "a/b", "\xC3\xA4"}) {
    EXPECT_THAT(log_->create_topic({.name = name}, patiently()), FailsWith(ErrorCode::kInvalid))
        << name;
  }
  EXPECT_THAT(log_->create_topic({.name = std::string(250, 'a')}, patiently()),
              FailsWith(ErrorCode::kInvalid));
  EXPECT_THAT(log_->create_topic({.name = "a", .partitions = 0}, patiently()),
              FailsWith(ErrorCode::kInvalid));
  EXPECT_THAT(log_->create_topic({.name = "a", .config = {{"no.such.setting", "1"}}}, patiently()),
              FailsSaying(ErrorCode::kInvalid, "no.such.setting"));
}

TEST_P(EventLogContract, KeepsEventsForEverWhenAskedTo) {
  EXPECT_THAT(log_->create_topic({.name = "a", .config = {{"retention.ms", "-1"}}}, patiently()),
              Succeeds());
}

TEST_P(EventLogContract, GivesBackWhatWasAppendedInOrder) {
  const auto purchases = topic();
  EXPECT_EQ(append(purchases, 0, {"a", "b", "c"}), 0);
  const auto runs = read(purchases, {{0, 0}}, {.events = 10});
  ASSERT_EQ(runs.size(), 1U);
  EXPECT_EQ(runs[0].partition, 0);
  EXPECT_EQ(runs[0].range, (OffsetRange{0, 3}));
  EXPECT_EQ(values(runs[0]), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(runs[0].events[2].offset, 2);
}

TEST_P(EventLogContract, OffsetsFollowWithoutHoles) {
  const auto purchases = topic(2);
  EXPECT_EQ(append(purchases, 0, {"a", "b"}), 0);
  EXPECT_EQ(append(purchases, 1, {"x"}), 0);
  EXPECT_EQ(append(purchases, 0, {"c"}), 2);
  EXPECT_EQ(append(purchases, 0, {"d"}), 3);
  const auto all = log_->bounds(purchases, patiently());
  ASSERT_THAT(all, Succeeds());
  EXPECT_EQ(*all, (std::vector<OffsetBounds>{{0, 4}, {0, 1}}));
}

TEST_P(EventLogContract, AnEmptyTopicHasEmptyBounds) {
  const auto all = log_->bounds(topic(2), patiently());
  ASSERT_THAT(all, Succeeds());
  EXPECT_EQ(*all, (std::vector<OffsetBounds>{{0, 0}, {0, 0}}));
}

TEST_P(EventLogContract, AppendingNothingChangesNothing) {
  const auto purchases = topic();
  append(purchases, 0, {"a"});
  EXPECT_EQ(append(purchases, 0, {}), 1);
  EXPECT_EQ(append(purchases, 0, {"b"}), 1);
}

TEST_P(EventLogContract, KeepsEveryByteKeyHeaderAndTime) {
  const auto purchases = topic();
  const std::string bytes("\0\xFF\n\x80 \xC3", 6);
  const EventHeaders headers{{"run", "7"}, {"run", "8"}, {"a=b\n%", bytes}, {"", ""}};
  const Timestamp time{std::chrono::milliseconds{1'500'000'000'123}};
  const std::vector<NewEvent> events{{std::string_view(bytes), bytes, headers, time},
                                     {std::string_view(""), "", {}, time},
                                     {{}, "v", {}, time}};
  ASSERT_THAT(log_->append(purchases, 0, events, patiently()), Succeeds());
  const auto runs = read(purchases, {{0, 0}}, {.events = 10, .headers = true});
  ASSERT_EQ(runs.size(), 1U);
  ASSERT_EQ(runs[0].events.size(), 3U);
  const auto& [first, second, third] =
      std::tie(runs[0].events[0], runs[0].events[1], runs[0].events[2]);
  EXPECT_EQ(first.key, bytes);
  EXPECT_EQ(first.value, bytes);
  EXPECT_EQ(first.headers, headers);
  EXPECT_EQ(first.time, time);
  EXPECT_EQ(second.key, "");
  EXPECT_EQ(second.value, "");
  EXPECT_TRUE(second.headers.empty());
  EXPECT_EQ(third.key, std::nullopt);
  EXPECT_EQ(third.value, "v");
}

TEST_P(EventLogContract, LeavesHeadersOutUnlessAskedFor) {
  const auto purchases = topic();
  const EventHeaders headers{{"run", "7"}};
  const NewEvent event{{}, "a", headers, {}};
  ASSERT_THAT(log_->append(purchases, 0, {&event, 1}, patiently()), Succeeds());
  const auto runs = read(purchases, {{0, 0}}, {.events = 10});
  ASSERT_EQ(size(runs), 1);
  EXPECT_TRUE(runs[0].events[0].headers.empty());
}

TEST_P(EventLogContract, StampsEventsThatBringNoTime) {
  const auto purchases = topic();
  append(purchases, 0, {"a"});
  const auto runs = read(purchases, {{0, 0}}, {.events = 1});
  ASSERT_EQ(size(runs), 1);
  EXPECT_GT(runs[0].events[0].time,
            Timestamp{std::chrono::sys_days{std::chrono::year{2020} / 1 / 1}});
}

TEST_P(EventLogContract, ReadsOnFromAnyPosition) {
  const auto purchases = topic();
  fill(purchases, 0, 10);
  const auto runs = read(purchases, {{0, 6}}, {.events = 3});
  ASSERT_EQ(runs.size(), 1U);
  EXPECT_EQ(runs[0].range, (OffsetRange{6, 9}));
  EXPECT_EQ(values(runs[0]), (std::vector<std::string>{"0:6", "0:7", "0:8"}));
}

TEST_P(EventLogContract, ReadsOnlyThePartitionsNamed) {
  const auto purchases = topic(3);
  for (Partition partition = 0; partition < 3; ++partition) fill(purchases, partition, 2);
  const auto runs = read(purchases, {{2, 0}, {0, 1}}, {.events = 10});
  ASSERT_EQ(runs.size(), 2U);
  EXPECT_EQ(size(runs), 3);
  for (const auto& run : runs) EXPECT_NE(run.partition, 1);
  EXPECT_TRUE(read(purchases, {}, {.events = 10}).empty());
}

TEST_P(EventLogContract, NothingNewIsNoRunAndNoError) {
  const auto purchases = topic(2);
  fill(purchases, 0, 3);
  EXPECT_TRUE(read(purchases, {{0, 3}, {1, 0}}, {.events = 10}).empty());
}

TEST_P(EventLogContract, RunsTakeNoMoreThanTheLimitInAll) {
  const auto purchases = topic(3);
  for (Partition partition = 0; partition < 3; ++partition) fill(purchases, partition, 50);
  for (const std::int64_t limit : {1, 2, 3, 10, 100, 149, 150, 1000}) {
    const auto runs = read(purchases, {{0, 0}, {1, 0}, {2, 0}}, {.events = limit});
    EXPECT_LE(size(runs), limit);
    EXPECT_GT(size(runs), std::min<std::int64_t>(limit, 150) - 3);
  }
}

TEST_P(EventLogContract, SharesTheLimitInProportion) {
  const auto purchases = topic(3);
  fill(purchases, 0, 600);
  fill(purchases, 1, 300);
  fill(purchases, 2, 100);
  std::map<Partition, std::int64_t> taken;
  for (const auto& run : read(purchases, {{0, 0}, {1, 0}, {2, 0}}, {.events = 100})) {
    taken[run.partition] = run.range.size();
  }
  EXPECT_NEAR(static_cast<double>(taken[0]), 60, 1);
  EXPECT_NEAR(static_cast<double>(taken[1]), 30, 1);
  EXPECT_NEAR(static_cast<double>(taken[2]), 10, 1);
}

TEST_P(EventLogContract, APartitionWithLittleIsNotForgotten) {
  const auto purchases = topic(2);
  fill(purchases, 0, 1000);
  fill(purchases, 1, 1);
  EXPECT_EQ(read(purchases, {{0, 0}, {1, 0}}, {.events = 10}).size(), 2U);
}

TEST_P(EventLogContract, EveryPartitionIsReadToItsEndInTheLongRun) {
  const auto purchases = topic(3);
  fill(purchases, 0, 20);
  fill(purchases, 1, 5);
  fill(purchases, 2, 1);
  Positions next{{0, 0}, {1, 0}, {2, 0}};
  std::vector<std::string> seen;
  for (int round = 0; round < 100; ++round) {
    for (const auto& run : read(purchases, next, {.events = 1})) {
      EXPECT_EQ(run.range.start, next[run.partition]);
      next[run.partition] = run.range.next;
      for (const auto& value : values(run)) seen.push_back(value);
    }
  }
  EXPECT_EQ(next, (Positions{{0, 20}, {1, 5}, {2, 1}}));
  EXPECT_EQ(seen.size(), 26U);
}

TEST_P(EventLogContract, AReadIsBoundedByBytes) {
  const auto purchases = topic();
  append(purchases, 0, std::vector<std::string>(10, std::string(100, 'x')));
  const auto runs = read(purchases, {{0, 0}}, {.events = 10, .bytes = 350});
  ASSERT_EQ(runs.size(), 1U);
  EXPECT_EQ(runs[0].range, (OffsetRange{0, 3}));
  EXPECT_EQ(runs[0].events.size(), 3U);
}

TEST_P(EventLogContract, OneEventIsTakenWhateverItsSize) {
  const auto purchases = topic(2);
  append(purchases, 0, {std::string(1000, 'x'), "y"});
  append(purchases, 1, {std::string(1000, 'x')});
  Positions next{{0, 0}, {1, 0}};
  for (int round = 0; round < 3; ++round) {
    const auto runs = read(purchases, next, {.events = 10, .bytes = 10});
    EXPECT_EQ(size(runs), 1);
    for (const auto& run : runs) next[run.partition] = run.range.next;
  }
  EXPECT_EQ(next, (Positions{{0, 2}, {1, 1}}));
}

TEST_P(EventLogContract, ALimitBelowOneIsInvalid) {
  EXPECT_THAT(log_->read(topic(), {{0, 0}}, {.events = 0}, kNoWait, patiently()),
              FailsWith(ErrorCode::kInvalid));
}

TEST_P(EventLogContract, APositionOutsideOfTheBoundsIsInvalidAndSaysWhy) {
  const auto purchases = topic(2);
  fill(purchases, 0, 5);
  EXPECT_THAT(log_->read(purchases, {{0, 17}}, {.events = 1}, kNoWait, patiently()),
              testing::AllOf(FailsSaying(ErrorCode::kInvalid, "17"),
                             FailsSaying(ErrorCode::kInvalid, "5")));
  EXPECT_THAT(log_->read(purchases, {{0, -3}}, {.events = 1}, kNoWait, patiently()),
              FailsSaying(ErrorCode::kInvalid, "-3"));
  EXPECT_THAT(log_->read(purchases, {{0, 0}, {1, 1}}, {.events = 1}, kNoWait, patiently()),
              FailsWith(ErrorCode::kInvalid))
      << "one bad position spoils the read: nothing is skipped";
}

TEST_P(EventLogContract, APartitionThatIsNotThereIsInvalid) {
  const auto purchases = topic(2);
  const NewEvent event{{}, "x", {}, {}};
  EXPECT_THAT(log_->append(purchases, 2, {&event, 1}, patiently()), FailsWith(ErrorCode::kInvalid));
  EXPECT_THAT(log_->append(purchases, -1, {&event, 1}, patiently()),
              FailsWith(ErrorCode::kInvalid));
  EXPECT_THAT(log_->read(purchases, {{2, 0}}, {.events = 1}, kNoWait, patiently()),
              FailsWith(ErrorCode::kInvalid));
  EXPECT_THAT(log_->commit_offsets("g", purchases, {{2, 0}}, patiently()),
              FailsWith(ErrorCode::kInvalid));
}

TEST_P(EventLogContract, ATopicOfAnotherIdIsInvalidAndSaysWhich) {
  const auto purchases = topic();
  fill(purchases, 0, 5);
  auto former = purchases;
  former.id = "the-former-id";
  const NewEvent event{{}, "x", {}, {}};
  EXPECT_THAT(log_->read(former, {{0, 0}}, {.events = 1}, kNoWait, patiently()),
              testing::AllOf(FailsSaying(ErrorCode::kInvalid, "the-former-id"),
                             FailsSaying(ErrorCode::kInvalid, purchases.id)));
  EXPECT_THAT(log_->append(former, 0, {&event, 1}, patiently()), FailsWith(ErrorCode::kInvalid));
  EXPECT_THAT(log_->bounds(former, patiently()), FailsWith(ErrorCode::kInvalid));
}

TEST_P(EventLogContract, OtherObjectsSeeWhatWasAppended) {
  const auto purchases = topic();
  append(purchases, 0, {"a"});
  const auto other = place_->open();
  const auto described = other->describe_topic("purchases", patiently());
  ASSERT_THAT(described, Succeeds());
  EXPECT_EQ(described->id, purchases.id);
  const NewEvent event{{}, "b", {}, {}};
  const auto second = other->append(*described, 0, {&event, 1}, patiently());
  ASSERT_THAT(second, Succeeds());
  EXPECT_EQ(*second, 1);
  const auto runs = read(purchases, {{0, 0}}, {.events = 10});
  ASSERT_EQ(runs.size(), 1U);
  EXPECT_EQ(values(runs[0]), (std::vector<std::string>{"a", "b"}));
}

TEST_P(EventLogContract, WhatWasAppendedOutlivesTheObject) {
  const auto purchases = topic();
  append(purchases, 0, {"a"});
  log_.reset();
  log_ = place_->open();
  EXPECT_EQ(size(read(purchases, {{0, 0}}, {.events = 10})), 1);
}

TEST_P(EventLogContract, AReaderThatWaitsGetsTheFirstEvent) {
  const auto purchases = topic();
  std::jthread publisher([&] {
    const auto other = place_->open();
    const NewEvent event{{}, "a", {}, {}};
    EXPECT_THAT(other->append(purchases, 0, {&event, 1}, patiently()), Succeeds());
  });
  const auto runs = log_->read(purchases, {{0, 0}}, {.events = 10}, kLongWait, patiently());
  ASSERT_THAT(runs, Succeeds());
  EXPECT_EQ(size(*runs), 1);
}

TEST_P(EventLogContract, AReaderThatWaitedInVainGetsNoRun) {
  const auto runs = log_->read(topic(), {{0, 0}}, {.events = 10}, Milliseconds{30}, patiently());
  ASSERT_THAT(runs, Succeeds());
  EXPECT_TRUE(runs->empty());
}

TEST_P(EventLogContract, WritersOfOneTopicDoNotLoseEachOthersEvents) {
  constexpr int kWriters = 3;
  constexpr int kAppends = 20;
  const auto purchases = topic();
  {
    std::vector<std::jthread> writers;
    for (int writer = 0; writer < kWriters; ++writer) {
      writers.emplace_back([&, writer] {
        const auto other = place_->open();
        for (int i = 0; i < kAppends; ++i) {
          const auto value = std::to_string(writer) + ":" + std::to_string(i);
          const std::vector<NewEvent> pair(2, NewEvent{{}, value, {}, {}});
          EXPECT_THAT(other->append(purchases, 0, pair, patiently()), Succeeds());
        }
      });
    }
  }
  const auto runs = read(purchases, {{0, 0}}, {.events = 1000});
  ASSERT_EQ(runs.size(), 1U);
  ASSERT_EQ(runs[0].events.size(), 2U * kWriters * kAppends);
  std::map<char, int> appends_seen;
  for (std::size_t i = 0; i < runs[0].events.size(); i += 2) {
    const auto value = runs[0].events[i].value;
    EXPECT_EQ(value, runs[0].events[i + 1].value) << "an append was torn apart";
    EXPECT_EQ(value.substr(2), std::to_string(appends_seen[value[0]]++));
  }
}

TEST_P(EventLogContract, NotesHowFarAGroupHasCome) {
  const auto purchases = topic(3);
  fill(purchases, 0, 10);
  fill(purchases, 2, 10);
  const auto committed = [&](std::string_view group) {
    const auto positions = log_->committed_offsets(group, purchases, patiently());
    EXPECT_THAT(positions, Succeeds());
    return positions ? *positions : Positions{};
  };
  EXPECT_EQ(committed("stream"), Positions{});
  ASSERT_THAT(log_->commit_offsets("stream", purchases, {{0, 4}, {2, 1}}, patiently()), Succeeds());
  EXPECT_EQ(committed("stream"), (Positions{{0, 4}, {2, 1}}));
  EXPECT_EQ(committed("tail"), Positions{});
  ASSERT_THAT(log_->commit_offsets("stream", purchases, {{2, 7}}, patiently()), Succeeds());
  ASSERT_THAT(log_->commit_offsets("stream", purchases, {{2, 7}}, patiently()), Succeeds());
  EXPECT_EQ(committed("stream"), (Positions{{0, 4}, {2, 7}}));
  log_ = place_->open();
  EXPECT_EQ(committed("stream"), (Positions{{0, 4}, {2, 7}}));
}

TEST_P(EventLogContract, NotesAreKeptByTopic) {
  const auto purchases = topic();
  const auto others = topic(1, "others");
  ASSERT_THAT(log_->commit_offsets("stream", purchases, {{0, 0}}, patiently()), Succeeds());
  const auto positions = log_->committed_offsets("stream", others, patiently());
  ASSERT_THAT(positions, Succeeds());
  EXPECT_EQ(*positions, Positions{});
}

TEST_P(EventLogContract, EveryCallEndsWhenItIsCancelledOrLate) {
  const auto purchases = topic();
  append(purchases, 0, {"a"});
  const NewEvent event{{}, "x", {}, {}};
  for (const auto& [call, code] : {std::pair{cancelled_call(), ErrorCode::kCancelled},
                                   std::pair{too_late(), ErrorCode::kTimeout}}) {
    EXPECT_THAT(log_->create_topic({.name = "b"}, call), FailsWith(code));
    EXPECT_THAT(log_->describe_topic("purchases", call), FailsWith(code));
    EXPECT_THAT(log_->append(purchases, 0, {&event, 1}, call), FailsWith(code));
    EXPECT_THAT(log_->bounds(purchases, call), FailsWith(code));
    EXPECT_THAT(log_->read(purchases, {{0, 0}}, {.events = 1}, kNoWait, call), FailsWith(code));
    EXPECT_THAT(log_->commit_offsets("g", purchases, {{0, 1}}, call), FailsWith(code));
    EXPECT_THAT(log_->committed_offsets("g", purchases, call), FailsWith(code));
  }
  EXPECT_EQ(append(purchases, 0, {"b"}), 1) << "a cancelled append left something behind";
}

TEST_P(EventLogContract, AWaitingReadEndsWhenItIsCancelledOrLate) {
  const auto purchases = topic();
  expect_to_end_without_answer([&](const CallContext& call) {
    return log_->read(purchases, {{0, 0}}, {.events = 1}, kLongWait, call);
  });
}

TEST_P(EventLogContract, ACallWithoutAnAnswerEndsWhenItIsCancelledOrLate) {
  const auto purchases = topic();
  append(purchases, 0, {"a"});
  const NewEvent event{{}, "x", {}, {}};
  ASSERT_THAT(log_->commit_offsets("g", purchases, {{0, 0}}, patiently()), Succeeds());
  auto hang = place_->hang();
  expect_to_end_without_answer(
      [&](const CallContext& call) { return log_->create_topic({.name = "b"}, call); });
  expect_to_end_without_answer([&](const CallContext& call) {
    return log_->append(purchases, 0, {&event, 1}, call);
  });
  expect_to_end_without_answer([&](const CallContext& call) {
    return log_->commit_offsets("g", purchases, {{0, 1}}, call);
  });
  if (place_->reading_hangs()) {
    expect_to_end_without_answer(
        [&](const CallContext& call) { return log_->describe_topic("purchases", call); });
    expect_to_end_without_answer(
        [&](const CallContext& call) { return log_->bounds(purchases, call); });
    expect_to_end_without_answer([&](const CallContext& call) {
      return log_->read(purchases, {{0, 0}}, {.events = 1}, kNoWait, call);
    });
    expect_to_end_without_answer(
        [&](const CallContext& call) { return log_->committed_offsets("g", purchases, call); });
  }
  hang.reset();
  EXPECT_EQ(append(purchases, 0, {"b"}), 1) << "a call that ended early left something behind";
}

}  // namespace punnet
