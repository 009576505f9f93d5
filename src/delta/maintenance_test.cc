// Compaction, vacuum and export of a table that a sink made.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <numeric>
#include <stop_token>

#include "delta/optimize.h"
#include "delta/row_buffers.h"
#include "delta/row_fingerprint.h"
#include "delta/snapshot_export.h"
#include "delta/vacuum.h"
#include "tests/support/delta_world.h"

namespace punnet {
namespace {

using std::chrono::hours;

class DeltaMaintenance : public testing::Test {
 protected:
  DeltaMaintenance() {
    for (Offset offset = 0; offset < 60; offset += 6) {
      world_.append(*sink_, make_run(0, offset, offset + 6, [](Offset o) { return o % 6 == 5; }));
      world_.append(*sink_, make_run(1, offset, offset + 6));
      EXPECT_THAT(sink_->commit(patiently()), Succeeds());
    }
  }

  auto optimize(bool dry_run = false) {
    OptimizeOptions options;
    options.writer_id = "o" + std::to_string(++optimizers_);
    options.dry_run = dry_run;
    return optimize_delta_table(world_.files, "new_purchases", options, world_.clock, patiently());
  }

  auto vacuum(VacuumOptions options = {}) {
    return vacuum_delta_table(world_.files, "new_purchases", options, world_.clock, patiently());
  }

  std::size_t data_files() { return world_.paths("new_purchases", ".parquet").size(); }

  DeltaWorld world_;
  std::unique_ptr<PurchaseSink> sink_ = world_.open_sink();
  int optimizers_ = 0;
};

TEST_F(DeltaMaintenance, CompactionKeepsEveryRowAndEarlierVersions) {
  const auto before = world_.rows();
  const auto report = optimize();
  ASSERT_THAT(report, Succeeds());
  EXPECT_EQ(report->files_before, 10);
  EXPECT_EQ(report->files_after, 1);
  EXPECT_EQ(report->rewritten_rows, 110);
  EXPECT_LT(report->bytes_after, report->bytes_before);
  EXPECT_EQ(world_.rows(), before);
  EXPECT_EQ(world_.rows(3).size(), 33U);
  EXPECT_EQ(world_.findings(), "");
  world_.commit(*sink_, 0, 60, 70);
  EXPECT_EQ(world_.rows().size(), 120U);
  const auto nothing = optimize(true);
  ASSERT_THAT(nothing, Succeeds());
  EXPECT_EQ(nothing->files_after, 1);
  EXPECT_EQ(world_.findings(), "");
}

TEST_F(DeltaMaintenance, AReaderGoesOnWhenFilesAreReplacedAndRemovedUnderIt) {
  const auto reader = make_delta_committed_purchases(world_.files, "new_purchases", "t1");
  const auto old_files = world_.paths("new_purchases", ".parquet");
  int opened = 0;
  world_.files.on_open = [&](const std::string& path) {
    if (path.ends_with(".parquet") && ++opened == 4) {
      EXPECT_THAT(optimize(), Succeeds());
      for (const auto& file : old_files) world_.remove(file);
    }
    return path;
  };
  std::vector<Offset> seen;
  const auto visit = [&](Partition, Offset offset, const Purchase&) { seen.push_back(offset); };
  ASSERT_THAT(reader->for_each({}, {{1, 60}}, visit, patiently()), Succeeds());
  std::vector<Offset> all(60);
  std::iota(all.begin(), all.end(), 0);
  EXPECT_EQ(seen, all);
}

TEST_F(DeltaMaintenance, AReaderSaysWhichFileIsGoneForGood) {
  const auto reader = make_delta_committed_purchases(world_.files, "new_purchases", "t1");
  const auto gone = world_.paths("new_purchases", ".parquet").back();
  world_.remove(gone);
  const auto visit = [](Partition, Offset, const Purchase&) {};
  EXPECT_THAT(reader->for_each({}, {{1, 60}}, visit, patiently()),
              FailsSaying(ErrorCode::kAbsent, gone));
}

TEST_F(DeltaMaintenance, ADryRunChangesNothing) {
  ASSERT_THAT(optimize(true), Succeeds());
  EXPECT_EQ(data_files(), 10U);
}

TEST_F(DeltaMaintenance, AppendsDuringCompactionAreKept) {
  world_.files.on_publish = [&, done = false](const std::string& path) mutable {
    if (is_log_entry(path) && !done) {
      done = true;
      world_.commit(*sink_, 0, 60, 70);
    }
    return PublishFault::kNone;
  };
  ASSERT_THAT(optimize(), Succeeds());
  EXPECT_EQ(world_.rows().size(), 120U);
  EXPECT_EQ(world_.findings(), "");
}

TEST_F(DeltaMaintenance, OfTwoCompactionsOneIsMadeAgain) {
  world_.files.on_publish = [&, done = false](const std::string& path) mutable {
    if (is_log_entry(path) && !done) {
      done = true;
      EXPECT_THAT(optimize(), Succeeds());
    }
    return PublishFault::kNone;
  };
  const auto report = optimize();
  ASSERT_THAT(report, Succeeds());
  EXPECT_EQ(report->files_after, 1);
  EXPECT_EQ(data_files(), 11U);  // the loser's file is gone
  EXPECT_EQ(world_.findings(), "");
}

TEST_F(DeltaMaintenance, ACompactionThatAlwaysLosesSaysSo) {
  world_.files.on_publish = [&, inside = false](const std::string& path) mutable {
    if (is_log_entry(path) && !inside) {
      inside = true;
      const auto held = sink_->positions().at(0);
      EXPECT_THAT(optimize(), Succeeds());
      world_.commit(*sink_, 0, held, held + 5);
      inside = false;
    }
    return PublishFault::kNone;
  };
  EXPECT_THAT(optimize(), FailsWith(ErrorCode::kUnavailable));
  world_.files.on_publish = nullptr;
  EXPECT_EQ(world_.findings(), "");
}

TEST_F(DeltaMaintenance, DyingBeforeTheEntryLeavesOrphansOnly) {
  const auto before = world_.rows();
  world_.files.on_publish = [](const std::string& path) {
    return is_log_entry(path) ? PublishFault::kRefused : PublishFault::kNone;
  };
  EXPECT_THAT(optimize(), FailsWith(ErrorCode::kUnavailable));
  world_.files.on_publish = nullptr;
  EXPECT_EQ(world_.rows(), before);
  EXPECT_EQ(world_.findings(), "");
}

TEST_F(DeltaMaintenance, TheGateRefusesAFileThatHoldsOtherRows) {
  // Another table's compacted file of the same size, with one price changed, is found at the place
  // of the file that was just written.
  const auto before = world_.rows();
  DeltaWorld other;
  const auto sink = other.open_sink();
  for (Offset offset = 0; offset < 60; offset += 6) {
    auto run = make_run(0, offset, offset + 6, [](Offset o) { return o % 6 == 5; });
    if (offset == 30) std::swap(run.rows[0].purchase.sales_value, run.rows[1].purchase.sales_value);
    other.append(*sink, std::move(run));
    other.append(*sink, make_run(1, offset, offset + 6));
    ASSERT_THAT(sink->commit(patiently()), Succeeds());
  }
  OptimizeOptions options;
  options.writer_id = "o1";
  ASSERT_THAT(optimize_delta_table(other.files, "new_purchases", options, other.clock, patiently()),
              Succeeds());
  const auto altered = other.content(other.paths("new_purchases", ".parquet").front());
  world_.overwrite("altered.parquet", altered);
  world_.files.on_open = [](const std::string& path) {
    return path.find("part-o1-") != std::string::npos ? std::string("altered.parquet") : path;
  };
  EXPECT_THAT(optimize(), FailsWith(ErrorCode::kCorrupt));
  world_.files.on_open = nullptr;
  EXPECT_EQ(world_.rows(), before);
  EXPECT_EQ(data_files(), 10U);
}

TEST_F(DeltaMaintenance, VacuumRemovesOnlyWhatNoKeptVersionNeeds) {
  world_.clock.advance(hours(24 * 30));
  ASSERT_THAT(optimize(), Succeeds());
  ASSERT_THAT(vacuum(), Succeeds());
  EXPECT_EQ(data_files(), 11U);  // just removed from the table: inside the retention
  world_.clock.advance(hours(24 * 6));
  ASSERT_THAT(vacuum(), Succeeds());
  EXPECT_EQ(world_.rows(3).size(), 33U);

  world_.clock.advance(hours(24 * 2));
  VacuumOptions dry;
  dry.dry_run = true;
  const auto would = vacuum(dry);
  ASSERT_THAT(would, Succeeds());
  EXPECT_EQ(would->files.size(), 10U);
  EXPECT_EQ(data_files(), 11U);
  VacuumOptions longer;
  longer.retention = hours(24 * 20);
  ASSERT_THAT(vacuum(longer), Succeeds());
  EXPECT_EQ(data_files(), 11U);
  ASSERT_THAT(vacuum(), Succeeds());
  EXPECT_EQ(data_files(), 1U);
  EXPECT_EQ(world_.rows().size(), 110U);
  EXPECT_EQ(world_.findings(), "");
}

TEST_F(DeltaMaintenance, VacuumRemovesOldOrphansAndSparesNewOnes) {
  world_.overwrite("new_purchases/part-dead-1.parquet", "x");
  ASSERT_THAT(vacuum(), Succeeds());
  EXPECT_EQ(data_files(), 11U);
  world_.clock.advance(hours(24 * 8));
  ASSERT_THAT(vacuum(), Succeeds());
  EXPECT_EQ(data_files(), 10U);
  EXPECT_EQ(world_.findings(), "");
}

TEST_F(DeltaMaintenance, VacuumRefusesAShortRetentionUnlessForced) {
  VacuumOptions options;
  options.retention = hours(0);
  EXPECT_THAT(vacuum(options), FailsWith(ErrorCode::kInvalid));
  options.force = true;
  EXPECT_THAT(vacuum(options), Succeeds());
}

TEST_F(DeltaMaintenance, AnExportHoldsTheRowsOfItsVersion) {
  const auto report =
      export_delta_snapshot(world_.files, "new_purchases", 4, *world_.store, "plain", patiently());
  ASSERT_THAT(report, Succeeds());
  EXPECT_EQ(report->rows, 44);
  EXPECT_EQ(report->files, 4);
  EXPECT_EQ(world_.paths("plain", ".parquet").size(), 4U);
  EXPECT_EQ(world_.paths("plain", "_SUCCESS").size(), 1U);
  EXPECT_THAT(export_delta_snapshot(world_.files, "new_purchases", std::nullopt, *world_.store,
                                    "plain", patiently()),
              FailsWith(ErrorCode::kExists));
}

TEST_F(DeltaMaintenance, AStopLeavesNothingOfAnExportOrACompaction) {
  std::stop_source stop;
  const auto call = CallContext::within(std::chrono::minutes{1}, stop.get_token());
  int opened = 0;
  world_.files.on_open = [&](const std::string& path) {
    if (path.ends_with(".parquet") && ++opened == 8) stop.request_stop();
    return path;
  };
  EXPECT_THAT(export_delta_snapshot(world_.files, "new_purchases", std::nullopt, *world_.store,
                                    "plain", call),
              FailsWith(ErrorCode::kCancelled));
  EXPECT_TRUE(world_.paths("plain", "").empty());

  OptimizeOptions options;
  options.writer_id = "stopped";
  std::stop_source again;
  world_.files.on_open = [&](const std::string& path) {
    if (path.find("stopped") != std::string::npos) again.request_stop();
    return path;
  };
  EXPECT_THAT(optimize_delta_table(world_.files, "new_purchases", options, world_.clock,
                                   CallContext::within(std::chrono::minutes{1}, again.get_token())),
              FailsWith(ErrorCode::kCancelled));
  EXPECT_EQ(data_files(), 10U);
}

TEST_F(DeltaMaintenance, AnExportOfAVersionThatAVacuumTookSaysSo) {
  ASSERT_THAT(optimize(), Succeeds());
  world_.clock.advance(hours(24 * 30));
  ASSERT_THAT(vacuum(), Succeeds());
  EXPECT_THAT(
      export_delta_snapshot(world_.files, "new_purchases", 4, *world_.store, "plain", patiently()),
      FailsSaying(ErrorCode::kAbsent, "ask for a newer one"));
  EXPECT_TRUE(world_.paths("plain", "").empty());
}

TEST(FingerprintTest, IsOrderFreeAndSeesWhatChanged) {
  const auto reject = [](Offset offset, std::string bytes) {
    return RejectedEvent{0, offset, std::nullopt, "r", std::move(bytes)};
  };
  const auto of = [](const std::vector<std::vector<RejectedEvent>>& batches) {
    delta::Fingerprint fingerprint;
    for (const auto& rejects : batches) {
      EXPECT_THAT(fingerprint.add(**delta::to_batch(rejects)), Succeeds());
    }
    return fingerprint;
  };
  const auto whole = of({{reject(1, "a"), reject(2, "b"), reject(3, "c")}});
  EXPECT_EQ(of({{reject(3, "c")}, {reject(2, "b"), reject(1, "a")}}), whole);
  EXPECT_EQ(delta::difference(whole, of({{reject(1, "b"), reject(2, "a"), reject(3, "c")}})),
            "contents");
  EXPECT_EQ(delta::difference(whole, of({{reject(1, "a"), reject(2, "b")}})), "rows 3 and 2");
  EXPECT_EQ(delta::difference(whole, of({{reject(1, "a"), reject(2, "b"), reject(2, "b")}})),
            "contents");
}

}  // namespace
}  // namespace punnet
