#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <vector>

#include "kafka/topic_admin.h"
#include "tests/support/result_matchers.h"

// It wants to come after librdkafka's main header.
#include <librdkafka/rdkafka_mock.h>

namespace punnet {
namespace {

using std::chrono::seconds;

constexpr std::int16_t kListOffsetsKey = 2;

/// A cluster that the library plays within this process: its answers can be chosen.
class TopicAdminOnAPlayedCluster : public testing::Test {
 protected:
  TopicAdminOnAPlayedCluster() {
    cluster_ = rd_kafka_mock_cluster_new(player_->get(), 1);
    rd_kafka_mock_topic_create(cluster_, topic_.name.c_str(), topic_.partitions, 1);
    client_ = client({{"bootstrap.servers", rd_kafka_mock_cluster_bootstraps(cluster_)}});
  }
  ~TopicAdminOnAPlayedCluster() override {
    client_.reset();
    rd_kafka_mock_cluster_destroy(cluster_);
  }

  static std::unique_ptr<KafkaClient> client(const KafkaProperties& properties) {
    auto made = KafkaClient::make(RD_KAFKA_PRODUCER, properties);
    EXPECT_THAT(made, Succeeds());
    return *std::move(made);
  }

  Result<std::map<Partition, OffsetBounds>> bounds() {
    return TopicAdmin(*client_).bounds(topic_, std::vector<Partition>{0, 1},
                                       CallContext::within(seconds{20}, {}));
  }

  const TopicInfo topic_{"purchases", "", 2};
  const std::unique_ptr<KafkaClient> player_ = client({});
  rd_kafka_mock_cluster_t* cluster_ = nullptr;
  std::unique_ptr<KafkaClient> client_;
};

TEST_F(TopicAdminOnAPlayedCluster, FindsTheBoundsOfEmptyPartitions) {
  const auto found = bounds();
  ASSERT_THAT(found, Succeeds());
  EXPECT_EQ(found->at(0).start, 0);
  EXPECT_EQ(found->at(1).next, 0);
}

TEST_F(TopicAdminOnAPlayedCluster, NeverTakesAConnectionThatBreaksForAnAnswer) {
  ASSERT_THAT(bounds(), Succeeds());
  for (int breaks = 1; breaks <= 8; ++breaks) {
    const std::vector<rd_kafka_resp_err_t> errors(static_cast<std::size_t>(breaks),
                                                  RD_KAFKA_RESP_ERR__TRANSPORT);
    rd_kafka_mock_push_request_errors_array(cluster_, kListOffsetsKey, errors.size(),
                                            errors.data());
    const auto found = bounds();
    if (!found) {
      EXPECT_THAT(found, FailsWith(ErrorCode::kUnavailable));
    } else {
      for (const auto& [partition, held] : *found) {
        EXPECT_EQ(held.start, 0);
        EXPECT_EQ(held.next, 0);
      }
    }
    rd_kafka_mock_clear_request_errors(cluster_, kListOffsetsKey);
  }
}

}  // namespace
}  // namespace punnet
