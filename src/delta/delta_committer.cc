#include "delta/delta_committer.h"

#include <arrow/api.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "delta/arrow_schema.h"
#include "delta/covered_range.h"
#include "delta/data_file.h"
#include "delta/delta_log.h"
#include "delta/entry_seal.h"
#include "delta/file_stats.h"
#include "delta/row_buffers.h"
#include "delta/snapshot.h"
#include "delta/table_id.h"
#include "delta/table_schema.h"
#include "delta/topic_positions.h"

namespace punnet::delta {
namespace {

/// A commit of the main table whose files are durable; kept until its fate is known.
struct InFlight {
  Transaction transaction;
  std::vector<std::string> files;
  CommitOutcome counts;
  bool may_stand = false;  ///< an attempt ended with kUnknownOutcome
};

class Committer final : public DeltaCommitter {
 public:
  Committer(FileStore& files, const Clock& clock, const DeltaSinkOptions& options)
      : options_(options),
        clock_(clock),
        main_(files, options.table),
        rejects_(files, options.rejects_table),
        started_ms_(to_ms(clock.now())) {}

  Status open(const CallContext& call) {
    const auto columns = purchase_columns(options_.schema);
    PUNNET_TRY(snapshot_, open_table(main_, columns, call));
    PUNNET_TRY(rejects_snapshot_, open_table(rejects_, rejected_columns(), call));
    PUNNET_TRY(schema_, arrow_schema(columns));
    PUNNET_TRY(rejects_schema_, arrow_schema(rejected_columns()));
    return ok();
  }

  Positions positions() const override { return positions_of(snapshot_, options_.topic_id); }

  Status refresh(const CallContext& call) override {
    return delta::refresh(main_, snapshot_, call);
  }

  Result<CommitOutcome> commit(RunsByPartition& runs, const CallContext& call) override {
    while (in_flight_ || !runs.empty()) {
      if (!in_flight_) {
        PUNNET_TRY(in_flight_, prepare(runs, call));
      }
      auto result = delta::commit(main_, snapshot_, in_flight_->transaction, clock_, call);
      if (!result) {
        // Kept as it is, with its id: the next call finds out whether it stands.
        in_flight_->may_stand |= result.error().code == ErrorCode::kUnknownOutcome;
        return std::move(result).error();
      }
      if (result->committed) {
        outcome_.rows += in_flight_->counts.rows;
        outcome_.rejects += in_flight_->counts.rejects;
        outcome_.bytes += in_flight_->counts.bytes;
        in_flight_.reset();
        runs.clear();
        keep_short(main_, snapshot_, call);
      } else {
        PUNNET_CHECK(give_up_lost(runs, call));
      }
    }
    outcome_.next = positions();
    return std::exchange(outcome_, {});
  }

 private:
  Result<Snapshot> open_table(const DeltaLog& log, const TableSchema& columns,
                              const CallContext& call) {
    Metadata metadata;
    metadata.id = make_table_id(options_.writer_id + " " + log.table());
    metadata.schema_string = to_schema_string(columns);
    metadata.configuration = {
        {kTopicKey, options_.topic}, {kTopicIdKey, options_.topic_id}, {kSealedKey, "true"}};
    metadata.created_ms = started_ms_;
    auto info = commit_info("CREATE TABLE");
    info.parameters = {{"isManaged", "false"}, {"partitionBy", "[]"}};
    PUNNET_CHECK(create_table(log, metadata, info, clock_, call));
    PUNNET_TRY(auto snapshot, load_snapshot(log, std::nullopt, call));
    PUNNET_TRY(const auto found, parse_schema(snapshot.metadata.schema_string, log.location()));
    PUNNET_CHECK(check_same_schema(found, columns, log.location()));
    PUNNET_CHECK(check_topic(snapshot, options_.topic, options_.topic_id, log.location()));
    return snapshot;
  }

  CommitInfo commit_info(std::string_view operation) {
    CommitInfo info;
    info.operation = operation;
    info.engine_info = options_.engine_info;
    info.txn_id =
        options_.writer_id + "-" + std::to_string(started_ms_) + "-" + std::to_string(++commits_);
    return info;
  }

  CommitInfo append_info(const std::vector<CoveredRange>& ranges) {
    auto info = commit_info("WRITE");
    info.parameters = {{"mode", "Append"}, {"partitionBy", "[]"}};
    info.blind_append = true;
    info.ranges = to_json(ranges);
    return info;
  }

  std::string next_file_name() {
    return "part-" + options_.writer_id + "-" + std::to_string(started_ms_) + "-" +
           std::to_string(++files_) + ".zstd.parquet";
  }

  /// Turns the runs into a commit in flight: rejects first, then the data files.
  Result<InFlight> prepare(const RunsByPartition& runs, const CallContext& call) {
    PUNNET_CHECK(commit_rejects(runs, call));
    InFlight flight;
    std::vector<CoveredRange> ranges;
    for (const auto& [partition, run] : runs) {
      for (const auto& chunk : run.chunks) {
        flight.counts.rows += chunk.covered.rows;
        flight.counts.rejects += chunk.covered.rejects;
        ranges.push_back(chunk.covered);
      }
    }
    flight.transaction.info = append_info(merge_ranges(std::move(ranges)));
    for (const auto& [partition, run] : runs) {
      flight.transaction.actions.emplace_back(
          Txn{app_id(options_.topic_id, partition), run.range.next, to_ms(clock_.now())});
    }
    const auto written = write_rows(runs, flight, call);
    if (!written) {
      remove_files(main_, flight.files, call);
      return written.error();
    }
    return flight;
  }

  /// Writes the rows of all runs into as few files as rows_per_file allows.
  Status write_rows(const RunsByPartition& runs, InFlight& flight, const CallContext& call) {
    std::unique_ptr<DataFileWriter> writer;
    FileFooter footer;
    std::set<std::string> versions;
    const auto finish = [&]() -> Status {
      footer.ranges = merge_ranges(std::move(footer.ranges));
      footer.model_versions.assign(versions.begin(), versions.end());
      PUNNET_TRY(auto add, writer->finish(footer));
      flight.counts.bytes += add.size_bytes;
      flight.files.push_back(add.path);
      flight.transaction.actions.emplace_back(std::move(add));
      writer.reset();
      return ok();
    };
    const auto start = [&]() -> Status {
      PUNNET_TRY(writer, create_data_file(main_, next_file_name(), schema_, clock_, call));
      footer = make_footer();
      versions.clear();
      return ok();
    };
    for (const auto& [partition, run] : runs) {
      for (const auto& chunk : run.chunks) {
        if (!chunk.batch && !writer) continue;  // a range without rows needs no file
        if (!writer) PUNNET_CHECK(start());
        footer.ranges.push_back(chunk.covered);
        versions.insert(chunk.model_versions.begin(), chunk.model_versions.end());
        if (chunk.batch) PUNNET_CHECK(writer->write(*chunk.batch));
        if (writer->rows() >= options_.rows_per_file) PUNNET_CHECK(finish());
      }
    }
    return writer ? finish() : ok();
  }

  FileFooter make_footer() const {
    FileFooter footer;
    footer.topic = options_.topic;
    footer.topic_id = options_.topic_id;
    footer.writer_id = options_.writer_id;
    return footer;
  }

  /// Makes the rejects of all runs visible in their own table, those that it does not hold yet.
  Status commit_rejects(const RunsByPartition& runs, const CallContext& call) {
    PUNNET_CHECK(refresh_rejects(runs, call));
    while (true) {
      const auto held = positions_of(rejects_snapshot_, options_.topic_id);
      Transaction transaction;
      std::vector<CoveredRange> ranges;
      std::vector<RejectedEvent> missing;
      for (const auto& [partition, run] : runs) {
        const auto position = held.find(partition);
        const auto reached = position == held.end() ? run.range.start : position->second;
        PUNNET_TRY(auto found, missing_rejects(partition, run, reached, call));
        if (found.rejects.empty()) continue;
        const auto next = std::max(reached, found.ranges.back().range.next);
        transaction.actions.emplace_back(
            Txn{app_id(options_.topic_id, partition), next, to_ms(clock_.now())});
        std::move(found.rejects.begin(), found.rejects.end(), std::back_inserter(missing));
        ranges.insert(ranges.end(), found.ranges.begin(), found.ranges.end());
      }
      if (missing.empty()) return ok();

      transaction.info = append_info(ranges);
      PUNNET_TRY(auto add, write_rejects(missing, std::move(ranges), call));
      const std::vector<std::string> files{add.path};
      transaction.actions.emplace_back(std::move(add));
      auto result = delta::commit(rejects_, rejects_snapshot_, transaction, clock_, call);
      if (!result) {
        if (result.error().code != ErrorCode::kUnknownOutcome) remove_files(rejects_, files, call);
        return std::move(result).error();
      }
      if (result->committed) {
        keep_short(rejects_, rejects_snapshot_, call);
        return ok();
      }
      remove_files(rejects_, files, call);
    }
  }

  /// Where rejects may be held already they are looked up in files that others may have replaced
  /// and swept away since the table was last read.
  Status refresh_rejects(const RunsByPartition& runs, const CallContext& call) {
    const auto held = positions_of(rejects_snapshot_, options_.topic_id);
    for (const auto& [partition, run] : runs) {
      const auto position = held.find(partition);
      if (run.rejects.empty() || position == held.end()) continue;
      if (position->second > run.range.start) {
        return delta::refresh(rejects_, rejects_snapshot_, call);
      }
    }
    return ok();
  }

  struct MissingRejects {
    std::vector<RejectedEvent> rejects;
    std::vector<CoveredRange> ranges;
  };

  /// The rejects of `run` that their table lacks. Where its position `reached` is past the start of
  /// the run, a commit of the main table never came about, and who made it may have begun behind
  /// events that it found lost: what is held is then looked up.
  Result<MissingRejects> missing_rejects(Partition partition, const PartitionRuns& run,
                                         Offset reached, const CallContext& call) {
    MissingRejects missing;
    if (run.rejects.empty()) return missing;
    if (reached <= run.range.start) {
      missing.rejects = run.rejects;
      for (const auto& chunk : run.chunks) {
        if (chunk.covered.gap > 0) continue;
        missing.ranges.push_back({partition, chunk.covered.range, 0, chunk.covered.rejects, 0});
      }
      missing.ranges = merge_ranges(std::move(missing.ranges));
      return missing;
    }
    PUNNET_TRY(const auto held, held_rejects(partition, run.range, call));
    for (const auto& reject : run.rejects) {
      if (held.contains(reject.offset)) continue;
      missing.rejects.push_back(reject);
      missing.ranges.push_back({partition, {reject.offset, reject.offset + 1}, 0, 1, 0});
    }
    return missing;
  }

  Result<std::set<Offset>> held_rejects(Partition partition, OffsetRange range,
                                        const CallContext& call) {
    std::set<Offset> held;
    const auto visit = [&](const BatchPointer& batch) -> Status {
      const auto& partitions =
          static_cast<const arrow::Int32Array&>(*batch->GetColumnByName("partition"));
      const auto& offsets =
          static_cast<const arrow::Int64Array&>(*batch->GetColumnByName("offset"));
      for (std::int64_t i = 0; i < batch->num_rows(); ++i) {
        if (partitions.Value(i) == partition) held.insert(offsets.Value(i));
      }
      return ok();
    };
    for (const auto& [path, file] : rejects_snapshot_.files) {
      if (!parse_stats(file.stats).may_hold(partition, range)) continue;
      PUNNET_CHECK(read_data_file(rejects_, file, rejects_schema_, range, visit, call));
    }
    return held;
  }

  Result<AddFile> write_rejects(const std::vector<RejectedEvent>& rejects,
                                std::vector<CoveredRange> ranges, const CallContext& call) {
    PUNNET_TRY(const auto batch, to_batch(rejects));
    PUNNET_TRY(auto writer,
               create_data_file(rejects_, next_file_name(), rejects_schema_, clock_, call));
    PUNNET_CHECK(writer->write(*batch));
    auto footer = make_footer();
    footer.ranges = std::move(ranges);
    return writer->finish(std::move(footer));
  }

  /// Another writer has moved some of our partitions: what there is for these is dropped, the rest
  /// is committed again.
  Status give_up_lost(RunsByPartition& runs, const CallContext& call) {
    // An entry that was cleaned away before it could be read may have been ours.
    if (!in_flight_->may_stand) remove_files(main_, in_flight_->files, call);
    in_flight_.reset();
    drop_overtaken(runs);
    // The entry that was first need not be the newest.
    PUNNET_CHECK(delta::refresh(main_, snapshot_, call));
    drop_overtaken(runs);
    return ok();
  }

  void drop_overtaken(RunsByPartition& runs) {
    for (const auto& [partition, position] : positions()) {
      const auto ours = runs.find(partition);
      if (ours == runs.end() || ours->second.range.start == position) continue;
      runs.erase(ours);
      outcome_.lost.push_back(partition);
    }
  }

  /// Removes files that no entry can refer to. One that stays is an orphan, for vacuum.
  void remove_files(const DeltaLog& log, const std::vector<std::string>& paths,
                    const CallContext& call) {
    for (const auto& path : paths) {
      const auto removed = log.files().remove(log.data_path(path), call);
      if (!removed) warn(removed.error().message);
    }
  }

  void keep_short(const DeltaLog& log, const Snapshot& snapshot, const CallContext& call) {
    const auto kept = keep_log_short(log, snapshot, options_.upkeep, clock_, call);
    if (!kept) warn("checkpoint of " + log.location() + ": " + kept.error().message);
  }

  void warn(std::string_view message) const {
    if (options_.warn) options_.warn(message);
  }

  const DeltaSinkOptions options_;
  const Clock& clock_;
  const DeltaLog main_;
  const DeltaLog rejects_;
  SchemaPointer schema_;
  SchemaPointer rejects_schema_;

  Snapshot snapshot_;
  Snapshot rejects_snapshot_;
  std::optional<InFlight> in_flight_;
  CommitOutcome outcome_;  ///< what was done since commit last returned one
  const std::int64_t started_ms_;
  std::int64_t commits_ = 0;
  std::int64_t files_ = 0;
};

Status check_options(const DeltaSinkOptions& options) {
  const auto& id = options.writer_id;
  const bool plain = !id.empty() && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  });
  if (!plain) {
    return Error{ErrorCode::kInvalid,
                 "the writer id \"" + id + "\" may hold only letters, digits and \"-\""};
  }
  if (options.topic.empty() || options.topic_id.empty()) {
    return Error{ErrorCode::kInvalid, "a sink needs the name and the id of its topic"};
  }
  return ok();
}

}  // namespace

Result<std::unique_ptr<DeltaCommitter>> open_delta_committer(FileStore& files, const Clock& clock,
                                                             const DeltaSinkOptions& options,
                                                             const CallContext& call) {
  PUNNET_CHECK(check_options(options));
  auto committer = std::make_unique<Committer>(files, clock, options);
  PUNNET_CHECK(committer->open(call));
  return committer;
}

}  // namespace punnet::delta
