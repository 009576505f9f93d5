#include "delta/delta_purchase_sink.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "delta/delta_committer.h"
#include "delta/pending_runs.h"

namespace punnet {
namespace {

using delta::DeltaCommitter;
using delta::RunsByPartition;

/// What is part of a commit, as the thread that appends may know it while another one commits.
struct Sealed {
  Positions next;
  std::size_t bytes = 0;
  std::int64_t rows = 0;
};

class DeltaPurchaseSink final : public PurchaseSink {
 public:
  DeltaPurchaseSink(std::unique_ptr<DeltaCommitter> committer, const PurchaseSchema& schema)
      : pending_(schema), positions_(committer->positions()), committer_(std::move(committer)) {}

  const Positions& positions() const override { return positions_; }

  Status append(EnrichedRun run, std::string_view model_version, const CallContext&) override {
    const auto expected = expected_start(run.partition);
    return pending_.append(std::move(run), model_version, expected);
  }

  std::size_t pending_bytes() const override {
    return pending_.bytes() + (sealed_ ? sealed_->bytes : 0);
  }

  std::int64_t pending_rows() const override {
    return pending_.rows() + (sealed_ ? sealed_->rows : 0);
  }

  void drop(Partition partition) override { pending_.drop(partition); }

  Status refresh(const CallContext& call) override {
    if (sealed_ || !pending_.empty()) {
      return Error{ErrorCode::kInternal, "a sink was refreshed while rows wait for a commit"};
    }
    PUNNET_CHECK(committer_->refresh(call));
    positions_ = committer_->positions();
    return ok();
  }

  Status begin_commit() override {
    if (sealed_) return ok();
    Sealed sealed{{}, pending_.bytes(), pending_.rows()};
    PUNNET_TRY(committing_, pending_.take());
    for (const auto& [partition, runs] : committing_) sealed.next[partition] = runs.range.next;
    sealed_ = std::move(sealed);
    return ok();
  }

  Status run_commit(const CallContext& call) override {
    PUNNET_TRY(outcome_, committer_->commit(committing_, call));
    return ok();
  }

  CommitOutcome end_commit() override {
    sealed_.reset();
    positions_ = outcome_.next;
    for (const auto& [partition, position] : positions_) {
      // Another writer may have moved a partition that this commit knows nothing of.
      const auto start = pending_.start(partition);
      if (start && *start != position && !is_lost(partition)) outcome_.lost.push_back(partition);
    }
    for (const Partition partition : outcome_.lost) pending_.drop(partition);
    return std::exchange(outcome_, {});
  }

 private:
  bool is_lost(Partition partition) const {
    return std::find(outcome_.lost.begin(), outcome_.lost.end(), partition) != outcome_.lost.end();
  }

  /// Where the next run of a partition must start, as far as the sink knows.
  std::optional<Offset> expected_start(Partition partition) const {
    if (sealed_) {
      const auto sealed = sealed_->next.find(partition);
      if (sealed != sealed_->next.end()) return sealed->second;
    }
    const auto held = positions_.find(partition);
    return held == positions_.end() ? std::nullopt : std::optional(held->second);
  }

  // Of the thread that appends.
  delta::PendingRuns pending_;
  Positions positions_;
  std::optional<Sealed> sealed_;  // a commit is under way

  // Of the thread that commits, from begin_commit to end_commit.
  const std::unique_ptr<DeltaCommitter> committer_;
  RunsByPartition committing_;
  CommitOutcome outcome_;
};

}  // namespace

Result<std::unique_ptr<PurchaseSink>> open_delta_purchase_sink(FileStore& files, const Clock& clock,
                                                               const DeltaSinkOptions& options,
                                                               const CallContext& call) {
  PUNNET_TRY(auto committer, delta::open_delta_committer(files, clock, options, call));
  return std::make_unique<DeltaPurchaseSink>(std::move(committer), options.schema);
}

}  // namespace punnet
