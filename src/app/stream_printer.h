#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "app/command.h"
#include "stream/progress_json.h"
#include "stream/run_stream.h"

namespace punnet {

/// Prints what a stream does: results to standard output, everything else to the log.
class StreamPrinter final : public StreamObserver {
 public:
  StreamPrinter(CommandContext& context, ProgressIdentity identity);

  void batch_done(const BatchReport& batch) override;
  void committed(const CommitReport& commit) override;
  void histories_written(std::int64_t events, std::chrono::microseconds took) override;
  void partition_lost(Partition partition, Offset next) override;
  void share_changed(const ShareChange& change, const Positions& mine) override;
  void data_lost(Partition partition, OffsetRange gap) override;
  void model_swapped(std::string_view from, std::string_view to) override;
  void lists_planned(std::string_view version, const ListsAheadPlan& plan) override;
  void waiting(std::string_view what, const Error& error, std::chrono::milliseconds delay) override;
  void warned(std::string_view what, const Error& error) override;
  void fell_behind(std::chrono::microseconds took) override;

  /// What the whole run came to.
  void finish(const StreamSummary& summary) const;

 private:
  CommandContext& context_;
  const ProgressIdentity identity_;
  const std::chrono::steady_clock::time_point begun_;
  std::int64_t batches_ = 0;
  std::vector<std::chrono::microseconds> rows_ready_;  // of the latest batches
  std::vector<std::chrono::microseconds> commits_;
  std::int64_t history_writes_ = 0;
  std::chrono::microseconds writing_histories_{0};
};

}  // namespace punnet
