#include "delta/delta_purchase_sink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "delta/delta_log.h"
#include "delta/optimize.h"
#include "delta/snapshot.h"
#include "tests/support/delta_world.h"
#include "tests/support/faulty_file_store.h"

namespace punnet {
namespace {

class DeltaPurchaseSinkTest : public testing::Test {
 protected:
  /// Lets the n-th publish of a log entry (from 1) of the main table go wrong.
  void fail_entry(int n, PublishFault fault) {
    world_.files.on_publish = [n, fault, seen = 0](const std::string& path) mutable {
      if (!is_log_entry(path) || !path.starts_with("new_purchases")) return PublishFault::kNone;
      return ++seen == n ? fault : PublishFault::kNone;
    };
  }

  DeltaWorld world_;
};

TEST_F(DeltaPurchaseSinkTest, ACommitWhoseAnswerWasLostIsFoundByReading) {
  const auto sink = world_.open_sink();
  fail_entry(1, PublishFault::kAnswerLost);
  const auto outcome = world_.commit(*sink, 0, 0, 10);
  EXPECT_EQ(outcome.rows, 10);
  EXPECT_TRUE(outcome.lost.empty());
  EXPECT_EQ(world_.rows(), places(0, 0, 10));
  EXPECT_EQ(world_.findings(), "");
}

TEST_F(DeltaPurchaseSinkTest, ACommitThatVanishedIsMadeAgain) {
  const auto sink = world_.open_sink();
  fail_entry(1, PublishFault::kNeverDone);
  EXPECT_EQ(world_.commit(*sink, 0, 0, 10).rows, 10);
  EXPECT_EQ(world_.rows(), places(0, 0, 10));
  EXPECT_EQ(world_.findings(), "");
}

TEST_F(DeltaPurchaseSinkTest, AnUnknownOutcomeIsSettledByTheNextCommit) {
  const auto sink = world_.open_sink();
  fail_entry(1, PublishFault::kAnswerLost);
  bool unreadable = true;
  world_.files.on_open = [&](const std::string& path) {
    return unreadable && path.ends_with("01.json") ? "gone/" + path : path;
  };
  // The entry stands but cannot be seen, so the commit tries again until its time is over.
  std::stop_source stop;
  world_.files.on_publish = [&, seen = 0](const std::string& path) mutable {
    if (!is_log_entry(path)) return PublishFault::kNone;
    if (++seen == 3) stop.request_stop();
    return seen == 1 ? PublishFault::kAnswerLost : PublishFault::kNeverDone;
  };
  world_.append(*sink, make_run(0, 0, 10));
  EXPECT_THAT(sink->commit(patiently(stop.get_token())), FailsWith(ErrorCode::kUnknownOutcome));
  EXPECT_EQ(sink->pending_rows(), 10);

  unreadable = false;
  world_.files.on_publish = nullptr;
  world_.append(*sink, make_run(0, 10, 12));
  const auto outcome = sink->commit(patiently());
  ASSERT_THAT(outcome, Succeeds());
  EXPECT_EQ(outcome->rows, 12);
  EXPECT_TRUE(outcome->lost.empty());
  EXPECT_EQ(world_.rows(), places(0, 0, 12));
  EXPECT_EQ(world_.findings(), "");
}

TEST_F(DeltaPurchaseSinkTest, AfterARefusedEntryTheSameRowsAreCommittedOnce) {
  const auto sink = world_.open_sink();
  fail_entry(1, PublishFault::kRefused);
  world_.append(*sink, make_run(0, 0, 10, [](Offset offset) { return offset == 3; }));
  EXPECT_THAT(sink->commit(patiently()), FailsWith(ErrorCode::kUnavailable));
  const auto outcome = sink->commit(patiently());
  ASSERT_THAT(outcome, Succeeds());
  EXPECT_EQ(outcome->rows, 9);
  EXPECT_EQ(outcome->rejects, 1);
  EXPECT_EQ(world_.rows().size(), 9U);
  EXPECT_EQ(world_.verify().rejects, 1);
  EXPECT_EQ(world_.findings(), "");
}

TEST_F(DeltaPurchaseSinkTest, ADataFileThatCannotBeWrittenLeavesTheRowsPending) {
  const auto sink = world_.open_sink();
  world_.files.on_publish = [](const std::string& path) {
    return path.ends_with(".parquet") ? PublishFault::kRefused : PublishFault::kNone;
  };
  world_.append(*sink, make_run(0, 0, 10));
  EXPECT_THAT(sink->commit(patiently()), FailsWith(ErrorCode::kUnavailable));
  EXPECT_EQ(sink->pending_rows(), 10);
  world_.files.on_publish = nullptr;
  ASSERT_THAT(sink->commit(patiently()), Succeeds());
  EXPECT_EQ(world_.rows(), places(0, 0, 10));
}

TEST_F(DeltaPurchaseSinkTest, AStoreThatIsAwayWhileReadingBackIsNotTakenForACorruptFile) {
  FaultyFileStore faulty(*world_.store);
  const auto sink = open_delta_purchase_sink(faulty, world_.clock, world_.options(), patiently());
  ASSERT_THAT(sink, Succeeds());
  world_.append(**sink, make_run(0, 0, 10));
  int failed = 0;
  while (true) {
    faulty.fail(FileOperation::kReadAt, 1 + failed, ErrorCode::kUnavailable);
    const auto outcome = (*sink)->commit(patiently());
    if (outcome) break;
    EXPECT_THAT(outcome, FailsWith(ErrorCode::kUnavailable)) << "read " << failed + 1;
    ++failed;
  }
  EXPECT_GT(failed, 0);
  EXPECT_EQ(world_.rows(), places(0, 0, 10));
}

TEST_F(DeltaPurchaseSinkTest, ALogThatCannotBeReadIsNotTakenForNoTable) {
  const auto sink = world_.open_sink();
  world_.commit(*sink, 0, 0, 10);
  const auto reader = make_delta_committed_purchases(world_.files, "new_purchases", "t1");
  world_.files.on_open = [](const std::string& path) { return "gone/" + path; };
  EXPECT_THAT(reader->positions(patiently()), FailsWith(ErrorCode::kAbsent));
  world_.files.on_open = nullptr;
  const auto positions = reader->positions(patiently());
  ASSERT_THAT(positions, Succeeds());
  EXPECT_EQ(*positions, (Positions{{0, 10}}));
}

TEST_F(DeltaPurchaseSinkTest, DyingBetweenDataFileAndEntryLosesNothing) {
  auto sink = world_.open_sink();
  fail_entry(1, PublishFault::kRefused);
  world_.append(*sink, make_run(0, 0, 10));
  EXPECT_THAT(sink->commit(patiently()), FailsWith(ErrorCode::kUnavailable));
  sink = world_.open_sink();
  EXPECT_TRUE(sink->positions().empty());
  world_.commit(*sink, 0, 0, 7);
  EXPECT_EQ(world_.rows(), places(0, 0, 7));
  EXPECT_EQ(world_.paths("new_purchases", ".parquet").size(), 2U);  // one is an orphan
  EXPECT_EQ(world_.findings(), "");
}

TEST_F(DeltaPurchaseSinkTest, DyingBetweenTheTwoTablesRepeatsNoReject) {
  const auto rejected = [](Offset offset) { return offset % 2 == 1; };
  auto sink = world_.open_sink();
  fail_entry(1, PublishFault::kRefused);
  world_.append(*sink, make_run(0, 0, 10, rejected));
  EXPECT_THAT(sink->commit(patiently()), FailsWith(ErrorCode::kUnavailable));
  sink = world_.open_sink();
  EXPECT_TRUE(sink->positions().empty());
  world_.append(*sink, make_run(0, 0, 14, rejected));
  ASSERT_THAT(sink->commit(patiently()), Succeeds());
  EXPECT_EQ(world_.verify().rejects, 7);
  EXPECT_EQ(world_.findings(), "");
}

TEST_F(DeltaPurchaseSinkTest, RejectsAreFoundThoughTheirFilesWereReplacedAndRemoved) {
  const auto rejected = [](Offset offset) { return offset % 2 == 1; };
  for (const Partition partition : {0, 1}) {  // each dies between the two tables
    const auto dead = world_.open_sink();
    fail_entry(1, PublishFault::kRefused);
    world_.append(*dead, make_run(partition, 0, 10, rejected));
    EXPECT_THAT(dead->commit(patiently()), FailsWith(ErrorCode::kUnavailable));
  }
  const auto sink = world_.open_sink();
  const auto replaced = world_.paths("rejected_events", ".parquet");
  OptimizeOptions options;
  options.writer_id = "o";
  ASSERT_THAT(
      optimize_delta_table(world_.files, "rejected_events", options, world_.clock, patiently()),
      Succeeds());
  for (const auto& file : replaced) world_.remove(file);
  for (const Partition partition : {0, 1}) {
    world_.append(*sink, make_run(partition, 0, 14, rejected));
  }
  ASSERT_THAT(sink->commit(patiently()), Succeeds());
  EXPECT_EQ(world_.verify().rejects, 14);
  EXPECT_EQ(world_.findings(), "");
}

TEST_F(DeltaPurchaseSinkTest, RejectsThatAnotherWriterFoundLostAreMadeUpFor) {
  const auto rejected = [](Offset offset) { return offset % 5 == 1; };
  const auto sleeper = world_.open_sink();
  world_.append(*sleeper, make_run(0, 0, 6, rejected));
  // Another writer found the first events gone, and died between the two tables.
  auto sink = world_.open_sink();
  fail_entry(1, PublishFault::kRefused);
  world_.append(*sink, EnrichedRun{0, {0, 5}, {}, {}, true});
  world_.append(*sink, make_run(0, 5, 12, rejected));
  EXPECT_THAT(sink->commit(patiently()), FailsWith(ErrorCode::kUnavailable));
  EXPECT_EQ(world_.verify().rejects, 2);

  ASSERT_THAT(sleeper->commit(patiently()), Succeeds());
  EXPECT_EQ(world_.verify().rejects, 3);
  sink = world_.open_sink();
  world_.append(*sink, make_run(0, 6, 14, rejected));
  ASSERT_THAT(sink->commit(patiently()), Succeeds());
  EXPECT_EQ(world_.verify().rejects, 3);
  EXPECT_EQ(world_.findings(), "");
  OptimizeOptions options;
  options.writer_id = "o";
  ASSERT_THAT(
      optimize_delta_table(world_.files, "rejected_events", options, world_.clock, patiently()),
      Succeeds());
  EXPECT_EQ(world_.findings(), "");
}

TEST_F(DeltaPurchaseSinkTest, ALostRaceLeavesNoOrphanAndNoDoubleRow) {
  const auto first = world_.open_sink();
  const auto second = world_.open_sink();
  world_.append(*first, make_run(0, 0, 10, [](Offset offset) { return offset == 4; }));
  world_.append(*first, make_run(1, 0, 10));
  world_.append(*second, make_run(0, 0, 5, [](Offset offset) { return offset == 4; }));
  ASSERT_THAT(second->commit(patiently()), Succeeds());
  const auto outcome = first->commit(patiently());
  ASSERT_THAT(outcome, Succeeds());
  EXPECT_THAT(outcome->lost, testing::ElementsAre(0));
  EXPECT_EQ(outcome->next, (Positions{{0, 5}, {1, 10}}));
  EXPECT_EQ(world_.paths("new_purchases", ".parquet").size(), 2U);
  EXPECT_EQ(world_.findings(), "");
}

TEST_F(DeltaPurchaseSinkTest, ALateWriterLearnsThatItsPositionIsTaken) {
  const auto sleeper = world_.open_sink();
  world_.append(*sleeper, make_run(0, 0, 3));
  const auto awake = world_.open_sink();
  for (Offset offset = 0; offset < 40; offset += 4) world_.commit(*awake, 0, offset, offset + 4);
  const auto outcome = sleeper->commit(patiently());
  ASSERT_THAT(outcome, Succeeds());
  EXPECT_EQ(outcome->rows, 0);
  EXPECT_EQ(outcome->next, (Positions{{0, 40}}));
  EXPECT_EQ(world_.rows(), places(0, 0, 40));
}

TEST_F(DeltaPurchaseSinkTest, ALargeCommitBecomesSeveralFiles) {
  auto options = world_.options();
  options.rows_per_file = 50'000;
  const auto sink = open_delta_purchase_sink(world_.files, world_.clock, options, patiently());
  ASSERT_THAT(sink, Succeeds());
  for (Offset offset = 0; offset < 140'000; offset += 10'000) {
    world_.append(**sink, make_run(0, offset, offset + 10'000));
  }
  ASSERT_THAT((*sink)->commit(patiently()), Succeeds());
  EXPECT_GE(world_.paths("new_purchases", ".parquet").size(), 2U);
  EXPECT_EQ(world_.findings(), "");
  EXPECT_EQ(world_.verify().rows, 140'000);
}

TEST_F(DeltaPurchaseSinkTest, StoredFieldsComeBackAsTheyWere) {
  const auto sink = world_.open_sink();
  world_.append(*sink, make_run(3, 0, 20));
  ASSERT_THAT(sink->commit(patiently()), Succeeds());
  const auto rows = read_committed_rows(world_.files, "new_purchases", std::nullopt, patiently());
  ASSERT_THAT(rows, Succeeds());
  ASSERT_EQ(rows->size(), 20U);
  for (const auto& row : *rows) {
    const auto expected = make_enriched(3, row.offset);
    EXPECT_EQ(row.purchase, expected.purchase);
    EXPECT_EQ(row.recommendations, expected.recommendations);
    EXPECT_EQ(row.recs_source, name(expected.source));
    EXPECT_EQ(row.model_version, "1");
  }
}

TEST_F(DeltaPurchaseSinkTest, AnIdTooWideNamesTheOption) {
  const auto sink = world_.open_sink();
  auto run = make_run(0, 0, 3);
  run.rows[1].purchase.user = UserId{std::int64_t{1} << 40};
  EXPECT_THAT(sink->append(run, "1", patiently()),
              FailsSaying(ErrorCode::kInvalid, "id_type = \"int64\""));
  EXPECT_EQ(sink->pending_rows(), 0);
  world_.commit(*sink, 0, 0, 3);
  EXPECT_EQ(world_.rows(), places(0, 0, 3));
}

TEST_F(DeltaPurchaseSinkTest, ARecreatedTopicIsRefusedWithTheRemedy) {
  world_.open_sink();
  auto options = world_.options();
  options.topic_id = "t2";
  EXPECT_THAT(open_delta_purchase_sink(world_.files, world_.clock, options, patiently()),
              FailsSaying(ErrorCode::kInvalid, "deleted and created again"));
  options.topic = "others";
  EXPECT_THAT(open_delta_purchase_sink(world_.files, world_.clock, options, patiently()),
              FailsSaying(ErrorCode::kInvalid, "[events] topic"));
}

TEST_F(DeltaPurchaseSinkTest, OtherColumnsAreRefusedByName) {
  world_.open_sink();
  auto options = world_.options();
  options.schema.id_type = IdType::kInt64;
  EXPECT_THAT(open_delta_purchase_sink(world_.files, world_.clock, options, patiently()),
              FailsSaying(ErrorCode::kInvalid, "item_id integer, expected item_id long"));
}

TEST_F(DeltaPurchaseSinkTest, AForeignUpgradeOfTheProtocolStopsTheWriter) {
  const auto sink = world_.open_sink();
  world_.overwrite(
      "new_purchases/_delta_log/00000000000000000001.json",
      R"({"protocol":{"minReaderVersion":3,"minWriterVersion":7,)"
      R"("readerFeatures":["deletionVectors"],"writerFeatures":["deletionVectors"]}})");
  world_.append(*sink, make_run(0, 0, 3));
  EXPECT_THAT(sink->commit(patiently()), FailsSaying(ErrorCode::kInvalid, "deletionVectors"));
}

TEST_F(DeltaPurchaseSinkTest, CheckpointsKeepTheStateAndTheOldVersions) {
  const auto sink = world_.open_sink();
  for (Offset offset = 0; offset < 210; ++offset) world_.commit(*sink, 0, offset, offset + 1);
  EXPECT_EQ(world_.paths("new_purchases/_delta_log", ".checkpoint.parquet").size(), 2U);
  for (int version = 1; version < 190; ++version) {
    if (version % 100 != 0) continue;
    EXPECT_EQ(world_.rows(version), places(0, 0, version));
  }
  EXPECT_EQ(world_.rows(57), places(0, 0, 57));
  // What stands before the checkpoint is no longer needed for the newest version.
  for (int version = 0; version < 10; ++version) {
    world_.remove("new_purchases/_delta_log/0000000000000000000" + std::to_string(version) +
                  ".json");
  }
  EXPECT_EQ(world_.open_sink()->positions(), (Positions{{0, 210}}));
  EXPECT_EQ(world_.rows(), places(0, 0, 210));
  EXPECT_EQ(world_.findings(), "");
}

TEST_F(DeltaPurchaseSinkTest, TheLogIsCleanedAfterItsRetention) {
  auto sink = world_.open_sink();
  for (Offset offset = 0; offset < 110; ++offset) world_.commit(*sink, 0, offset, offset + 1);
  const auto sleeper = world_.open_sink();
  world_.append(*sleeper, make_run(0, 110, 120));
  world_.clock.advance(std::chrono::hours(24 * 31));
  for (Offset offset = 110; offset < 310; ++offset) world_.commit(*sink, 0, offset, offset + 1);
  EXPECT_EQ(world_.paths("new_purchases/_delta_log", "00000000000000000099.json").size(), 0U);
  EXPECT_EQ(world_.paths("new_purchases/_delta_log", "00000000000000000100.json").size(), 1U);
  world_.clock.advance(std::chrono::hours(24 * 31));
  for (Offset offset = 310; offset < 410; ++offset) world_.commit(*sink, 0, offset, offset + 1);
  // The entry after the sleeper's is gone by now: it must not be written anew.
  EXPECT_EQ(world_.paths("new_purchases/_delta_log", "00000000000000000111.json").size(), 0U);
  const auto outcome = sleeper->commit(patiently());
  ASSERT_THAT(outcome, Succeeds());
  EXPECT_EQ(outcome->next, (Positions{{0, 410}}));
  EXPECT_THAT(outcome->lost, testing::ElementsAre(0));
  EXPECT_EQ(world_.rows(), places(0, 0, 410));
  EXPECT_EQ(world_.findings(), "");
}

TEST_F(DeltaPurchaseSinkTest, ACommitThatMayStandKeepsItsFilesWhenTheLogWasCleanedPastIt) {
  const auto sleeper = world_.open_sink();
  world_.commit(*sleeper, 0, 0, 1);
  world_.files.on_publish = [](const std::string& path) {
    return is_log_entry(path) ? PublishFault::kAnswerLost : PublishFault::kNone;
  };
  std::stop_source stop;
  world_.files.on_open = [&](const std::string& path) {
    if (!is_log_entry(path)) return path;
    stop.request_stop();
    return "gone/" + path;
  };
  world_.append(*sleeper, make_run(0, 1, 10));
  EXPECT_THAT(sleeper->commit(patiently(stop.get_token())), FailsWith(ErrorCode::kUnknownOutcome));
  world_.files.on_publish = nullptr;
  world_.files.on_open = nullptr;

  const auto sink = world_.open_sink();
  for (int months = 0; months < 3; ++months) {
    for (int i = 0; i < 100; ++i) {
      const Offset at = sink->positions().at(0);
      world_.commit(*sink, 0, at, at + 1);
    }
    world_.clock.advance(std::chrono::hours(24 * 31));
  }
  const auto end = sink->positions().at(0);
  EXPECT_EQ(world_.paths("new_purchases/_delta_log", "00000000000000000001.json").size(), 0U);
  const auto outcome = sleeper->commit(patiently());
  ASSERT_THAT(outcome, Succeeds());
  EXPECT_EQ(outcome->next, (Positions{{0, end}}));
  EXPECT_EQ(world_.rows(), places(0, 0, end));
  EXPECT_EQ(world_.findings(), "");
}

}  // namespace
}  // namespace punnet
