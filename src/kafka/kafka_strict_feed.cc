#include "kafka/kafka_strict_feed.h"

#include <algorithm>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "kafka/client_settings.h"
#include "kafka/kafka_client.h"
#include "kafka/kafka_errors.h"
#include "kafka/produce_event.h"
#include "kafka/topic_admin.h"

namespace punnet {
namespace {

using GroupMetadataPtr = std::unique_ptr<rd_kafka_consumer_group_metadata_t,
                                         DestroyedBy<&rd_kafka_consumer_group_metadata_destroy>>;

int milliseconds_left(const CallContext& call) {
  return static_cast<int>(std::clamp<std::int64_t>(call.left().count(), 1, 3'600'000));
}

KafkaProperties transactional_properties(const KafkaEventLogOptions& kafka, const std::string& id) {
  // A call that waits for a coordinator heeds no time limit, and looks again only when a connection
  // comes or goes: so idle ones go.
  const KafkaProperties usual =
      with({{"connections.max.idle.ms", "5000"}}, usual_properties(kafka));
  return with(usual, {{"transactional.id", id},
                      {"acks", "all"},
                      {"partitioner", "murmur2_random"},  // as Java's
                      {"linger.ms", "5"},
                      {"transaction.timeout.ms", "60000"}});
}

/// Writes for one partition of events.
class TransactionalWriter {
 public:
  TransactionalWriter(std::unique_ptr<KafkaClient> client, const StrictFeedOptions& options,
                      Partition partition)
      : client_(std::move(client)),
        options_(options),
        group_(options.group + "-output"),
        partition_(partition),
        topic_(rd_kafka_topic_new(client_->get(), options.to.c_str(), nullptr)) {}

  /// Ends what a former writer had begun, and finds out how far it came.
  Status begin(const CallContext& call) {
    PUNNET_CHECK(check(rd_kafka_init_transactions(client_->get(), milliseconds_left(call)),
                       "taking over from a former writer"));
    TopicAdmin admin(*client_);
    // Not of all partitions: those of another one may wait for what its own next writer ends.
    PUNNET_TRY(const auto positions,
               admin.committed(group_, options_.from, std::span(&partition_, 1), call));
    const auto at = positions.find(partition_);
    next_ = at == positions.end() ? 0 : at->second;
    return ok();
  }

  Status write(const FeedRun& run, const CallContext& call) {
    if (run.range.next <= next_) return ok();
    PUNNET_CHECK(check(rd_kafka_begin_transaction(client_->get()), "beginning a transaction"));
    for (const FeedMessage& message : run.messages) {
      if (message.offset >= next_) PUNNET_CHECK(produce(message, call));
    }
    const PartitionListPtr position(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(position.get(), options_.from.name.c_str(), partition_)
        ->offset = run.range.next;
    const GroupMetadataPtr group(rd_kafka_consumer_group_metadata_new(group_.c_str()));
    PUNNET_CHECK(check(rd_kafka_send_offsets_to_transaction(client_->get(), position.get(),
                                                            group.get(), milliseconds_left(call)),
                       "adding the position to a transaction"));
    PUNNET_CHECK(check(rd_kafka_commit_transaction(client_->get(), milliseconds_left(call)),
                       "committing a transaction"));
    next_ = run.range.next;
    return ok();
  }

  /// Whether a connection has failed since begin: librdkafka then may wait in vain for a
  /// coordinator that it knew before.
  bool is_worn() const { return client_->health().is_troubled(); }

 private:
  Status produce(const FeedMessage& message, const CallContext& call) {
    const std::vector<std::pair<std::string, std::string>> headers{
        {"punnet-source", options_.from.name + '/' + std::to_string(partition_) + '/' +
                              std::to_string(message.offset)}};
    const NewEvent event{message.key, message.value, headers, {}};
    std::vector<rd_kafka_vu_t> arguments;
    while (true) {
      const KafkaErrorPtr error = produce_event(client_->get(), topic_.get(), RD_KAFKA_PARTITION_UA,
                                                event, nullptr, arguments);
      if (error == nullptr) return ok();
      const auto code = rd_kafka_error_code(error.get());
      if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL) return kafka_error(code, what("writing"));
      PUNNET_CHECK(call.check(what("writing")));
      rd_kafka_flush(client_->get(), std::min(milliseconds_left(call), 100));
    }
  }

  std::string what(std::string_view step) const {
    return std::string(step) + " for the output topic \"" + options_.to + '"';
  }

  Status check(rd_kafka_error_t* raw, std::string_view step) {
    const KafkaErrorPtr error(raw);
    if (error == nullptr) return ok();
    return kafka_error(rd_kafka_error_code(error.get()), what(step),
                       rd_kafka_error_string(error.get()));
  }

  const std::unique_ptr<KafkaClient> client_;
  const StrictFeedOptions& options_;
  const std::string group_;
  const Partition partition_;
  const TopicPtr topic_;
  Offset next_ = 0;  // everything before is written
};

class KafkaStrictFeed final : public RecommendationFeed {
 public:
  KafkaStrictFeed(KafkaEventLogOptions kafka, StrictFeedOptions options)
      : kafka_(std::move(kafka)), options_(std::move(options)) {}

  Status write(std::span<const FeedRun> runs, const CallContext& call) override {
    for (const FeedRun& run : runs) {
      auto written = write_run(run, call);
      if (written) continue;
      // Whatever became of the transaction: another producer ends it and reads the position.
      writers_.erase(run.partition);
      auto error = std::move(written).error();
      const bool is_final = error.code == ErrorCode::kDenied || error.code == ErrorCode::kInvalid ||
                            error.code == ErrorCode::kAbsent;
      if (!is_final) error.code = ErrorCode::kUnavailable;
      return error;
    }
    return ok();
  }

 private:
  Status write_run(const FeedRun& run, const CallContext& call) {
    auto& writer = writers_[run.partition];
    if (writer != nullptr && writer->is_worn()) writer.reset();
    if (writer == nullptr) {
      const std::string id = "punnet-" + options_.group + '-' + options_.from.name + '-' +
                             std::to_string(run.partition);
      PUNNET_TRY(auto client,
                 KafkaClient::make(RD_KAFKA_PRODUCER, transactional_properties(kafka_, id)));
      writer = std::make_unique<TransactionalWriter>(std::move(client), options_, run.partition);
      PUNNET_CHECK(writer->begin(call));
    }
    return writer->write(run, call);
  }

  const KafkaEventLogOptions kafka_;
  const StrictFeedOptions options_;
  std::map<Partition, std::unique_ptr<TransactionalWriter>> writers_;
};

}  // namespace

Result<std::unique_ptr<RecommendationFeed>> open_kafka_strict_feed(
    const KafkaEventLogOptions& kafka, const StrictFeedOptions& options) {
  return std::make_unique<KafkaStrictFeed>(kafka, options);
}

}  // namespace punnet
