#include "kafka/kafka_membership.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "kafka/client_settings.h"
#include "kafka/kafka_client.h"
#include "kafka/kafka_errors.h"

namespace punnet {
namespace {

using std::chrono::milliseconds;

constexpr int kTurnMilliseconds = 100;
constexpr int kShortTurnMilliseconds = 10;

// A broker that is away must not keep a stream from ending: it will miss the member by itself.
constexpr milliseconds kLongestFarewell{3'000};

KafkaProperties member_properties(const KafkaEventLogOptions& options, const std::string& group) {
  return with(
      with({{"session.timeout.ms", "6000"}, {"heartbeat.interval.ms", "1500"}},
           usual_properties(options)),
      {{"group.id", group},
       {"partition.assignment.strategy", "cooperative-sticky"},
       {"enable.auto.commit", "false"},
       {"enable.auto.offset.store", "false"},
       // Partitions are paused as soon as they are assigned; what still comes is thrown away.
       {"queued.min.messages", "1"},
       {"fetch.message.max.bytes", "1024"}});
}

std::vector<Partition> partitions_of(const rd_kafka_topic_partition_list_t* list) {
  std::vector<Partition> partitions;
  for (int i = 0; list != nullptr && i < list->cnt; ++i) {
    partitions.push_back(list->elems[i].partition);
  }
  return partitions;
}

void append(std::vector<Partition>& to, const std::vector<Partition>& more) {
  to.insert(to.end(), more.begin(), more.end());
}

/// The group decides anew at the moment; what was to be noted is noted another time.
bool is_passing(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS ||
         error == RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION ||
         error == RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID || error == RD_KAFKA_RESP_ERR__NO_OFFSET ||
         error == RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST;
}

class KafkaMembership final : public PartitionMembership {
 public:
  KafkaMembership(std::unique_ptr<KafkaClient> client, std::string topic)
      : topic_(std::move(topic)), client_(std::move(client)) {}

  ~KafkaMembership() override {
    if (!thread_.joinable()) return;
    note_again();
    thread_.request_stop();
    rd_kafka_queue_yield(queue_.get());
    thread_.join();
    leave();
  }

  Status join() {
    queue_.reset(rd_kafka_queue_get_consumer(client_->get()));
    notes_.reset(rd_kafka_queue_new(client_->get()));
    const PartitionListPtr topics(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(topics.get(), topic_.c_str(), RD_KAFKA_PARTITION_UA);
    const auto error = rd_kafka_subscribe(client_->get(), topics.get());
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return kafka_error(error, "joining the group");
    thread_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
    return ok();
  }

  Result<ShareChange> poll() override {
    const std::scoped_lock lock(mutex_);
    if (refused_) return *refused_;
    return std::exchange(change_, {});
  }

  void release() override {
    const std::scoped_lock lock(mutex_);
    if (!asked_back_) return;
    unassign(asked_back_);
    asked_back_.reset();
  }

  Status note_offsets(const Positions& next, const CallContext&) override {
    auto earlier = take_answers(0);
    send(next);
    const std::scoped_lock lock(mutex_);
    for (const auto& [partition, offset] : next) {
      if (const auto mine = noted_.find(partition); mine != noted_.end()) mine->second = offset;
    }
    return earlier;
  }

 private:
  /// Gives everything back, so that nobody has to be missed first.
  void leave() {
    leaving_ = true;
    release();
    const QueuePtr last(rd_kafka_queue_new(client_->get()));
    const KafkaErrorPtr refused(rd_kafka_consumer_close_queue(client_->get(), last.get()));
    const auto until = CallContext::Clock::now() + kLongestFarewell;
    while (refused == nullptr && rd_kafka_consumer_closed(client_->get()) == 0 &&
           CallContext::Clock::now() < until) {
      const EventPtr event(rd_kafka_queue_poll(last.get(), kShortTurnMilliseconds));
      if (event != nullptr) serve_event(*event);
    }
  }

  /// Answers the group as long as the stream lives, whatever the stream is waiting for: a store
  /// that is away is no reason to lose partitions.
  void serve(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      const EventPtr event(rd_kafka_queue_poll(queue_.get(), kTurnMilliseconds));
      if (event != nullptr) serve_event(*event);
    }
  }

  void serve_event(rd_kafka_event_t& event) {
    switch (rd_kafka_event_type(&event)) {
      case RD_KAFKA_EVENT_REBALANCE:
        return on_rebalance(event);
      case RD_KAFKA_EVENT_ERROR:
        return on_error(event);
      default:
        return;
    }
  }

  void on_rebalance(rd_kafka_event_t& event) {
    const std::scoped_lock lock(mutex_);
    PartitionListPtr list(
        rd_kafka_topic_partition_list_copy(rd_kafka_event_topic_partition_list(&event)));
    const auto partitions = partitions_of(list.get());
    if (rd_kafka_event_error(&event) == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
      assign(*list);
      for (const Partition partition : partitions) noted_.emplace(partition, std::nullopt);
      append(change_.assigned, partitions);
    } else if (rd_kafka_assignment_lost(client_->get()) != 0 || leaving_) {
      unassign(list);
      forget(partitions);
      append(change_.lost, partitions);
    } else if (partitions.empty()) {
      unassign(list);
    } else {
      forget(partitions);
      append(change_.revoked, partitions);
      asked_back_ = std::move(list);
    }
  }

  /// What was assigned and is taken away again before anybody asked was never read. From now on
  /// another one notes how far these partitions have come.
  void forget(const std::vector<Partition>& partitions) {
    for (const Partition partition : partitions) noted_.erase(partition);
    std::erase_if(change_.assigned, [&](Partition partition) {
      return std::find(partitions.begin(), partitions.end(), partition) != partitions.end();
    });
  }

  void assign(rd_kafka_topic_partition_list_t& list) {
    for (int i = 0; i < list.cnt; ++i) list.elems[i].offset = RD_KAFKA_OFFSET_END;
    const KafkaErrorPtr ignored(rd_kafka_incremental_assign(client_->get(), &list));
    rd_kafka_pause_partitions(client_->get(), &list);
  }

  void unassign(const PartitionListPtr& list) {
    const KafkaErrorPtr ignored(rd_kafka_incremental_unassign(client_->get(), list.get()));
  }

  void on_error(rd_kafka_event_t& event) {
    const auto code = rd_kafka_event_error(&event);
    const bool is_denied = code == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED ||
                           code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
    if (!is_denied && code != RD_KAFKA_RESP_ERR__FATAL) return;
    const std::scoped_lock lock(mutex_);
    refused_ =
        kafka_error(code, "reading as a member of the group", rd_kafka_event_error_string(&event));
  }

  /// The first error among the answers to notes that are there.
  Status take_answers(int wait_milliseconds) {
    Status status = ok();
    while (notes_under_way_ > 0) {
      const EventPtr event(rd_kafka_queue_poll(notes_.get(), wait_milliseconds));
      if (event == nullptr) break;
      if (rd_kafka_event_type(event.get()) != RD_KAFKA_EVENT_OFFSET_COMMIT) continue;
      --notes_under_way_;
      const auto error = rd_kafka_event_error(event.get());
      if (error == RD_KAFKA_RESP_ERR_NO_ERROR || is_passing(error) || !status) continue;
      status = kafka_error(error, "noting the group's offsets");
    }
    return status;
  }

  void send(const Positions& next) {
    if (next.empty()) return;
    const PartitionListPtr list(rd_kafka_topic_partition_list_new(static_cast<int>(next.size())));
    for (const auto& [partition, offset] : next) {
      rd_kafka_topic_partition_list_add(list.get(), topic_.c_str(), partition)->offset = offset;
    }
    const auto error =
        rd_kafka_commit_queue(client_->get(), list.get(), notes_.get(), nullptr, nullptr);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) ++notes_under_way_;
  }

  /// The last notes may have met a group that was deciding anew.
  void note_again() {
    Positions last;
    {
      const std::scoped_lock lock(mutex_);
      for (const auto& [partition, offset] : noted_) {
        if (offset) last[partition] = *offset;
      }
    }
    send(last);
    const auto until = CallContext::Clock::now() + kLongestFarewell;
    while (notes_under_way_ > 0 && CallContext::Clock::now() < until) {
      const auto ignored = take_answers(kTurnMilliseconds);
      static_cast<void>(ignored);
    }
  }

  const std::string topic_;
  const std::unique_ptr<KafkaClient> client_;
  QueuePtr queue_;
  QueuePtr notes_;
  int notes_under_way_ = 0;

  std::mutex mutex_;  // guards everything below
  ShareChange change_;
  // Of each partition that is this member's and not asked back: what was noted last, if anything.
  std::map<Partition, std::optional<Offset>> noted_;
  PartitionListPtr asked_back_;  // revoked and not released: the client waits for an answer
  std::optional<Error> refused_;
  bool leaving_ = false;

  std::jthread thread_;
};

}  // namespace

Result<std::unique_ptr<PartitionMembership>> join_kafka_group(const KafkaEventLogOptions& options,
                                                              const std::string& topic,
                                                              const std::string& group) {
  PUNNET_TRY(auto client,
             KafkaClient::make(RD_KAFKA_CONSUMER, member_properties(options, group), {},
                               RD_KAFKA_EVENT_REBALANCE | RD_KAFKA_EVENT_OFFSET_COMMIT));
  auto membership = std::make_unique<KafkaMembership>(std::move(client), topic);
  PUNNET_CHECK(membership->join());
  return membership;
}

}  // namespace punnet
