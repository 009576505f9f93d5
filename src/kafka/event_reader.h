#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "kafka/kafka_client.h"
#include "kafka/partition_feed.h"
#include "kafka/topic_admin.h"
#include "ports/event_log.h"

namespace punnet {

/// Rung by the client's threads when a queue that was empty is not any more.
class Bell {
 public:
  using Clock = CallContext::Clock;

  void ring();

  /// How often it has rung.
  std::int64_t count() const;

  /// Waits until it has rung more often than `seen`, until `until`, or until the call ends.
  void wait(std::int64_t seen, Clock::time_point until, const CallContext& call);

 private:
  mutable std::mutex mutex_;
  std::condition_variable_any rung_;
  std::int64_t count_ = 0;  // guarded by mutex_
};

/// Reads one topic from positions that its caller keeps: each partition is assigned with an
/// explicit offset and has a queue of its own, so that a read takes exactly its share. One thread;
/// `admin` outlives it.
class EventReader {
 public:
  /// At most about `queue_bytes` of fetched events wait in memory.
  static Result<std::unique_ptr<EventReader>> make(const TopicInfo& topic,
                                                   const KafkaProperties& properties,
                                                   std::size_t queue_bytes, TopicAdmin& admin);
  EventReader(const EventReader&) = delete;
  EventReader& operator=(const EventReader&) = delete;
  ~EventReader();

  const TopicInfo& topic() const { return topic_; }

  /// As EventLog::read, for a topic that was found to be the same a moment ago.
  Result<std::vector<EventRun>> read(const Positions& from, const ReadLimit& limit,
                                     std::chrono::milliseconds wait, const CallContext& call);

 private:
  using Clock = CallContext::Clock;

  EventReader(TopicInfo topic, TopicAdmin& admin) : topic_(std::move(topic)), admin_(admin) {}

  /// Makes every feed of `from` stand where it says; true when the bounds were asked for that.
  Result<bool> align(const Positions& from, const CallContext& call);
  Status assign(const Positions& from, const CallContext& call);
  /// Stops fetching what is not asked for any more; only assign begins again.
  Status leave_others(const Positions& from);
  PartitionFeed& feed(Partition partition);
  Status ask_ends(const Positions& from, const CallContext& call);
  std::int64_t held(const Positions& from);

  /// Takes what is held, waiting for what is known to be there.
  Result<std::vector<EventRun>> gather(const Positions& from, const ReadLimit& limit,
                                       const CallContext& call);
  Status take_from(PartitionFeed& feed, const Share& share, RunBuilder& run,
                   const CallContext& call);
  Error reading_failed(Error error, Partition partition, const CallContext& call);

  const TopicInfo topic_;
  TopicAdmin& admin_;
  Bell bell_;
  std::unique_ptr<KafkaClient> client_;
  std::map<Partition, std::unique_ptr<PartitionFeed>> feeds_;
  std::set<Partition> assigned_;
};

}  // namespace punnet
