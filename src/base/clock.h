#pragma once

#include <chrono>
#include <cstdint>

namespace punnet {

/// Microseconds since the Unix epoch, UTC: the resolution of stored timestamps.
using Timestamp = std::chrono::sys_time<std::chrono::microseconds>;

/// Where the time of day comes from. Safe to call from many threads.
class Clock {
 public:
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock() = default;

  virtual Timestamp now() const = 0;

 protected:
  Clock() = default;
};

/// The machine's clock.
const Clock& system_clock();

/// A clock that stands until told otherwise; for tests.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Timestamp start = {}) : now_(start) {}
  Timestamp now() const override { return now_; }
  void set(Timestamp now) { now_ = now; }
  void advance(std::chrono::microseconds step) { now_ += step; }

 private:
  Timestamp now_;
};

}  // namespace punnet
