#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace punnet {

/// When the next batch begins.
enum class TriggerKind : std::uint8_t {
  kAsDataComes,   ///< at once
  kInterval,      ///< the first at once, then on the clock's multiples of the interval
  kAvailableNow,  ///< at once, up to the offsets that were the latest at the start; then the end
};

struct TriggerConfig {
  TriggerKind kind = TriggerKind::kAsDataComes;
  std::chrono::milliseconds interval{0};  ///< of kInterval, positive
};

/// Says when batches begin. A batch that outlasts its interval is followed at once by the next one.
class Trigger {
 public:
  explicit Trigger(TriggerConfig config) : config_(config) {}

  TriggerKind kind() const { return config_.kind; }

  /// When the next batch may begin; absent: now.
  std::optional<Timestamp> next() const { return next_; }

  /// A batch, or an attempt that found no data, began at `now`.
  void began(Timestamp now);

  /// True when a batch that ended at `now` was longer than the interval.
  bool is_behind(Timestamp now) const { return next_ && now > *next_; }

 private:
  TriggerConfig config_;
  std::optional<Timestamp> next_;
};

}  // namespace punnet
