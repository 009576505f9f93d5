#include "delta/pending_runs.h"

#include <iterator>
#include <utility>

namespace punnet::delta {
namespace {

/// Rows of a chunk: enough that Arrow's cost per batch vanishes, few enough to cut files between.
constexpr std::int64_t kChunkRows = std::int64_t{1} << 16;
constexpr std::size_t kRejectBytes = 96;

Error invalid_run(const EnrichedRun& run, std::string_view what) {
  return Error{ErrorCode::kInvalid, "partition " + std::to_string(run.partition) + ", run [" +
                                        std::to_string(run.range.start) + ", " +
                                        std::to_string(run.range.next) + "): " + std::string(what)};
}

template <typename Events>
bool in_order(const EnrichedRun& run, const Events& events) {
  Offset least = run.range.start;
  for (const auto& event : events) {
    if (event.partition != run.partition || event.offset < least ||
        event.offset >= run.range.next) {
      return false;
    }
    least = event.offset + 1;
  }
  return true;
}

std::size_t bytes_of(const std::vector<RejectedEvent>& rejects) {
  std::size_t bytes = 0;
  for (const auto& reject : rejects) {
    bytes += kRejectBytes + reject.reason.size() + reject.bytes.size();
  }
  return bytes;
}

}  // namespace

Status PendingRuns::append(EnrichedRun run, std::string_view model_version,
                           std::optional<Offset> expected) {
  const auto found = partitions_.find(run.partition);
  if (found != partitions_.end()) expected = found->second.closed.range.next;
  if (run.partition < 0 || run.range.start < 0 || run.range.next < run.range.start) {
    return invalid_run(run, "no such range");
  }
  if (expected && run.range.start != *expected) {
    return invalid_run(run, "it must start at " + std::to_string(*expected));
  }
  if (!in_order(run, run.rows) || !in_order(run, run.rejects)) {
    return invalid_run(run, "its events are not ascending offsets inside it");
  }
  if (run.is_gap && !(run.rows.empty() && run.rejects.empty())) {
    return invalid_run(run, "a gap has no events");
  }
  if (run.range.empty()) return ok();
  if (run.is_gap) return append_gap(run);

  std::optional<PurchaseBuffer> fresh;
  const bool start_buffer = found == partitions_.end() || !found->second.open;
  if (start_buffer) fresh.emplace(schema_);
  auto& buffer = start_buffer ? *fresh : *found->second.open;
  PUNNET_CHECK(buffer.append(run.rows, model_version));

  auto& entry = partitions_[run.partition];
  if (found == partitions_.end()) entry.closed.range = {run.range.start, run.range.start};
  if (start_buffer) {
    entry.open = std::move(fresh);
    entry.open_covered = {run.partition, {run.range.start, run.range.start}, 0, 0, 0};
  }
  entry.closed.range.next = run.range.next;
  entry.open_covered.range.next = run.range.next;
  entry.open_covered.rows += static_cast<std::int64_t>(run.rows.size());
  entry.open_covered.rejects += static_cast<std::int64_t>(run.rejects.size());
  if (!run.rows.empty()) entry.open_versions.emplace(model_version);
  entry.closed_bytes += bytes_of(run.rejects);
  entry.closed.rejects.insert(entry.closed.rejects.end(),
                              std::make_move_iterator(run.rejects.begin()),
                              std::make_move_iterator(run.rejects.end()));
  if (entry.open->rows() >= kChunkRows) return close(entry);
  return ok();
}

Status PendingRuns::append_gap(const EnrichedRun& run) {
  const bool first = !partitions_.contains(run.partition);
  auto& entry = partitions_[run.partition];
  if (first) entry.closed.range = {run.range.start, run.range.start};
  PUNNET_CHECK(close(entry));
  Chunk chunk;
  chunk.covered = {run.partition, run.range, 0, 0, run.range.size()};
  entry.closed.chunks.push_back(std::move(chunk));
  entry.closed.range.next = run.range.next;
  return ok();
}

std::size_t PendingRuns::bytes() const {
  std::size_t bytes = 0;
  for (const auto& [partition, entry] : partitions_) {
    bytes += entry.closed_bytes + (entry.open ? entry.open->bytes() : 0);
  }
  return bytes;
}

std::int64_t PendingRuns::rows() const {
  std::int64_t rows = 0;
  for (const auto& [partition, entry] : partitions_) {
    rows += entry.closed_rows + (entry.open ? entry.open->rows() : 0);
  }
  return rows;
}

std::optional<Offset> PendingRuns::start(Partition partition) const {
  const auto found = partitions_.find(partition);
  if (found == partitions_.end()) return std::nullopt;
  return found->second.closed.range.start;
}

Result<RunsByPartition> PendingRuns::take() {
  for (auto& [partition, entry] : partitions_) PUNNET_CHECK(close(entry));
  RunsByPartition runs;
  for (auto& [partition, entry] : partitions_) runs[partition] = std::move(entry.closed);
  partitions_.clear();
  return runs;
}

Status PendingRuns::close(Entry& entry) {
  if (!entry.open) return ok();
  Chunk chunk;
  chunk.covered = entry.open_covered;
  chunk.bytes = entry.open->bytes();
  chunk.model_versions = std::move(entry.open_versions);
  if (entry.open->rows() > 0) {
    PUNNET_TRY(chunk.batch, entry.open->take());
  }
  entry.closed_bytes += chunk.bytes;
  entry.closed_rows += chunk.covered.rows;
  entry.closed.chunks.push_back(std::move(chunk));
  entry.open.reset();
  entry.open_versions.clear();
  return ok();
}

}  // namespace punnet::delta
