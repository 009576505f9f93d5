#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "base/random_id.h"
#include "kafka/kafka_event_log.h"
#include "tests/integration/test_cluster.h"
#include "tests/support/result_matchers.h"

namespace punnet {

/// A test on the Kafka that was started for the tests, with a name for a topic or group of its own.
class OnKafka : public testing::Test {
 protected:
  void SetUp() override {
    const auto address = TestCluster().address("kafka");
    if (!address) GTEST_SKIP() << "no Kafka runs here; see tools/cluster";
    servers_ = *address;
    log_ = open();
  }

  std::unique_ptr<EventLog> open(const std::map<std::string, std::string>& properties = {},
                                 std::size_t queue_bytes = std::size_t{64} << 20U) {
    auto log = open_kafka_event_log(
        {.servers = servers_, .properties = properties, .queue_bytes = queue_bytes});
    EXPECT_THAT(log, Succeeds());
    return *std::move(log);
  }

  const std::string name_ = "test-" + random_id();
  std::string servers_;
  std::unique_ptr<EventLog> log_;
};

}  // namespace punnet
