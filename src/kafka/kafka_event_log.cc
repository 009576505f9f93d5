#include "kafka/kafka_event_log.h"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include "base/random_id.h"
#include "kafka/client_settings.h"
#include "kafka/event_appender.h"
#include "kafka/event_reader.h"
#include "kafka/kafka_client.h"
#include "kafka/topic_admin.h"
#include "ports/event_log_arguments.h"

namespace punnet {
namespace {

using std::chrono::milliseconds;

// A topic that was deleted and made anew is noticed by a reader within so long.
constexpr milliseconds kTopicIsKnownFor{1'000};

// Who gets no answer to a small question for so long tells the caller of the outage, who may then
// say that it waits.
constexpr milliseconds kLongestQuestion{5'000};

KafkaProperties producer_properties(const KafkaProperties& usual) {
  // To learn the cluster anew whenever all connections were cut takes longer than some connections
  // last, and a producer that fails is made anew anyway.
  return with(with({{"metadata.recovery.strategy", "none"}}, usual),
              {{"enable.idempotence", "true"},
               {"acks", "all"},
               // An append is one batch: nothing is sent before all of it is there.
               {"linger.ms", "900000"},
               {"delivery.timeout.ms", "2147483647"},
               {"batch.num.messages", "1000000"},
               {"batch.size", "1000000000"},
               {"message.max.bytes", "1000000000"},
               {"queue.buffering.max.messages", "10000000"},
               {"queue.buffering.max.kbytes", "2147483647"}});
}

KafkaProperties consumer_properties(const KafkaProperties& usual) {
  return with(with({{"fetch.wait.max.ms", "100"}, {"fetch.queue.backoff.ms", "5"}}, usual),
              {// Assigning partitions by hand needs a name of a group, but joins none.
               {"group.id", "punnet-reader-" + random_id()},
               {"enable.auto.commit", "false"},
               {"enable.auto.offset.store", "false"},
               {"auto.offset.reset", "error"},
               {"isolation.level", "read_committed"},
               {"check.crcs", "true"},
               {"enable.partition.eof", "true"}});
}

class KafkaEventLog final : public EventLog {
 public:
  KafkaEventLog(std::unique_ptr<KafkaClient> client, const KafkaEventLogOptions& options)
      : usual_(usual_properties(options)),
        queue_bytes_(options.queue_bytes),
        client_(std::move(client)),
        admin_(*client_),
        appender_(producer_properties(usual_)) {}

  Result<TopicInfo> create_topic(const TopicSpec& spec, const CallContext& call) override {
    return admin_.create(spec, call);
  }

  Result<TopicInfo> describe_topic(std::string_view name, const CallContext& call) override {
    return admin_.describe(name, call);
  }

  Result<Offset> append(const TopicInfo& topic, Partition partition,
                        std::span<const NewEvent> events, const CallContext& call) override {
    PUNNET_CHECK(check_partition(topic, partition));
    // Asking first makes an outage show before anything can have been written.
    PUNNET_CHECK(admin_.check_same(topic, call));
    if (events.empty()) {
      PUNNET_TRY(const auto bounds, admin_.bounds(topic, std::vector{partition}, call));
      return bounds.at(partition).next;
    }
    return appender_.append(topic, partition, events, call);
  }

  Result<std::vector<OffsetBounds>> bounds(const TopicInfo& topic,
                                           const CallContext& call) override {
    PUNNET_CHECK(admin_.check_same(topic, call));
    std::vector<Partition> partitions(static_cast<std::size_t>(topic.partitions));
    std::iota(partitions.begin(), partitions.end(), 0);
    PUNNET_TRY(const auto found, admin_.bounds(topic, partitions, call));
    std::vector<OffsetBounds> all;
    all.reserve(found.size());
    for (const auto& [partition, range] : found) all.push_back(range);
    return all;
  }

  Result<std::vector<EventRun>> read(const TopicInfo& topic, const Positions& from,
                                     const ReadLimit& limit, milliseconds wait,
                                     const CallContext& call) override {
    PUNNET_CHECK(check_read(topic, from, limit));
    PUNNET_CHECK(call.check("reading " + quoted_topic(topic.name)));
    PUNNET_CHECK(know(topic, call));
    return reader_->read(from, limit, wait, call);
  }

  Status commit_offsets(std::string_view group, const TopicInfo& topic, const Positions& next,
                        const CallContext& call) override {
    for (const auto& [partition, offset] : next) PUNNET_CHECK(check_partition(topic, partition));
    PUNNET_CHECK(admin_.check_same(topic, call));
    return ask_coordinator(call, [&](TopicAdmin& groups, const CallContext& question) {
      return groups.commit(group, topic, next, question);
    });
  }

  Result<Positions> committed_offsets(std::string_view group, const TopicInfo& topic,
                                      const CallContext& call) override {
    PUNNET_CHECK(admin_.check_same(topic, call));
    return ask_coordinator(call, [&](TopicAdmin& groups, const CallContext& question) {
      return groups.committed(group, topic, question);
    });
  }

 private:
  /// Asks by a client of its own: once the connection to a group's coordinator has failed, a client
  /// finds no way to it again, so such a client is replaced.
  template <typename Ask>
  auto ask_coordinator(const CallContext& call, const Ask& ask)
      -> decltype(ask(std::declval<TopicAdmin&>(), call)) {
    if (group_client_ == nullptr || group_client_->health().is_troubled()) {
      PUNNET_TRY(group_client_, KafkaClient::make(RD_KAFKA_PRODUCER, usual_));
    }
    TopicAdmin groups(*group_client_);
    auto answer = ask(groups, briefly(call));
    if (!answer) group_client_.reset();
    return answer;
  }

  /// For a question that a broker which is there answers in no time.
  static CallContext briefly(const CallContext& call) {
    return CallContext(std::min(call.deadline(), CallContext::Clock::now() + kLongestQuestion),
                       call.stop());
  }

  /// Makes `reader_` one of this topic, which was the same a moment ago.
  Status know(const TopicInfo& topic, const CallContext& call) {
    const auto now = CallContext::Clock::now();
    const bool is_known =
        reader_ != nullptr && reader_->topic().id == topic.id && now < known_until_;
    if (is_known) return ok();
    PUNNET_CHECK(admin_.check_same(topic, briefly(call)));
    if (reader_ == nullptr || reader_->topic().id != topic.id) {
      reader_.reset();
      PUNNET_TRY(reader_,
                 EventReader::make(topic, consumer_properties(usual_), queue_bytes_, admin_));
    }
    known_until_ = now + kTopicIsKnownFor;
    return ok();
  }

  const KafkaProperties usual_;
  const std::size_t queue_bytes_;
  const std::unique_ptr<KafkaClient> client_;
  TopicAdmin admin_;
  std::unique_ptr<KafkaClient> group_client_;  // absent until it is needed
  EventAppender appender_;
  std::unique_ptr<EventReader> reader_;
  CallContext::Clock::time_point known_until_;
};

}  // namespace

Result<std::unique_ptr<EventLog>> open_kafka_event_log(const KafkaEventLogOptions& options) {
  // Of librdkafka's two kinds of client, a producer that produces nothing is the lighter one to ask
  // questions with.
  PUNNET_TRY(auto client, KafkaClient::make(RD_KAFKA_PRODUCER, usual_properties(options)));
  return std::make_unique<KafkaEventLog>(std::move(client), options);
}

std::string kafka_client_version() { return std::string("librdkafka ") + rd_kafka_version_str(); }

}  // namespace punnet
