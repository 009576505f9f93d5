#include "stream/tail.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "base/java_number.h"
#include "stream/purchase_json.h"

namespace punnet {
namespace {

constexpr std::chrono::milliseconds kLongestPoll{1'000};

Result<Positions> first_positions(const TopicInfo& topic, const TailConfig& config,
                                  std::span<const OffsetBounds> bounds) {
  if (config.partition && (*config.partition < 0 || *config.partition >= topic.partitions)) {
    return Error{ErrorCode::kInvalid, "topic \"" + topic.name + "\" has no partition " +
                                          std::to_string(*config.partition) +
                                          " (--partition), only " +
                                          std::to_string(topic.partitions)};
  }
  Positions positions;
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    const auto partition = static_cast<Partition>(i);
    if (config.partition && partition != *config.partition) continue;
    const Offset at = config.start == StartingOffsets::kEarliest ? bounds[i].start : bounds[i].next;
    positions[partition] = config.offset.value_or(at);
    if (positions[partition] < bounds[i].start || positions[partition] > bounds[i].next) {
      return Error{ErrorCode::kInvalid,
                   "offset " + std::to_string(positions[partition]) + " (--offset) of partition " +
                       std::to_string(partition) + " is outside of the log, which holds " +
                       std::to_string(bounds[i].start) + " to " + std::to_string(bounds[i].next)};
    }
  }
  return positions;
}

/// Cuts the runs to `limit` events, the first partitions first.
std::int64_t keep_events(std::vector<EventRun>& runs, std::int64_t limit) {
  std::int64_t kept = 0;
  for (EventRun& run : runs) {
    const auto size = static_cast<std::int64_t>(run.events.size());
    const std::int64_t taken = std::min(size, limit - kept);
    if (taken < size) {
      run.range.next = run.events[static_cast<std::size_t>(taken)].offset;
      run.events.resize(static_cast<std::size_t>(taken));
    }
    kept += taken;
  }
  return kept;
}

}  // namespace

Result<std::int64_t> tail(
    const TopicInfo& topic, const TailConfig& config, const TailPorts& ports, Retry& retry,
    const std::stop_token& stop,
    const std::function<void(std::int64_t id, std::span<const EventRun> runs)>& on_batch) {
  PUNNET_TRY(const auto bounds, retry("asking for the log's bounds", [&](const CallContext& call) {
               return ports.log.bounds(topic, call);
             }));
  PUNNET_TRY(Positions next, first_positions(topic, config, bounds));
  Positions end;
  for (const auto& [partition, at] : next) {
    end[partition] = bounds[static_cast<std::size_t>(partition)].next;
  }

  Trigger trigger(config.trigger);
  const bool is_drain = trigger.kind() == TriggerKind::kAvailableNow;
  const auto wait =
      trigger.kind() == TriggerKind::kInterval ? std::chrono::milliseconds{0} : kLongestPoll;
  std::int64_t messages = 0;
  std::int64_t batches = 0;
  while (!stop.stop_requested() && messages < config.max_messages.value_or(messages + 1)) {
    if (is_drain) {
      std::erase_if(next, [&](const auto& at) { return at.second >= end.at(at.first); });
      if (next.empty()) break;
    }
    const Timestamp now = ports.clock.now();
    if (trigger.next() && now < *trigger.next()) {
      ports.sleep(*trigger.next() - now, stop);
      continue;
    }
    trigger.began(now);
    ReadLimit limit;
    limit.events = config.max_offsets_per_trigger;
    auto runs = retry("reading the log", [&](const CallContext& call) {
      return ports.log.read(topic, next, limit, wait, CallContext(call.deadline() + wait, stop));
    });
    if (!runs) {
      if (stop.stop_requested()) break;
      return std::move(runs).error();
    }
    if (is_drain) cut_runs(*runs, end);
    for (const EventRun& run : *runs) next[run.partition] = run.range.next;
    const std::int64_t left = config.max_messages.value_or(INT64_MAX) - messages;
    const std::int64_t kept = keep_events(*runs, left);
    if (kept > 0) on_batch(batches++, *runs);
    messages += kept;
  }
  return messages;
}

std::string raw_messages(std::span<const EventRun> runs) {
  std::string text;
  for (const EventRun& run : runs) {
    for (const Event& event : run.events) {
      text += event.value;
      text += '\n';
    }
  }
  return text;
}

std::string message_table(std::span<const EventRun> runs, const PurchaseSchema& schema,
                          std::int32_t partitions, const TableLimits& limits) {
  std::vector<std::string> columns{"user_id", "item_id", "quantity", "sales_value"};
  if (partitions > 1) columns.emplace_back("partition");
  columns.emplace_back("offset");

  std::vector<std::vector<std::string>> rows;
  for (const EventRun& run : runs) {
    for (const Event& event : run.events) {
      std::vector<std::string>& cells = rows.emplace_back(4, "null");
      if (const auto decoded = decode_purchase(event.value, schema)) {
        const Purchase& purchase = decoded->purchase;
        std::string sales_value;
        append_java_float(sales_value, purchase.sales_value);
        cells = {std::to_string(purchase.user.value), std::to_string(purchase.item.value),
                 std::to_string(purchase.quantity), std::move(sales_value)};
      }
      if (partitions > 1) cells.push_back(std::to_string(run.partition));
      cells.push_back(std::to_string(event.offset));
    }
  }
  return show_table(columns, rows, limits);
}

}  // namespace punnet
