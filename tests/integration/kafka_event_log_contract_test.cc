#include "kafka/kafka_event_log.h"
#include "tests/contract/event_log_contract.h"
#include "tests/integration/renamed_event_log.h"
#include "tests/integration/test_cluster.h"

namespace punnet {
namespace {

class KafkaPlace final : public EventLogPlace {
 public:
  std::unique_ptr<EventLog> open() override {
    auto log = open_kafka_event_log({.servers = cluster_.address("kafka").value_or("127.0.0.1:1")});
    EXPECT_THAT(log, Succeeds());
    return std::make_unique<RenamedEventLog>(*std::move(log), prefix_);
  }

  std::unique_ptr<Hang> hang() override {
    return std::make_unique<PausedServer>(cluster_.pid("kafka"));
  }

  bool reading_hangs() const override { return true; }

 private:
  const TestCluster cluster_;
  const std::string prefix_ = random_id() + "-";
};

INSTANTIATE_TEST_SUITE_P(Kafka, EventLogContract,
                         testing::Values(EventLogMaker{
                             "kafka", [] { return std::make_unique<KafkaPlace>(); }}),
                         [](const auto& instance) { return instance.param.name; });

}  // namespace
}  // namespace punnet
