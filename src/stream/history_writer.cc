#include "stream/history_writer.h"

#include <algorithm>
#include <utility>

#include "stream/run_stream.h"

namespace punnet {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

/// What a write takes is at most this share of the time.
constexpr int kShare = 10;

/// Whether the table may hold all or nothing of a write that came to `error`.
bool is_open(const Error& error, bool was_cut_short) {
  return was_cut_short || error.code == ErrorCode::kExists || error.code == ErrorCode::kCancelled;
}

}  // namespace

HistoryWriter::HistoryWriter(HistoryCache& histories, const StreamPorts& ports,
                             const StreamConfig& config, StreamObserver& observer,
                             MakeRetry make_retry, std::stop_token stop)
    : histories_(histories),
      ports_(ports),
      config_(config),
      observer_(observer),
      make_retry_(std::move(make_retry)),
      stop_(std::move(stop)),
      retry_(make_retry_(2, stop_)),
      due_(ports.clock.now() + config.history_writes.pause) {}

HistoryWriter::~HistoryWriter() {
  if (write_) write_->stop.request_stop();
  if (ports_.history_writer != nullptr) ports_.history_writer->wait();
}

Status HistoryWriter::write_if_due() {
  if (stop_.stop_requested()) return ok();
  if (write_) {
    const bool done = ports_.history_writer == nullptr || ports_.history_writer->is_idle();
    if (done || histories_.is_full()) PUNNET_CHECK(finish());
  }
  if (!histories_.wants_write_back()) return ok();
  const bool due = histories_.is_full() || ports_.clock.now() >= due_;
  if (due && !write_) return begin();
  histories_.add_up(ports_.sink.positions());
  return ok();
}

Status HistoryWriter::begin() {
  PUNNET_TRY(const bool begun, retry_("counting committed purchases", [&](const auto& call) {
               return histories_.begin_write(ports_.sink.positions(), call);
             }));
  if (!begun) return ok();
  write_.emplace();
  write_->events = static_cast<std::int64_t>(histories_.events_in_write());
  if (ports_.history_writer == nullptr) return finish();
  ports_.history_writer->start([this] { write_->ended = run(); });
  return ok();
}

/// Beside the batches. A stop does not wait for what takes long: the next start counts what it
/// leaves.
Status HistoryWriter::run() {
  const std::stop_callback stop_too(stop_, [&] { write_->stop.request_stop(); });
  const Timestamp started = ports_.clock.now();
  Retry retry = make_retry_(3, write_->stop.get_token());
  Status ended = retry("writing histories", [&](const CallContext&) {
    return histories_.run_write(
        CallContext::within(patience_for(write_->events), write_->stop.get_token()));
  });
  write_->took = ports_.clock.now() - started;
  return ended;
}

/// What has gathered for long takes its time.
milliseconds HistoryWriter::patience_for(std::int64_t events) const {
  return config_.retry.call_timeout *
         (events / static_cast<std::int64_t>(config_.histories.group) + 1);
}

Status HistoryWriter::cut_short() {
  if (write_) write_->stop.request_stop();
  return finish();
}

Status HistoryWriter::finish() {
  if (!write_) return ok();
  if (ports_.history_writer != nullptr) ports_.history_writer->wait();
  Status ended = write_->ended ? *write_->ended : run();
  const auto events = write_->events;
  const auto took = write_->took;
  const bool was_cut_short = write_->stop.stop_requested();
  write_.reset();
  if (!ended) {
    if (stop_.stop_requested()) return ok();
    if (!is_open(ended.error(), was_cut_short)) return ended;
  }
  PUNNET_CHECK(retry_("reading the positions of histories",
                      [&](const CallContext& call) { return histories_.end_write(ended, call); }));
  if (ended) was_written(events, took);
  return ok();
}

Status HistoryWriter::write_all() {
  PUNNET_CHECK(finish());
  const auto events = static_cast<std::int64_t>(histories_.pending_events());
  const Timestamp started = ports_.clock.now();
  const bool is_last = stop_.stop_requested();
  auto written = retry_("writing histories", [&](const CallContext&) {
    const auto call =
        CallContext::within(patience_for(events), is_last ? std::stop_token() : stop_);
    return histories_.write_back(ports_.sink.positions(), call);
  });
  if (!written && !is_last && written.error().code == ErrorCode::kCancelled) return ok();
  PUNNET_CHECK(std::move(written));
  const auto left = static_cast<std::int64_t>(histories_.pending_events());
  was_written(events - left, ports_.clock.now() - started);
  return ok();
}

void HistoryWriter::was_written(std::int64_t events, microseconds took) {
  due_ = ports_.clock.now() +
         std::max<microseconds>(config_.history_writes.pause, took * (kShare - 1));
  if (events > 0) observer_.histories_written(events, took);
}

}  // namespace punnet
