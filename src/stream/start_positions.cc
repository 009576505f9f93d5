#include "stream/start_positions.h"

#include <algorithm>
#include <cstddef>
#include <string>

namespace punnet {
namespace {

Error not_held(const TopicInfo& topic, Partition partition, Offset position,
               const std::string& held) {
  return Error{ErrorCode::kInvalid,
               "new_purchases holds topic \"" + topic.name + "\" (id " + topic.id + ") partition " +
                   std::to_string(partition) + " up to offset " + std::to_string(position) +
                   ", but the log " + held +
                   ": the topic was cut or made anew. Point events.topic at the topic that the "
                   "table was filled from, or files.uri at an empty place for the new one"};
}

}  // namespace

Error data_loss(const TopicInfo& topic, Partition partition, Offset position, OffsetBounds held) {
  return Error{ErrorCode::kInvalid,
               "topic \"" + topic.name + "\" partition " + std::to_string(partition) +
                   " begins at offset " + std::to_string(held.start) + ", but the events from " +
                   std::to_string(position) +
                   " on were not read yet: the log dropped them. Give it a longer retention, and "
                   "set stream.on_data_loss = \"record\" (--on-data-loss record) to go on behind "
                   "the gap and have it recorded"};
}

Result<Positions> start_positions(const TopicInfo& topic, std::span<const OffsetBounds> bounds,
                                  const Positions& table, StartingOffsets starting,
                                  OnDataLoss on_data_loss) {
  Positions positions;
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    positions[static_cast<Partition>(i)] =
        starting == StartingOffsets::kEarliest ? bounds[i].start : bounds[i].next;
  }
  for (const auto& [partition, next] : table) {
    const auto at = positions.find(partition);
    if (at == positions.end()) {
      return not_held(topic, partition, next,
                      "has only " + std::to_string(bounds.size()) + " partitions");
    }
    const OffsetBounds& held = bounds[static_cast<std::size_t>(partition)];
    if (next > held.next) {
      return not_held(topic, partition, next, "ends at " + std::to_string(held.next));
    }
    if (next < held.start && on_data_loss == OnDataLoss::kFail) {
      return data_loss(topic, partition, next, held);
    }
    at->second = next;
  }
  return positions;
}

void cut_runs(std::vector<EventRun>& runs, const Positions& end) {
  for (EventRun& run : runs) {
    const auto at = end.find(run.partition);
    if (at == end.end()) continue;
    run.range.next = std::min(run.range.next, at->second);
    std::erase_if(run.events, [&](const Event& event) { return event.offset >= at->second; });
  }
  std::erase_if(runs, [](const EventRun& run) { return run.range.empty(); });
}

}  // namespace punnet
