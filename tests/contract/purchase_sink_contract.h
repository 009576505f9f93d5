#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <thread>
#include <utility>

#include "ports/committed_purchases.h"
#include "ports/purchase_sink.h"
#include "tests/contract/hanging.h"
#include "tests/support/calls.h"
#include "tests/support/hung_calls.h"
#include "tests/support/purchase_runs.h"
#include "tests/support/result_matchers.h"

namespace punnet {

/// A table that is empty at first, and the sinks and readers that can be opened on it.
class SinkPlace {
 public:
  virtual ~SinkPlace() = default;
  virtual std::unique_ptr<PurchaseSink> open_sink() = 0;
  virtual std::unique_ptr<CommittedPurchases> open_reader() = 0;

  /// Keeps answers from all calls that have to do with the table.
  virtual std::unique_ptr<Hang> hang() = 0;
};

/// An adapter that is held to the contract.
struct SinkMaker {
  std::string name;
  std::function<std::unique_ptr<SinkPlace>()> make;

  friend std::ostream& operator<<(std::ostream& out, const SinkMaker& maker) {
    return out << maker.name;
  }
};

/// What ports/purchase_sink.h and ports/committed_purchases.h promise, for any adapter.
class PurchaseSinkContract : public testing::TestWithParam<SinkMaker> {
 protected:
  using Held = std::map<std::pair<Partition, Offset>, Purchase>;

  PurchaseSinkContract() : place_(GetParam().make()), sink_(place_->open_sink()) {}

  void append(EnrichedRun run) {
    ASSERT_THAT(sink_->append(std::move(run), "1", patiently()), Succeeds());
  }

  CommitOutcome commit(PurchaseSink& sink) {
    auto outcome = sink.commit(patiently());
    EXPECT_THAT(outcome, Succeeds());
    return outcome ? *std::move(outcome) : CommitOutcome();
  }

  Held held(const Positions& from, const Positions& upto) {
    Held rows;
    std::map<Partition, Offset> last;
    const auto read = place_->open_reader()->for_each(
        from, upto,
        [&](Partition partition, Offset offset, const Purchase& purchase) {
          const auto before = last.find(partition);
          EXPECT_TRUE(before == last.end() || before->second < offset);
          last[partition] = offset;
          EXPECT_TRUE(rows.emplace(std::pair(partition, offset), purchase).second);
        },
        patiently());
    EXPECT_THAT(read, Succeeds());
    return rows;
  }

  Positions read_positions() {
    const auto positions = place_->open_reader()->positions(patiently());
    EXPECT_THAT(positions, Succeeds());
    return positions ? *positions : Positions();
  }

  std::unique_ptr<SinkPlace> place_;
  std::unique_ptr<PurchaseSink> sink_;
};

TEST_P(PurchaseSinkContract, StartsWithoutPositionsAndRows) {
  EXPECT_TRUE(sink_->positions().empty());
  EXPECT_EQ(sink_->pending_rows(), 0);
  EXPECT_EQ(sink_->pending_bytes(), 0U);
  EXPECT_TRUE(read_positions().empty());
  EXPECT_TRUE(held({}, {{0, 100}}).empty());
}

TEST_P(PurchaseSinkContract, CommitOfNothingChangesNothing) {
  append(make_run(0, 0, 3));
  commit(*sink_);
  const auto outcome = commit(*sink_);
  EXPECT_EQ(outcome.rows, 0);
  EXPECT_EQ(outcome.next, (Positions{{0, 3}}));
  EXPECT_EQ(held({}, {{0, 100}}).size(), 3U);
}

TEST_P(PurchaseSinkContract, NothingIsVisibleBeforeCommitAndAllAfterIt) {
  append(make_run(0, 5, 10));
  append(make_run(2, 0, 4));
  append(make_run(0, 10, 12));
  EXPECT_EQ(sink_->pending_rows(), 11);
  EXPECT_GT(sink_->pending_bytes(), 0U);
  EXPECT_TRUE(held({}, {{0, 100}, {2, 100}}).empty());

  const auto outcome = commit(*sink_);
  EXPECT_EQ(outcome.next, (Positions{{0, 12}, {2, 4}}));
  EXPECT_EQ(outcome.rows, 11);
  EXPECT_EQ(outcome.rejects, 0);
  EXPECT_GT(outcome.bytes, 0);
  EXPECT_TRUE(outcome.lost.empty());
  EXPECT_EQ(sink_->positions(), outcome.next);
  EXPECT_EQ(sink_->pending_rows(), 0);
  EXPECT_EQ(sink_->pending_bytes(), 0U);
  EXPECT_EQ(read_positions(), outcome.next);

  const auto rows = held({}, {{0, 100}, {2, 100}});
  ASSERT_EQ(rows.size(), 11U);
  for (const auto& [place, purchase] : rows) {
    EXPECT_EQ(purchase, make_enriched(place.first, place.second).purchase);
  }
}

TEST_P(PurchaseSinkContract, AnotherSinkGoesOnWhereTheTableEnds) {
  append(make_run(0, 0, 10));
  commit(*sink_);
  append(make_run(0, 10, 20));
  sink_ = place_->open_sink();
  EXPECT_EQ(sink_->positions(), (Positions{{0, 10}}));
  append(make_run(0, 10, 15));
  EXPECT_EQ(commit(*sink_).next, (Positions{{0, 15}}));
  EXPECT_EQ(held({}, {{0, 100}}).size(), 15U);
}

TEST_P(PurchaseSinkContract, ARunMustStartWhereTheLastOneEnded) {
  append(make_run(0, 0, 10));
  EXPECT_THAT(sink_->append(make_run(0, 11, 12), "1", patiently()), FailsWith(ErrorCode::kInvalid));
  EXPECT_THAT(sink_->append(make_run(0, 9, 12), "1", patiently()), FailsWith(ErrorCode::kInvalid));
  commit(*sink_);
  EXPECT_THAT(sink_->append(make_run(0, 9, 12), "1", patiently()), FailsWith(ErrorCode::kInvalid));
  append(make_run(0, 10, 12));
  EXPECT_EQ(commit(*sink_).next, (Positions{{0, 12}}));
}

TEST_P(PurchaseSinkContract, HolesAndRejectsMoveThePosition) {
  append(make_run(0, 0, 4, [](Offset) { return true; }));
  append(EnrichedRun{0, {4, 9}, {}, {}});
  const auto outcome = commit(*sink_);
  EXPECT_EQ(outcome.next, (Positions{{0, 9}}));
  EXPECT_EQ(outcome.rows, 0);
  EXPECT_EQ(outcome.rejects, 4);
  EXPECT_EQ(place_->open_sink()->positions(), outcome.next);
  EXPECT_TRUE(held({}, {{0, 100}}).empty());
}

TEST_P(PurchaseSinkContract, AGapMovesThePositionAndHasNoEvents) {
  append(make_run(0, 0, 4));
  append(EnrichedRun{0, {4, 9}, {}, {}, true});
  append(make_run(0, 9, 12));
  append(EnrichedRun{1, {0, 3}, {}, {}, true});
  const auto outcome = commit(*sink_);
  EXPECT_EQ(outcome.next, (Positions{{0, 12}, {1, 3}}));
  EXPECT_EQ(outcome.rows, 7);
  EXPECT_EQ(held({}, {{0, 100}, {1, 100}}).size(), 7U);
  auto run = make_run(0, 12, 14);
  run.is_gap = true;
  EXPECT_THAT(sink_->append(std::move(run), "1", patiently()), FailsWith(ErrorCode::kInvalid));
}

TEST_P(PurchaseSinkContract, TheFirstOfTwoWritersWins) {
  const auto other = place_->open_sink();
  append(make_run(0, 0, 10));
  append(make_run(1, 0, 10));
  ASSERT_THAT(other->append(make_run(0, 0, 6), "1", patiently()), Succeeds());
  commit(*other);

  const auto outcome = commit(*sink_);
  EXPECT_THAT(outcome.lost, testing::ElementsAre(0));
  EXPECT_EQ(outcome.next, (Positions{{0, 6}, {1, 10}}));
  EXPECT_EQ(outcome.rows, 10);
  append(make_run(0, 6, 8));
  EXPECT_EQ(commit(*sink_).next, (Positions{{0, 8}, {1, 10}}));
  EXPECT_EQ(held({}, {{0, 100}, {1, 100}}).size(), 18U);
}

TEST_P(PurchaseSinkContract, WritersOfOtherPartitionsDoNotDisturb) {
  const auto other = place_->open_sink();
  append(make_run(0, 0, 10));
  ASSERT_THAT(other->append(make_run(1, 0, 6), "1", patiently()), Succeeds());
  commit(*other);
  const auto outcome = commit(*sink_);
  EXPECT_TRUE(outcome.lost.empty());
  EXPECT_EQ(outcome.next, (Positions{{0, 10}, {1, 6}}));
  EXPECT_EQ(held({}, {{0, 100}, {1, 100}}).size(), 16U);
}

TEST_P(PurchaseSinkContract, WhatIsDroppedMayBeReadAgain) {
  append(make_run(0, 0, 4));
  commit(*sink_);
  append(make_run(0, 4, 10));
  append(make_run(1, 0, 10));
  sink_->drop(0);
  sink_->drop(7);
  append(make_run(0, 4, 6));
  const auto outcome = commit(*sink_);
  EXPECT_EQ(outcome.next, (Positions{{0, 6}, {1, 10}}));
  EXPECT_EQ(outcome.rows, 12);
  EXPECT_TRUE(outcome.lost.empty());
}

TEST_P(PurchaseSinkContract, RefreshTellsWhereOthersHaveCommitted) {
  append(make_run(0, 0, 4));
  commit(*sink_);
  const auto other = place_->open_sink();
  ASSERT_THAT(other->append(make_run(0, 4, 6), "1", patiently()), Succeeds());
  ASSERT_THAT(other->append(make_run(1, 0, 3), "1", patiently()), Succeeds());
  commit(*other);
  EXPECT_EQ(sink_->positions(), (Positions{{0, 4}}));
  ASSERT_THAT(sink_->refresh(patiently()), Succeeds());
  EXPECT_EQ(sink_->positions(), (Positions{{0, 6}, {1, 3}}));
  append(make_run(0, 6, 8));
  EXPECT_THAT(sink_->refresh(patiently()), FailsWith(ErrorCode::kInternal));
  const auto outcome = commit(*sink_);
  EXPECT_TRUE(outcome.lost.empty());
  EXPECT_EQ(outcome.next, (Positions{{0, 8}, {1, 3}}));
}

TEST_P(PurchaseSinkContract, WhatIsAppendedDuringACommitIsPartOfTheNextOne) {
  append(make_run(0, 0, 4));
  ASSERT_THAT(sink_->begin_commit(), Succeeds());
  append(make_run(0, 4, 6));
  append(make_run(1, 0, 3));
  EXPECT_EQ(sink_->pending_rows(), 9);
  ASSERT_THAT(sink_->run_commit(patiently()), Succeeds());
  EXPECT_EQ(sink_->positions(), Positions()) << "until it is ended";
  const auto first = sink_->end_commit();
  EXPECT_EQ(first.next, (Positions{{0, 4}}));
  EXPECT_EQ(first.rows, 4);
  EXPECT_EQ(sink_->pending_rows(), 5);
  EXPECT_EQ(read_positions(), first.next);
  const auto second = commit(*sink_);
  EXPECT_EQ(second.next, (Positions{{0, 6}, {1, 3}}));
  EXPECT_EQ(held({}, {{0, 100}, {1, 100}}).size(), 9U);
}

TEST_P(PurchaseSinkContract, WhatIsAppendedDuringACommitThatIsLateIsDroppedToo) {
  const auto other = place_->open_sink();
  append(make_run(0, 0, 4));
  append(make_run(1, 0, 4));
  ASSERT_THAT(sink_->begin_commit(), Succeeds());
  append(make_run(0, 4, 8));
  append(make_run(1, 4, 8));
  append(make_run(2, 0, 8));
  ASSERT_THAT(other->append(make_run(0, 0, 4), "1", patiently()), Succeeds());
  ASSERT_THAT(other->append(make_run(2, 0, 3), "1", patiently()), Succeeds());
  commit(*other);
  ASSERT_THAT(sink_->run_commit(patiently()), Succeeds());
  const auto outcome = sink_->end_commit();
  EXPECT_THAT(outcome.lost, testing::UnorderedElementsAre(0, 2));
  EXPECT_EQ(outcome.next, (Positions{{0, 4}, {1, 4}, {2, 3}}));
  EXPECT_EQ(sink_->pending_rows(), 4);
  append(make_run(0, 4, 6));
  append(make_run(2, 3, 5));
  EXPECT_EQ(commit(*sink_).next, (Positions{{0, 6}, {1, 8}, {2, 5}}));
  EXPECT_EQ(held({}, {{0, 100}, {1, 100}, {2, 100}}).size(), 19U);
}

TEST_P(PurchaseSinkContract, RowsAreAppendedWhileAnotherThreadCommits) {
  Offset next = 0;
  for (int commits = 0; commits < 5; ++commits) {
    append(make_run(0, next, next + 10));
    next += 10;
    ASSERT_THAT(sink_->begin_commit(), Succeeds());
    std::thread committing([&] { EXPECT_THAT(sink_->run_commit(patiently()), Succeeds()); });
    for (int runs = 0; runs < 20; ++runs) {
      append(make_run(0, next, next + 5));
      next += 5;
      EXPECT_GT(sink_->pending_bytes(), 0U);
      EXPECT_FALSE(sink_->positions().contains(1));
    }
    committing.join();
    sink_->end_commit();
  }
  EXPECT_EQ(commit(*sink_).next, (Positions{{0, next}}));
  EXPECT_EQ(held({}, {{0, 10'000}}).size(), static_cast<std::size_t>(next));
}

TEST_P(PurchaseSinkContract, ReadersGetWhatTheyAskFor) {
  append(make_run(0, 0, 10));
  append(make_run(1, 0, 10));
  commit(*sink_);
  append(make_run(0, 10, 20));
  commit(*sink_);
  const auto rows = held({{0, 7}}, {{0, 13}});
  ASSERT_EQ(rows.size(), 6U);
  EXPECT_EQ(rows.begin()->first, (std::pair<Partition, Offset>{0, 7}));
  EXPECT_EQ(rows.rbegin()->first, (std::pair<Partition, Offset>{0, 12}));
  EXPECT_EQ(held({{0, 20}}, {{0, 20}}).size(), 0U);
}

TEST_P(PurchaseSinkContract, ACallWithoutAnAnswerEndsWhenItIsCancelledOrLate) {
  append(make_run(0, 0, 10));
  commit(*sink_);
  const auto reader = place_->open_reader();
  append(make_run(0, 10, 20, [](Offset offset) { return offset == 13; }));
  auto hang = place_->hang();
  expect_to_end_without_answer([&](const CallContext& call) { return sink_->commit(call); });
  expect_to_end_without_answer([&](const CallContext& call) { return reader->positions(call); });
  expect_to_end_without_answer([&](const CallContext& call) {
    return reader->for_each(
        {}, {{0, 100}}, [](Partition, Offset, const Purchase&) {}, call);
  });
  hang.reset();
  EXPECT_EQ(read_positions(), (Positions{{0, 10}}));
  const auto outcome = commit(*sink_);
  EXPECT_EQ(outcome.rows, 9);
  EXPECT_EQ(outcome.rejects, 1);
  EXPECT_EQ(held({}, {{0, 100}}).size(), 19U);
}

}  // namespace punnet
