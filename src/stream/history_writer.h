#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>

#include "base/clock.h"
#include "base/result.h"
#include "stream/history_cache.h"
#include "stream/retry.h"
#include "stream/stream_observer.h"

namespace punnet {

struct StreamConfig;
struct StreamPorts;

/// When histories are written to their table, which holds nothing that the rows do not: a writing
/// is followed by so much time without one, and by at least nine times what it took. The end of a
/// drain, and what is too much to keep, do not wait; a stop, and partitions that are asked back,
/// leave what is much to who comes next.
struct HistoryWritePolicy {
  std::chrono::milliseconds pause{60'000};
};

/// A write under way. Of the thread that writes, while it does.
struct HistoryWrite {
  std::int64_t events = 0;
  std::chrono::microseconds took{0};
  std::stop_source stop;
  std::optional<Status> ended;  // absent before
};

/// Takes histories to their table, up to the sink's positions, beside the batches and one write at
/// a time. One thread, whose stop cuts a write short. An error is what waiting does not cure.
class HistoryWriter {
 public:
  using MakeRetry = std::function<Retry(std::uint64_t seed, std::stop_token stop)>;

  HistoryWriter(HistoryCache& histories, const StreamPorts& ports, const StreamConfig& config,
                StreamObserver& observer, MakeRetry make_retry, std::stop_token stop);
  HistoryWriter(const HistoryWriter&) = delete;
  HistoryWriter& operator=(const HistoryWriter&) = delete;
  /// Cuts a write short, and waits for it.
  ~HistoryWriter();

  /// Begins a write when it is time. Batches go on while one is under way, until as much waits for
  /// the next one.
  Status write_if_due();

  /// Ends the write under way when it is done.
  Status finish();

  /// For what must not wait: what a write has not done is left as it was before.
  Status cut_short();

  /// Writes all there is, and waits until it is done.
  Status write_all();

 private:
  Status begin();
  Status run();
  std::chrono::milliseconds patience_for(std::int64_t events) const;
  void was_written(std::int64_t events, std::chrono::microseconds took);

  HistoryCache& histories_;
  const StreamPorts& ports_;
  const StreamConfig& config_;
  StreamObserver& observer_;
  const MakeRetry make_retry_;
  const std::stop_token stop_;
  Retry retry_;
  Timestamp due_;
  std::optional<HistoryWrite> write_;
};

}  // namespace punnet
