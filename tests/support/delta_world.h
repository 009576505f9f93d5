#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "delta/delta_committed_purchases.h"
#include "delta/delta_purchase_sink.h"
#include "delta/verify.h"
#include "embedded/memory_file_store.h"
#include "tests/support/calls.h"
#include "tests/support/purchase_runs.h"
#include "tests/support/result_matchers.h"
#include "tests/support/scripted_file_store.h"

namespace punnet {

/// Both tables in memory, with a clock and faults in the test's hand.
class DeltaWorld {
 public:
  DeltaSinkOptions options() {
    DeltaSinkOptions options;
    options.topic = "purchases";
    options.topic_id = "t1";
    options.writer_id = "w" + std::to_string(++writers_);
    return options;
  }

  std::unique_ptr<PurchaseSink> open_sink() {
    auto sink = open_delta_purchase_sink(files, clock, options(), patiently());
    EXPECT_THAT(sink, Succeeds());
    return sink ? *std::move(sink) : nullptr;
  }

  void append(PurchaseSink& sink, EnrichedRun run) {
    EXPECT_THAT(sink.append(std::move(run), "1", patiently()), Succeeds());
  }

  /// Commits [start, next) of one partition.
  CommitOutcome commit(PurchaseSink& sink, Partition partition, Offset start, Offset next) {
    append(sink, make_run(partition, start, next));
    auto outcome = sink.commit(patiently());
    EXPECT_THAT(outcome, Succeeds());
    return outcome ? *std::move(outcome) : CommitOutcome();
  }

  /// Where each row of the table stands, ascending.
  std::vector<std::pair<Partition, Offset>> rows(std::optional<std::int64_t> version = {}) {
    std::vector<std::pair<Partition, Offset>> places;
    const auto read = read_committed_rows(files, "new_purchases", version, patiently());
    EXPECT_THAT(read, Succeeds());
    if (read) {
      for (const auto& row : *read) places.emplace_back(row.partition, row.offset);
    }
    return places;
  }

  VerifyReport verify() {
    auto report = verify_delta_tables(files, "new_purchases", "rejected_events", patiently());
    EXPECT_THAT(report, Succeeds());
    return report ? *std::move(report) : VerifyReport();
  }

  /// All that verify finds, as one text; empty when it finds nothing.
  std::string findings() {
    std::string text;
    for (const auto& finding : verify().findings)
      text += finding.place + ": " + finding.what + "\n";
    return text;
  }

  std::vector<std::string> paths(std::string_view prefix, std::string_view suffix) {
    std::vector<std::string> found;
    const auto listed = store->list(prefix, patiently());
    EXPECT_THAT(listed, Succeeds());
    for (const auto& file : *listed) {
      if (file.path.ends_with(suffix) &&
          (suffix != ".parquet" || file.path.find("_delta_log") == std::string::npos)) {
        found.push_back(file.path);
      }
    }
    return found;
  }

  std::string content(const std::string& path) {
    auto text = read_file(*store, path, std::size_t{1} << 28, patiently());
    EXPECT_THAT(text, Succeeds());
    return text ? *text : "";
  }
  void overwrite(const std::string& path, std::string_view text) {
    EXPECT_THAT(replace_file(*store, path, text, patiently()), Succeeds());
  }
  void remove(const std::string& path) {
    EXPECT_THAT(store->remove(path, patiently()), Succeeds());
  }

  ManualClock clock{Timestamp(std::chrono::hours(24 * 365 * 50))};
  std::unique_ptr<FileStore> store = make_memory_file_store(clock);
  ScriptedFileStore files{*store};

 private:
  int writers_ = 0;
};

/// The offsets [start, next) of a partition.
inline std::vector<std::pair<Partition, Offset>> places(Partition partition, Offset start,
                                                        Offset next) {
  std::vector<std::pair<Partition, Offset>> all;
  for (auto offset = start; offset < next; ++offset) all.emplace_back(partition, offset);
  return all;
}

inline bool is_log_entry(const std::string& path) { return path.ends_with(".json"); }

}  // namespace punnet
