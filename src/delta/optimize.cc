#include "delta/optimize.h"

#include <arrow/api.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "delta/arrow_schema.h"
#include "delta/covered_range.h"
#include "delta/data_file.h"
#include "delta/file_stats.h"
#include "delta/row_fingerprint.h"
#include "delta/snapshot.h"
#include "delta/table_schema.h"
#include "delta/topic_positions.h"

namespace punnet {
namespace {

constexpr std::chrono::seconds kCleanUpTime{30};

using delta::AddFile;
using delta::DeltaLog;
using delta::Fingerprint;
using delta::RemoveFile;
using delta::Snapshot;

using Group = std::vector<AddFile>;

/// Small files in the order of their offsets, put together up to the target.
std::vector<Group> plan(const Snapshot& snapshot, std::int64_t target_bytes) {
  std::vector<std::tuple<Offset, std::string, const AddFile*>> small;
  for (const auto& [path, file] : snapshot.files) {
    if (file.size_bytes >= target_bytes) continue;
    small.emplace_back(delta::parse_stats(file.stats).min_offset.value_or(0), path, &file);
  }
  std::sort(small.begin(), small.end());
  std::vector<Group> groups;
  std::int64_t bytes = 0;
  for (const auto& [offset, path, file] : small) {
    if (groups.empty() || bytes + file->size_bytes > target_bytes) {
      groups.emplace_back();
      bytes = 0;
    }
    groups.back().push_back(*file);
    bytes += file->size_bytes;
  }
  std::erase_if(groups, [](const Group& group) { return group.size() < 2; });
  return groups;
}

std::string configured(const Snapshot& snapshot, std::string_view key) {
  const auto found = snapshot.metadata.configuration.find(key);
  return found == snapshot.metadata.configuration.end() ? std::string() : found->second;
}

class Optimizer {
 public:
  Optimizer(FileStore& files, std::string_view table, const OptimizeOptions& options,
            const Clock& clock, const CallContext& call)
      : options_(options),
        clock_(clock),
        call_(call),
        log_(files, std::string(table)),
        started_ms_(delta::to_ms(clock.now())) {}

  Result<OptimizeReport> run() {
    for (int attempt = 1;; ++attempt) {
      PUNNET_TRY(auto snapshot, delta::load_snapshot(log_, std::nullopt, call_));
      PUNNET_TRY(auto report, attempt_once(snapshot));
      if (report) return *report;
      if (attempt >= options_.attempts) {
        return Error{ErrorCode::kUnavailable, log_.location() + ": another compaction was first, " +
                                                  std::to_string(attempt) +
                                                  " times; nothing was changed"};
      }
    }
  }

 private:
  /// Absent when another compaction was first.
  Result<std::optional<OptimizeReport>> attempt_once(Snapshot& snapshot) {
    OptimizeReport report;
    describe(snapshot, report.files_before, report.bytes_before);
    const auto groups = plan(snapshot, options_.target_file_bytes);
    for (const auto& group : groups) {
      report.rewritten_files += static_cast<std::int64_t>(group.size());
    }
    if (groups.empty() || options_.dry_run) {
      report.version = snapshot.version;
      report.files_after =
          report.files_before - report.rewritten_files + static_cast<std::int64_t>(groups.size());
      report.bytes_after = report.bytes_before;
      return std::optional(report);
    }

    PUNNET_TRY(const auto columns,
               delta::parse_schema(snapshot.metadata.schema_string, log_.location()));
    PUNNET_TRY(schema_, delta::arrow_schema(columns));
    delta::Transaction transaction;
    std::vector<std::string> written;
    const auto rewritten = rewrite_all(snapshot, groups, transaction, written, report);
    if (!rewritten) {
      remove_files(written);
      return rewritten.error();
    }
    transaction.info = commit_info();
    const auto result = delta::commit(log_, snapshot, transaction, clock_, call_);
    if (!result) {
      if (result.error().code != ErrorCode::kUnknownOutcome) remove_files(written);
      return result.error();
    }
    if (!result->committed) {
      remove_files(written);
      return std::optional<OptimizeReport>();
    }
    report.version = snapshot.version;
    describe(snapshot, report.files_after, report.bytes_after);
    // Upkeep that fails is made up for at a later commit; the compaction stands.
    static_cast<void>(delta::keep_log_short(log_, snapshot, options_.upkeep, clock_, call_));
    return std::optional(report);
  }

  static void describe(const Snapshot& snapshot, std::int64_t& files, std::int64_t& bytes) {
    files = static_cast<std::int64_t>(snapshot.files.size());
    bytes = 0;
    for (const auto& [path, file] : snapshot.files) bytes += file.size_bytes;
  }

  Status rewrite_all(const Snapshot& snapshot, const std::vector<Group>& groups,
                     delta::Transaction& transaction, std::vector<std::string>& written,
                     OptimizeReport& report) {
    for (const auto& group : groups) {
      PUNNET_TRY(auto add, rewrite(snapshot, group, written, report));
      for (const auto& file : group) {
        transaction.actions.emplace_back(
            RemoveFile{file.path, delta::to_ms(clock_.now()), false, file.size_bytes});
      }
      transaction.actions.emplace_back(std::move(add));
    }
    return ok();
  }

  /// Writes one file in place of a group and proves that both hold the same rows.
  Result<AddFile> rewrite(const Snapshot& snapshot, const Group& group,
                          std::vector<std::string>& written, OptimizeReport& report) {
    const auto path = "part-" + options_.writer_id + "-" + std::to_string(started_ms_) + "-" +
                      std::to_string(++files_) + ".zstd.parquet";
    PUNNET_TRY(auto writer, delta::create_data_file(log_, path, schema_, clock_, call_));
    written.push_back(path);
    Fingerprint before;
    for (const auto& file : group) {
      const auto copy = [&](const delta::BatchPointer& batch) -> Status {
        PUNNET_CHECK(before.add(*batch));
        return writer->write(*batch);
      };
      PUNNET_CHECK(delta::read_data_file(log_, file, schema_, std::nullopt, copy, call_));
    }
    PUNNET_TRY(auto footer, merged_footer(snapshot, group));
    PUNNET_TRY(auto add, writer->finish(std::move(footer)));
    add.data_change = false;

    Fingerprint after;
    const auto check = [&](const delta::BatchPointer& batch) { return after.add(*batch); };
    PUNNET_CHECK(delta::read_data_file(log_, add, schema_, std::nullopt, check, call_));
    if (const auto differs = delta::difference(before, after); !differs.empty()) {
      return Error{ErrorCode::kCorrupt, log_.files().location(log_.data_path(path)) +
                                            " does not hold the rows it was to replace (" +
                                            differs + "); the table stays as it is"};
    }
    report.rewritten_rows += after.rows;
    return add;
  }

  Result<delta::FileFooter> merged_footer(const Snapshot& snapshot, const Group& group) {
    delta::FileFooter merged;
    merged.topic = configured(snapshot, delta::kTopicKey);
    merged.topic_id = configured(snapshot, delta::kTopicIdKey);
    merged.writer_id = options_.writer_id;
    std::set<std::string> versions;
    bool all_known = true;
    for (const auto& file : group) {
      PUNNET_TRY(const auto footer, delta::read_footer(log_, file.path, call_));
      if (!footer) {
        all_known = false;
        continue;
      }
      all_known = all_known && !footer->ranges.empty();
      merged.ranges.insert(merged.ranges.end(), footer->ranges.begin(), footer->ranges.end());
      versions.insert(footer->model_versions.begin(), footer->model_versions.end());
    }
    merged.ranges = all_known ? delta::merge_ranges(std::move(merged.ranges))
                              : std::vector<delta::CoveredRange>();
    merged.model_versions.assign(versions.begin(), versions.end());
    return merged;
  }

  delta::CommitInfo commit_info() {
    delta::CommitInfo info;
    info.operation = "OPTIMIZE";
    info.parameters = {{"predicate", "[]"},
                       {"targetSize", std::to_string(options_.target_file_bytes)}};
    info.engine_info = options_.engine_info;
    info.txn_id = options_.writer_id + "-" + std::to_string(started_ms_) + "-optimize-" +
                  std::to_string(files_);
    return info;
  }

  void remove_files(const std::vector<std::string>& paths) {
    // A stop or a deadline that ended the work must not end the cleaning up.
    const auto cleaning = CallContext::within(kCleanUpTime);
    for (const auto& path : paths) {
      // One that stays is an orphan, for vacuum.
      static_cast<void>(log_.files().remove(log_.data_path(path), cleaning));
    }
  }

  const OptimizeOptions& options_;
  const Clock& clock_;
  const CallContext& call_;
  const DeltaLog log_;
  const std::int64_t started_ms_;
  delta::SchemaPointer schema_;
  std::int64_t files_ = 0;
};

}  // namespace

Result<OptimizeReport> optimize_delta_table(FileStore& files, std::string_view table,
                                            const OptimizeOptions& options, const Clock& clock,
                                            const CallContext& call) {
  return Optimizer(files, table, options, clock, call).run();
}

}  // namespace punnet
