#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/call_context.h"
#include "base/clock.h"
#include "base/result.h"
#include "domain/offsets.h"
#include "ports/port.h"

namespace punnet {

/// A topic that exists. `id` is drawn at creation and never used again, so a topic that was deleted
/// and made anew under the same name is told apart.
struct TopicInfo {
  std::string name;
  std::string id;
  std::int32_t partitions = 0;
};

/// What a new topic is to be like. An adapter refuses, as kInvalid, what it cannot honour.
struct TopicSpec {
  std::string name;  ///< matches [A-Za-z0-9._-]{1,249}, not "." or ".."
  std::int32_t partitions = 1;
  std::int16_t replication_factor = 1;
  std::map<std::string, std::string> config = {};  ///< e.g. retention.ms=-1
};

using EventHeaders = std::vector<std::pair<std::string, std::string>>;

/// An event to append. The views need to live until append returns.
struct NewEvent {
  std::optional<std::string_view> key;
  std::string_view value;
  std::span<const std::pair<std::string, std::string>> headers;
  std::optional<Timestamp> time;  ///< absent: the time of the append
};

/// An event as read. The views point into the run that holds it.
struct Event {
  Offset offset = 0;
  Timestamp time;
  std::optional<std::string_view> key;
  std::string_view value;
  EventHeaders headers;  ///< filled only when the read asked for them
};

/// Consecutive events of one partition. `range` says which offsets were taken; it may be wider than
/// the events found in it (a log may have holes), and progress is always range.next.
struct EventRun {
  Partition partition = 0;
  OffsetRange range;
  std::vector<Event> events;  ///< ascending by offset
  std::vector<char> storage;  ///< what the views of `events` point into
};

/// First offset still held, and the next one to be written.
using OffsetBounds = OffsetRange;

/// How much one read may take.
struct ReadLimit {
  std::int64_t events = 0;       ///< in all partitions together
  std::size_t bytes = 64 << 20;  ///< of keys and values together; one event is always taken
  bool headers = false;          ///< whether headers are wanted
};

/// A durable, append-only log of events in topics and partitions.
///
/// One thread at a time per object; several objects and processes may use the same log at once.
/// A topic that does not exist is kAbsent; a log that cannot be asked is kUnavailable or kTimeout.
class EventLog : public Port {
 public:
  /// Creates a topic. kExists if there is one of that name, whatever its shape.
  virtual Result<TopicInfo> create_topic(const TopicSpec& spec, const CallContext& call) = 0;

  virtual Result<TopicInfo> describe_topic(std::string_view name, const CallContext& call) = 0;

  /// Appends all events in order, or none. When it returns they are durable; the value is the
  /// offset of the first, the others follow without holes. kUnknownOutcome when the answer was
  /// lost.
  virtual Result<Offset> append(const TopicInfo& topic, Partition partition,
                                std::span<const NewEvent> events, const CallContext& call) = 0;

  /// For each partition: the offsets that can be read now.
  virtual Result<std::vector<OffsetBounds>> bounds(const TopicInfo& topic,
                                                   const CallContext& call) = 0;

  /// Reads on from `from`: at most one run per partition named there, at most `limit` in all,
  /// shared among partitions in proportion to what each holds. Waits at most `wait` for a first
  /// event; no event in that time is an empty vector, not an error. A position outside of the
  /// bounds, or a topic whose id is no longer this one, is kInvalid with both numbers in the
  /// message: nothing is skipped.
  virtual Result<std::vector<EventRun>> read(const TopicInfo& topic, const Positions& from,
                                             const ReadLimit& limit, std::chrono::milliseconds wait,
                                             const CallContext& call) = 0;

  /// Notes for other tools how far a group has come. Repeating changes nothing; never read back by
  /// the stream, whose position is the table's.
  virtual Status commit_offsets(std::string_view group, const TopicInfo& topic,
                                const Positions& next, const CallContext& call) = 0;

  /// What was noted last for the group; partitions never noted are missing.
  virtual Result<Positions> committed_offsets(std::string_view group, const TopicInfo& topic,
                                              const CallContext& call) = 0;
};

}  // namespace punnet
