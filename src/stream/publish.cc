#include "stream/publish.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "stream/key_partition.h"
#include "stream/purchase_json.h"

namespace punnet {
namespace {

/// How much of a partition's end is read at once when looking for a run.
constexpr Offset kLookBackWindow = 10'000;

/// A rated publisher wakes up so often, or for every row when rows are rarer.
constexpr double kWakeUpsPerSecond = 10;

using Headers = std::array<std::pair<std::string, std::string>, 2>;

struct Message {
  std::int64_t row = 0;
  std::string key;
  std::string value;
  Headers headers;
};

/// The row of `event` if it is one of `run_id`.
std::optional<std::int64_t> row_of(const Event& event, const std::string& run_id) {
  std::optional<std::int64_t> row;
  bool is_ours = false;
  for (const auto& [name, value] : event.headers) {
    if (name == kRunHeader) is_ours = value == run_id;
    if (name != kRowHeader) continue;
    std::int64_t number = 0;
    const auto read = std::from_chars(value.data(), value.data() + value.size(), number);
    if (read.ec == std::errc{} && read.ptr == value.data() + value.size()) row = number;
  }
  return is_ours ? row : std::nullopt;
}

class Publisher {
 public:
  Publisher(std::span<const Purchase> purchases, const TopicInfo& topic,
            const PublishConfig& config, const PublishPorts& ports, Retry& retry,
            const std::stop_token& stop, const std::function<void(std::int64_t)>& progress)
      : purchases_(purchases),
        topic_(topic),
        config_(config),
        ports_(ports),
        retry_(retry),
        stop_(stop),
        progress_(progress),
        last_rows_(static_cast<std::size_t>(topic.partitions), -1),
        waiting_(static_cast<std::size_t>(topic.partitions)) {}

  Result<PublishSummary> run() {
    if (config_.resume) PUNNET_CHECK(find_last_rows());
    started_ = ports_.clock.now();
    const std::int64_t rows_per_wake_up = rows_between_wake_ups();
    for (std::size_t i = 0; i < purchases_.size(); ++i) {
      const auto row = static_cast<std::int64_t>(i);
      const std::string key = std::to_string(purchases_[i].user.value);
      const auto partition = static_cast<std::size_t>(config_.key == EventKey::kUser
                                                          ? partition_of_key(key, topic_.partitions)
                                                          : row % topic_.partitions);
      if (row <= last_rows_[partition]) {
        ++summary_.already_held;
        continue;
      }
      add(waiting_[partition], row, key, purchases_[i]);
      ++taken_;
      if (waiting_[partition].size() >= config_.group) PUNNET_CHECK(append(partition));
      if (rows_per_wake_up > 0 && taken_ % rows_per_wake_up == 0) {
        PUNNET_CHECK(append_all());
        pace();
      }
      if (stop_.stop_requested()) return stopped();
    }
    PUNNET_CHECK(append_all());
    return summary_;
  }

 private:
  std::int64_t rows_between_wake_ups() const {
    if (config_.rows_per_second <= 0) return 0;
    return std::max<std::int64_t>(
        1, static_cast<std::int64_t>(config_.rows_per_second / kWakeUpsPerSecond));
  }

  /// Waits until as many rows are due as were taken.
  void pace() {
    const double seconds = static_cast<double>(taken_) / config_.rows_per_second;
    const auto due = started_ + std::chrono::microseconds{std::llround(seconds * 1e6)};
    const Timestamp now = ports_.clock.now();
    if (due > now) ports_.sleep(due - now, stop_);
  }

  void add(std::vector<Message>& messages, std::int64_t row, const std::string& key,
           const Purchase& purchase) const {
    Message& message = messages.emplace_back();
    message.row = row;
    message.key = key;
    encode_purchase(message.value, purchase, config_.schema);
    message.headers = {{{kRunHeader, config_.run_id}, {kRowHeader, std::to_string(row)}}};
  }

  Status append_all() {
    for (std::size_t p = 0; p < waiting_.size(); ++p) PUNNET_CHECK(append(p));
    return ok();
  }

  /// An append whose answer was lost is not repeated blindly: the partition says what it holds.
  Status append(std::size_t partition) {
    std::vector<Message>& messages = waiting_[partition];
    bool is_in_doubt = false;
    const auto count = static_cast<std::int64_t>(messages.size());
    PUNNET_CHECK(retry_("appending to the topic", [&](const CallContext& call) -> Status {
      if (is_in_doubt) {
        PUNNET_TRY(const std::int64_t last, find_last_row(partition, call));
        std::erase_if(messages, [&](const Message& message) { return message.row <= last; });
        is_in_doubt = false;
      }
      if (messages.empty()) return ok();
      auto appended =
          ports_.log.append(topic_, static_cast<Partition>(partition), events_of(messages), call);
      if (appended) return ok();
      is_in_doubt = appended.error().code == ErrorCode::kUnknownOutcome;
      return std::move(appended).error();
    }));
    messages.clear();
    summary_.rows += count;
    if (count > 0) progress_(summary_.rows + summary_.already_held);
    return ok();
  }

  std::vector<NewEvent> events_of(const std::vector<Message>& messages) const {
    std::vector<NewEvent> events;
    events.reserve(messages.size());
    for (const Message& message : messages) {
      NewEvent& event = events.emplace_back();
      if (config_.key == EventKey::kUser) event.key = message.key;
      event.value = message.value;
      event.headers = message.headers;
    }
    return events;
  }

  Status find_last_rows() {
    for (std::size_t p = 0; p < last_rows_.size(); ++p) {
      PUNNET_TRY(last_rows_[p],
                 retry_("looking for rows published before",
                        [&](const CallContext& call) { return find_last_row(p, call); }));
    }
    return ok();
  }

  /// The highest row of this run that the partition holds, -1 when there is none. Rows ascend, so
  /// the last window that holds any of them holds the highest.
  Result<std::int64_t> find_last_row(std::size_t partition, const CallContext& call) {
    PUNNET_TRY(const auto bounds, ports_.log.bounds(topic_, call));
    Offset end = bounds[partition].next;
    while (end > bounds[partition].start) {
      const Offset begin = std::max(bounds[partition].start, end - kLookBackWindow);
      PUNNET_TRY(const std::int64_t last, last_row_in(partition, {begin, end}, call));
      if (last >= 0) return last;
      end = begin;
    }
    return std::int64_t{-1};
  }

  Result<std::int64_t> last_row_in(std::size_t partition, OffsetRange range,
                                   const CallContext& call) {
    std::int64_t last = -1;
    Offset at = range.start;
    while (at < range.next) {
      ReadLimit limit;
      limit.events = range.next - at;
      limit.headers = true;
      PUNNET_TRY(const auto runs, ports_.log.read(topic_, {{static_cast<Partition>(partition), at}},
                                                  limit, std::chrono::milliseconds{1'000}, call));
      PUNNET_CHECK(call.check("looking for rows published before"));
      for (const EventRun& run : runs) {
        for (const Event& event : run.events) {
          if (const auto row = row_of(event, config_.run_id)) last = std::max(last, *row);
        }
        at = run.range.next;
      }
    }
    return last;
  }

  Error stopped() const {
    const std::int64_t held = summary_.rows + summary_.already_held;
    return {ErrorCode::kCancelled, "publishing was stopped after " + std::to_string(held) + " of " +
                                       std::to_string(purchases_.size()) + " rows; start run \"" +
                                       config_.run_id + "\" again to go on"};
  }

  const std::span<const Purchase> purchases_;
  const TopicInfo& topic_;
  const PublishConfig& config_;
  const PublishPorts& ports_;
  Retry& retry_;
  const std::stop_token& stop_;
  const std::function<void(std::int64_t)>& progress_;

  std::vector<std::int64_t> last_rows_;        // by partition; -1: none
  std::vector<std::vector<Message>> waiting_;  // by partition
  Timestamp started_;
  std::int64_t taken_ = 0;
  PublishSummary summary_;
};

}  // namespace

Result<PublishSummary> publish(std::span<const Purchase> purchases, const TopicInfo& topic,
                               const PublishConfig& config, const PublishPorts& ports, Retry& retry,
                               const std::stop_token& stop,
                               const std::function<void(std::int64_t done)>& progress) {
  if (topic.partitions < 1 || config.run_id.empty() || config.group == 0) {
    return Error{ErrorCode::kInvalid,
                 "publishing needs a topic with partitions, a run id and a group of at least one"};
  }
  return Publisher(purchases, topic, config, ports, retry, stop, progress).run();
}

}  // namespace punnet
