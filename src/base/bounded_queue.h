#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>

namespace punnet {

/// Hands values from one thread to another, holding at most `limit_bytes` of them. A value larger
/// than the limit is admitted when the queue is empty, so the queue can be full but never stuck.
template <typename T>
class BoundedQueue {
 public:
  explicit BoundedQueue(std::size_t limit_bytes) : limit_bytes_(limit_bytes) {}

  /// Waits for room. False when the queue was closed or `stop` requested; the value is then
  /// dropped.
  bool push(T value, std::size_t bytes, const std::stop_token& stop = {}) {
    std::unique_lock lock(mutex_);
    const bool room = changed_.wait(
        lock, stop, [&] { return closed_ || entries_.empty() || bytes_ + bytes <= limit_bytes_; });
    if (!room || closed_) return false;
    bytes_ += bytes;
    entries_.emplace_back(std::move(value), bytes);
    changed_.notify_all();
    return true;
  }

  /// Waits for a value. Absent when `stop` was requested, or the queue is closed and drained.
  std::optional<T> pop(const std::stop_token& stop = {}) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait(lock, stop, [&] { return closed_ || !entries_.empty(); }))
      return std::nullopt;
    if (entries_.empty()) return std::nullopt;
    auto [value, bytes] = std::move(entries_.front());
    entries_.pop_front();
    bytes_ -= bytes;
    changed_.notify_all();
    return std::move(value);
  }

  /// Refuses further values; those inside can still be taken. Closing twice changes nothing.
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }

  std::size_t bytes() const {
    const std::lock_guard lock(mutex_);
    return bytes_;
  }

 private:
  const std::size_t limit_bytes_;

  mutable std::mutex mutex_;  // guards everything below
  std::condition_variable_any changed_;
  std::deque<std::pair<T, std::size_t>> entries_;
  std::size_t bytes_ = 0;
  bool closed_ = false;
};

}  // namespace punnet
