#include "kafka/kafka_strict_feed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "kafka/rdkafka.h"
#include "tests/integration/on_kafka.h"
#include "tests/support/calls.h"
#include "tests/support/result_matchers.h"

namespace punnet {
namespace {

using GroupMetadataPtr = std::unique_ptr<rd_kafka_consumer_group_metadata_t,
                                         DestroyedBy<&rd_kafka_consumer_group_metadata_destroy>>;

constexpr int kPatience = 30'000;

class KafkaStrictFeed : public OnKafka {
 protected:
  void SetUp() override {
    OnKafka::SetUp();
    if (IsSkipped()) return;
    for (const auto& topic : {name_, output_}) {
      const auto made = log_->create_topic({.name = topic, .partitions = 2}, patiently());
      ASSERT_THAT(made, Succeeds());
      if (topic == name_) events_ = *made;
    }
  }

  /// A former writer for this partition, stopped between its messages and the end of their
  /// transaction.
  ClientPtr stopped_writer(Partition partition) {
    std::array<char, 512> text{};
    auto* conf = rd_kafka_conf_new();
    const std::string id = "punnet-" + group_ + '-' + name_ + '-' + std::to_string(partition);
    for (const auto& [key, value] :
         {std::pair{"bootstrap.servers", servers_.c_str()}, {"transactional.id", id.c_str()}}) {
      rd_kafka_conf_set(conf, key, value, text.data(), text.size());
    }
    ClientPtr producer(rd_kafka_new(RD_KAFKA_PRODUCER, conf, text.data(), text.size()));
    EXPECT_NE(producer, nullptr) << text.data();
    EXPECT_EQ(KafkaErrorPtr(rd_kafka_init_transactions(producer.get(), kPatience)), nullptr);
    EXPECT_EQ(KafkaErrorPtr(rd_kafka_begin_transaction(producer.get())), nullptr);
    const PartitionListPtr position(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(position.get(), name_.c_str(), partition)->offset = 1;
    const GroupMetadataPtr group(
        rd_kafka_consumer_group_metadata_new((group_ + "-output").c_str()));
    EXPECT_EQ(KafkaErrorPtr(rd_kafka_send_offsets_to_transaction(producer.get(), position.get(),
                                                                 group.get(), kPatience)),
              nullptr);
    return producer;
  }

  Status tell(RecommendationFeed& feed, Partition partition) {
    const std::vector<FeedRun> runs{
        {partition, {0, 1}, {{.key = "1", .value = "{}", .offset = 0}}}};
    return feed.write(runs, patiently());
  }

  const std::string output_ = name_ + "-lists";
  const std::string group_ = name_;
  TopicInfo events_;
};

TEST_F(KafkaStrictFeed, WaitsForNothingThatAWriterOfAnotherPartitionHadBegun) {
  const auto stopped = stopped_writer(1);
  auto feed = open_kafka_strict_feed({.servers = servers_}, {group_, events_, output_});
  ASSERT_THAT(feed, Succeeds());
  EXPECT_THAT(tell(**feed, 0), Succeeds());
}

}  // namespace
}  // namespace punnet
