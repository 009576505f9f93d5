#include "stream/trigger.h"

namespace punnet {

void Trigger::began(Timestamp now) {
  if (config_.kind != TriggerKind::kInterval || config_.interval.count() <= 0) return;
  const std::chrono::microseconds interval = config_.interval;
  const auto passed = now.time_since_epoch() % interval;
  next_ = now - passed + interval;
}

}  // namespace punnet
