#include "stream/stream_observer.h"

namespace punnet {

std::int64_t BatchReport::lag() const {
  std::int64_t events_behind = 0;
  for (const auto& [partition, end] : latest) {
    const auto at = next.find(partition);
    if (at != next.end() && end > at->second) events_behind += end - at->second;
  }
  return events_behind;
}

}  // namespace punnet
