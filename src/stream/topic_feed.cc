#include "stream/topic_feed.h"

#include <map>
#include <utility>
#include <vector>

#include "stream/key_partition.h"

namespace punnet {
namespace {

/// An append is one record batch, which has to fit into a topic's max.message.bytes.
constexpr std::size_t kMostBytesAtOnce = 500'000;
constexpr std::size_t kOverheadBytes = 100;

void append_list(std::string& out, const std::vector<ItemId>& items) {
  out += '[';
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out += ',';
    out += std::to_string(items[i].value);
  }
  out += ']';
}

class TopicFeed final : public RecommendationFeed {
 public:
  TopicFeed(EventLog& log, TopicInfo to, std::string from)
      : log_(log), to_(std::move(to)), from_(std::move(from)) {}

  Status write(std::span<const FeedRun> runs, const CallContext& call) override {
    std::map<Partition, Batch> batches;
    for (const FeedRun& run : runs) {
      for (const FeedMessage& message : run.messages) {
        const Partition partition = partition_of_key(message.key, to_.partitions);
        Batch& batch = batches[partition];
        batch.add(message, feed_source(from_, run.partition, message.offset));
        if (batch.bytes >= kMostBytesAtOnce) PUNNET_CHECK(flush(partition, batch, call));
      }
    }
    for (auto& [partition, batch] : batches) PUNNET_CHECK(flush(partition, batch, call));
    return ok();
  }

 private:
  struct Batch {
    std::vector<const FeedMessage*> messages;
    std::vector<EventHeaders> headers;
    std::size_t bytes = 0;

    void add(const FeedMessage& message, std::string source) {
      bytes += message.key.size() + message.value.size() + source.size() + kOverheadBytes;
      messages.push_back(&message);
      headers.push_back({{kFeedSourceHeader, std::move(source)}});
    }
  };

  Status flush(Partition partition, Batch& batch, const CallContext& call) {
    if (batch.messages.empty()) return ok();
    std::vector<NewEvent> events;
    events.reserve(batch.messages.size());
    for (std::size_t i = 0; i < batch.messages.size(); ++i) {
      const FeedMessage& message = *batch.messages[i];
      events.push_back({message.key, message.value, batch.headers[i], {}});
    }
    PUNNET_TRY(const Offset first, log_.append(to_, partition, events, call));
    static_cast<void>(first);
    batch = {};
    return ok();
  }

  EventLog& log_;
  const TopicInfo to_;
  const std::string from_;
};

}  // namespace

FeedRun feed_run(const EnrichedRun& run, std::string_view model_version) {
  FeedRun feed{run.partition, run.range, {}};
  feed.messages.reserve(run.rows.size());
  for (const EnrichedPurchase& row : run.rows) {
    FeedMessage message;
    message.key = std::to_string(row.purchase.user.value);
    message.offset = row.offset;
    std::string& out = message.value;
    out = "{\"user_id\":" + message.key;
    out += ",\"item_id\":" + std::to_string(row.purchase.item.value);
    out += ",\"recommendations\":";
    append_list(out, row.recommendations);
    out += ",\"source\":\"";
    out += name(row.source);
    out += "\",\"model\":\"";
    out += model_version;
    out += "\"}";
    feed.messages.push_back(std::move(message));
  }
  return feed;
}

std::string feed_source(std::string_view topic, Partition partition, Offset offset) {
  return std::string(topic) + '/' + std::to_string(partition) + '/' + std::to_string(offset);
}

std::unique_ptr<RecommendationFeed> make_topic_feed(EventLog& log, TopicInfo to, std::string from) {
  return std::make_unique<TopicFeed>(log, std::move(to), std::move(from));
}

}  // namespace punnet
