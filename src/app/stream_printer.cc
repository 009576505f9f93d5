#include "app/stream_printer.h"

#include <string>
#include <utility>

#include "app/stream_progress.h"
#include "eval/text_table.h"
#include "stream/batch_table.h"

namespace punnet {
namespace {

constexpr std::size_t kKeptTimes = 1'000'000;

std::int64_t microseconds_of(std::chrono::microseconds time) { return time.count(); }

}  // namespace

StreamPrinter::StreamPrinter(CommandContext& context, ProgressIdentity identity)
    : context_(context), identity_(std::move(identity)), begun_(std::chrono::steady_clock::now()) {}

void StreamPrinter::batch_done(const BatchReport& batch) {
  if (context_.json()) {
    context_.out.line(progress_json(batch, identity_));
  } else {
    const auto rows = static_cast<std::size_t>(context_.config.stream.show_rows);
    const auto table = rows == 0 ? std::string() : show_batch(batch, {.rows = rows});
    context_.out.write(batch_heading(batch.batch_id) + table + progress_text(batch));
  }
  if (rows_ready_.size() < kKeptTimes) rows_ready_.push_back(batch.took);
  ++batches_;
}

void StreamPrinter::committed(const CommitReport& commit) {
  if (commits_.size() < kKeptTimes) commits_.push_back(commit.took);
  context_.log.info("stream", "committed",
                    {{"rows", commit.outcome.rows},
                     {"rejects", commit.outcome.rejects},
                     {"bytes", commit.outcome.bytes},
                     {"batches", commit.batches},
                     {"took_us", microseconds_of(commit.took)}});
}

void StreamPrinter::histories_written(std::int64_t events, std::chrono::microseconds took) {
  ++history_writes_;
  writing_histories_ += took;
  context_.log.info("stream", "histories were written",
                    {{"events", events}, {"took_us", microseconds_of(took)}});
}

void StreamPrinter::partition_lost(Partition partition, Offset next) {
  context_.log.warn("stream", "another stream was first in this partition; going on behind it",
                    {{"partition", std::int64_t{partition}}, {"next", next}});
}

void StreamPrinter::share_changed(const ShareChange& change, const Positions& mine) {
  const auto count = [](std::size_t n) { return static_cast<std::int64_t>(n); };
  std::string partitions;
  for (const auto& [partition, next] : mine) {
    partitions += (partitions.empty() ? "" : ",") + std::to_string(partition);
  }
  context_.log.info("stream", "partitions were shared anew",
                    {{"mine", partitions},
                     {"assigned", count(change.assigned.size())},
                     {"revoked", count(change.revoked.size())},
                     {"lost", count(change.lost.size())}});
}

void StreamPrinter::data_lost(Partition partition, OffsetRange gap) {
  context_.log.warn("stream", "the topic dropped events before they were read; the gap is recorded",
                    {{"partition", std::int64_t{partition}},
                     {"start", gap.start},
                     {"next", gap.next},
                     {"events", gap.size()}});
}

void StreamPrinter::model_swapped(std::string_view from, std::string_view to) {
  context_.log.info("stream", "another model is served",
                    {{"from", std::string(from)}, {"to", std::string(to)}});
}

void StreamPrinter::lists_planned(std::string_view version, const ListsAheadPlan& plan) {
  const auto count = [](std::size_t n) { return static_cast<std::int64_t>(n); };
  context_.log.info("stream", plan.ahead ? "lists are made ahead" : "lists are made when asked for",
                    {{"model", std::string(version)},
                     {"users", count(plan.users)},
                     {"items", count(plan.items)},
                     {"rank", std::int64_t{plan.rank}},
                     {"length", count(plan.length)},
                     {"tried_users", count(plan.tried_users)},
                     {"tried_us", microseconds_of(plan.tried)},
                     {"expected_us", microseconds_of(plan.expected)},
                     {"patience_us", microseconds_of(plan.patience)},
                     {"bytes", count(plan.bytes)},
                     {"limit_bytes", count(plan.limit_bytes)}});
  if (!context_.json()) {
    context_.out.line("Model " + std::string(version) + ": " + to_text(plan) + ".");
  }
}

void StreamPrinter::waiting(std::string_view what, const Error& error,
                            std::chrono::milliseconds delay) {
  context_.log.warn(
      "stream", std::string(what) + ": " + error.message,
      {{"code", std::string(traits(error.code).name)}, {"retry_ms", std::int64_t{delay.count()}}});
}

void StreamPrinter::warned(std::string_view what, const Error& error) {
  context_.log.warn("stream", std::string(what) + ": " + error.message,
                    {{"code", std::string(traits(error.code).name)}});
}

void StreamPrinter::fell_behind(std::chrono::microseconds took) {
  context_.log.warn("stream", "a batch took longer than the trigger's interval",
                    {{"took_us", microseconds_of(took)}});
}

void StreamPrinter::finish(const StreamSummary& summary) const {
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - begun_);
  const auto events = summary.rows + summary.rejects;
  const double seconds = static_cast<double>(took.count()) / 1e6;
  const double rate = seconds > 0 ? static_cast<double>(events) / seconds : 0;
  const auto p50 = percentile(rows_ready_, 0.5);
  const auto p99 = percentile(rows_ready_, 0.99);
  context_.log.info("stream", "ended",
                    {{"batches", summary.batches},
                     {"rows", summary.rows},
                     {"rejects", summary.rejects},
                     {"unknown_fields", summary.unknown_fields},
                     {"commits", summary.commits},
                     {"history_writes", history_writes_},
                     {"history_writes_us", microseconds_of(writing_histories_)},
                     {"took_us", microseconds_of(took)},
                     {"events_per_second", rate},
                     {"rows_ready_p50_us", microseconds_of(p50)},
                     {"rows_ready_p99_us", microseconds_of(p99)},
                     {"commit_p50_us", microseconds_of(percentile(commits_, 0.5))},
                     {"commit_p99_us", microseconds_of(percentile(commits_, 0.99))}});
  if (context_.json()) return;
  context_.out.line(
      "Processed a total of " + with_commas(events) + " events in " + with_commas(summary.batches) +
      " batches and " + short_duration(took) + " (" + with_commas(static_cast<std::int64_t>(rate)) +
      " events/s): " + with_commas(summary.rows) + " rows, " + with_commas(summary.rejects) +
      " rejected, " + with_commas(summary.commits) + " commits.");
  context_.out.line("From poll to rows ready: p50 " + short_duration(p50) + ", p99 " +
                    short_duration(p99) + "; durable commit: p50 " +
                    short_duration(percentile(commits_, 0.5)) + ", p99 " +
                    short_duration(percentile(commits_, 0.99)) +
                    "; histories: " + short_duration(writing_histories_) + " in " +
                    with_commas(history_writes_) + " writes.");
}

}  // namespace punnet
