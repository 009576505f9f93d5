// Writes a table for readers of other makes, and reads it on after they changed it. Without the
// directory in PUNNET_FOREIGN_DIR (made by the script that knows these readers) a directory of its
// own serves, and nobody changes it. With PUNNET_FOREIGN_COMPACTS set, compaction is left to them.
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "delta/delta_committed_purchases.h"
#include "delta/delta_purchase_sink.h"
#include "delta/optimize.h"
#include "delta/verify.h"
#include "embedded/local_file_store.h"
#include "tests/support/calls.h"
#include "tests/support/purchase_runs.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temporary_directory.h"

namespace punnet {
namespace {

class ForeignReaders : public testing::Test {
 protected:
  ForeignReaders() {
    const char* named = std::getenv("PUNNET_FOREIGN_DIR");
    auto opened = open_local_file_store({named != nullptr ? named : directory_.path(), false});
    EXPECT_THAT(opened, Succeeds());
    if (opened) files_ = *std::move(opened);
  }

  Result<std::unique_ptr<PurchaseSink>> open_sink() {
    DeltaSinkOptions options;
    options.topic = "purchases";
    options.topic_id = "t1";
    options.schema.has_basket = true;
    options.schema.has_time = true;
    options.writer_id = "foreign";
    return open_delta_purchase_sink(*files_, system_clock(), options, patiently());
  }

  TemporaryDirectory directory_;
  std::unique_ptr<FileStore> files_;
};

TEST_F(ForeignReaders, TheTableGoesOnWhereverItStands) {
  const auto sink = open_sink();
  ASSERT_THAT(sink, Succeeds());
  const auto reject = [](Offset offset) { return offset % 10 == 3; };
  for (int commit = 0; commit < 20; ++commit) {
    for (Partition partition = 0; partition < 2; ++partition) {
      const auto held = (*sink)->positions().find(partition);
      const Offset start = held == (*sink)->positions().end() ? 0 : held->second;
      auto run = make_run(partition, start, start + 10, reject);
      for (auto& row : run.rows) {
        row.purchase.basket = row.offset * 3;
        row.purchase.time = row.event_time;
      }
      ASSERT_THAT((*sink)->append(std::move(run), "7", patiently()), Succeeds());
    }
    ASSERT_THAT((*sink)->commit(patiently()), Succeeds());
  }

  const auto next = (*sink)->positions().at(0);
  const auto rows = read_new_purchases(*files_, "new_purchases", std::nullopt, patiently());
  ASSERT_THAT(rows, Succeeds());
  EXPECT_EQ(rows->purchases.size(), static_cast<std::size_t>(2 * (next - next / 10)));

  const auto report = verify_delta_tables(*files_, "new_purchases", "rejected_events", patiently());
  ASSERT_THAT(report, Succeeds());
  for (const auto& finding : report->findings) {
    ADD_FAILURE() << finding.place << ": " << finding.what;
  }
  if (std::getenv("PUNNET_FOREIGN_COMPACTS") != nullptr) return;
  OptimizeOptions options;
  options.writer_id = "optimizer-" + std::to_string(next);
  EXPECT_THAT(optimize_delta_table(*files_, "new_purchases", options, system_clock(), patiently()),
              Succeeds());
  const auto again = verify_delta_tables(*files_, "new_purchases", "rejected_events", patiently());
  ASSERT_THAT(again, Succeeds());
  for (const auto& finding : again->findings) {
    ADD_FAILURE() << finding.place << ": " << finding.what;
  }
}

}  // namespace
}  // namespace punnet
