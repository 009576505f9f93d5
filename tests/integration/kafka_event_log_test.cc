#include "kafka/kafka_event_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "kafka/rdkafka.h"
#include "tests/integration/on_kafka.h"
#include "tests/support/calls.h"
#include "tests/support/result_matchers.h"

namespace punnet {
namespace {

using std::chrono::milliseconds;

/// What only Kafka does: transactions, deletion, retention, limits of the broker.
class KafkaEventLog : public OnKafka {
 protected:
  TopicInfo topic(const std::map<std::string, std::string>& config = {},
                  std::int32_t partitions = 1) {
    const auto made = log_->create_topic(
        {.name = name_, .partitions = partitions, .config = config}, patiently());
    EXPECT_THAT(made, Succeeds());
    return made ? *made : TopicInfo{};
  }

  void append(const TopicInfo& topic, int count, std::size_t size = 10, Partition partition = 0) {
    const std::string value(size, 'x');
    const std::vector<NewEvent> events(static_cast<std::size_t>(count),
                                       NewEvent{{}, value, {}, {}});
    EXPECT_THAT(log_->append(topic, partition, events, patiently()), Succeeds());
  }

  /// Produces ten events in a transaction and ends it.
  void transaction(bool commits) {
    std::array<char, 512> text{};
    auto* conf = rd_kafka_conf_new();
    for (const auto& [key, value] :
         {std::pair{"bootstrap.servers", servers_.c_str()}, {"transactional.id", name_.c_str()}}) {
      rd_kafka_conf_set(conf, key, value, text.data(), text.size());
    }
    const ClientPtr producer(rd_kafka_new(RD_KAFKA_PRODUCER, conf, text.data(), text.size()));
    ASSERT_NE(producer, nullptr) << text.data();
    constexpr int kPatience = 30'000;
    ASSERT_EQ(KafkaErrorPtr(rd_kafka_init_transactions(producer.get(), kPatience)), nullptr);
    ASSERT_EQ(KafkaErrorPtr(rd_kafka_begin_transaction(producer.get())), nullptr);
    {
      const TopicPtr handle(rd_kafka_topic_new(producer.get(), name_.c_str(), nullptr));
      for (int i = 0; i < 10; ++i) {
        std::string value = "transaction";
        rd_kafka_produce(handle.get(), 0, RD_KAFKA_MSG_F_COPY, value.data(), value.size(), nullptr,
                         0, nullptr);
      }
    }
    rd_kafka_flush(producer.get(), kPatience);
    ASSERT_EQ(KafkaErrorPtr(commits ? rd_kafka_commit_transaction(producer.get(), kPatience)
                                    : rd_kafka_abort_transaction(producer.get(), kPatience)),
              nullptr);
  }

  /// Runs one request of the admin API.
  template <typename Submit>
  void administer(const Submit& submit) {
    std::array<char, 512> text{};
    auto* conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", servers_.c_str(), text.data(), text.size());
    const ClientPtr client(rd_kafka_new(RD_KAFKA_PRODUCER, conf, text.data(), text.size()));
    const QueuePtr queue(rd_kafka_queue_new(client.get()));
    submit(client.get(), queue.get());
    const EventPtr event(rd_kafka_queue_poll(queue.get(), 30'000));
    ASSERT_NE(event, nullptr);
    ASSERT_EQ(rd_kafka_event_error(event.get()), RD_KAFKA_RESP_ERR_NO_ERROR);
  }

  void delete_topic() {
    auto* topic = rd_kafka_DeleteTopic_new(name_.c_str());
    administer([&](auto* client, auto* queue) {
      rd_kafka_DeleteTopics(client, &topic, 1, nullptr, queue);
    });
    rd_kafka_DeleteTopic_destroy(topic);
  }

  /// Drops the events before `offset`, as retention would.
  void drop_before(Offset offset) {
    const PartitionListPtr list(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(list.get(), name_.c_str(), 0)->offset = offset;
    auto* request = rd_kafka_DeleteRecords_new(list.get());
    administer([&](auto* client, auto* queue) {
      rd_kafka_DeleteRecords(client, &request, 1, nullptr, queue);
    });
    rd_kafka_DeleteRecords_destroy(request);
  }

  Result<std::vector<EventRun>> read(const TopicInfo& topic, Offset from,
                                     std::int64_t events = 1'000) {
    return log_->read(topic, {{0, from}}, {.events = events}, milliseconds{0}, patiently());
  }
};

TEST_F(KafkaEventLog, ReadsWhatIsCommittedAndPassesWhatIsNot) {
  const auto events = topic();
  append(events, 5);   // 0 to 4
  transaction(false);  // 5 to 14, and a marker
  transaction(true);   // 16 to 25, and a marker
  // The broker writes a marker in its own time after it has promised to.
  const auto call = patiently();
  auto bounds = log_->bounds(events, call);
  while (bounds && (*bounds)[0].next < 27) bounds = log_->bounds(events, call);
  ASSERT_THAT(bounds, Succeeds());
  EXPECT_EQ((*bounds)[0], (OffsetBounds{0, 27}));

  Offset next = 0;
  std::vector<Offset> seen;
  while (next < 27) {
    const auto runs = read(events, next, 4);
    ASSERT_THAT(runs, Succeeds());
    ASSERT_EQ(runs->size(), 1U) << "nothing is left from " << next;
    EXPECT_EQ(runs->front().range.start, next);
    for (const auto& event : runs->front().events) seen.push_back(event.offset);
    next = runs->front().range.next;
  }
  EXPECT_EQ(next, 27) << "markers at the end are passed too";
  EXPECT_EQ(seen, (std::vector<Offset>{0, 1, 2, 3, 4, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25}));
}

TEST_F(KafkaEventLog, ATopicMadeAnewIsAnotherOne) {
  const auto former = topic();
  append(former, 5);
  ASSERT_THAT(read(former, 0), Succeeds());
  delete_topic();
  // The broker forgets it in its own time.
  Result<TopicInfo> made = Error{};
  do {
    made = log_->create_topic({.name = name_}, patiently());
  } while (!made && made.error().code == ErrorCode::kExists);
  ASSERT_THAT(made, Succeeds());
  EXPECT_NE(made->id, former.id);
  append(*made, 5);
  EXPECT_THAT(log_->bounds(former, patiently()), FailsSaying(ErrorCode::kInvalid, made->id));
  const auto other = open();
  EXPECT_THAT(other->read(former, {{0, 5}}, {.events = 1}, milliseconds{0}, patiently()),
              FailsSaying(ErrorCode::kInvalid, "made anew"));
}

TEST_F(KafkaEventLog, EventsThatWereDroppedAreNotSkippedInSilence) {
  const auto events = topic();
  append(events, 20);
  const auto first = read(events, 0, 5);
  ASSERT_THAT(first, Succeeds());
  drop_before(12);
  EXPECT_THAT(open()->read(events, {{0, 5}}, {.events = 5}, milliseconds{0}, patiently()),
              testing::AllOf(FailsSaying(ErrorCode::kInvalid, "position 5"),
                             FailsSaying(ErrorCode::kInvalid, "12 to 20")));
  const auto rest = read(events, 12);
  ASSERT_THAT(rest, Succeeds());
  EXPECT_EQ(rest->front().range, (OffsetRange{12, 20}));
}

TEST_F(KafkaEventLog, AnAppendThatFitsIntoNoBatchLeavesNothing) {
  const auto events = topic({{"max.message.bytes", "10000"}});
  const std::string value(1'000, 'x');
  const std::vector<NewEvent> many(50, NewEvent{{}, value, {}, {}});
  EXPECT_THAT(log_->append(events, 0, many, patiently()),
              FailsSaying(ErrorCode::kInvalid, "max.message.bytes"));
  append(events, 5);
  const auto runs = read(events, 0);
  ASSERT_THAT(runs, Succeeds());
  EXPECT_EQ(runs->front().events.size(), 5U);
}

TEST_F(KafkaEventLog, TheBrokersReasonForRefusingATopicIsTold) {
  EXPECT_THAT(
      log_->create_topic({.name = name_, .config = {{"retention.ms", "soon"}}}, patiently()),
      FailsSaying(ErrorCode::kInvalid, "retention.ms"));
  EXPECT_THAT(log_->create_topic({.name = name_, .replication_factor = 3}, patiently()),
              FailsSaying(ErrorCode::kInvalid, "eplication factor"));
}

TEST_F(KafkaEventLog, AQueueMuchSmallerThanTheTopicHoldsNothingBack) {
  const auto events = topic();
  for (int i = 0; i < 20; ++i) append(events, 100, 9'000);
  const auto reader = open({}, std::size_t{1} << 20U);
  Offset next = 0;
  while (next < 2'000) {
    const auto runs =
        reader->read(events, {{0, next}}, {.events = 300}, milliseconds{1'000}, patiently());
    ASSERT_THAT(runs, Succeeds());
    for (const auto& run : *runs) next = run.range.next;
  }
  EXPECT_EQ(next, 2'000);
}

// As the streams of a group do, whose partitions come and go.
TEST_F(KafkaEventLog, PartitionsThatWereLeftForAWhileAreReadAgain) {
  constexpr Partition kPartitions = 6;
  const auto events = topic({}, kPartitions);
  Positions all;
  for (Partition partition = 0; partition < kPartitions; ++partition) {
    append(events, 1, 10, partition);
    all[partition] = 0;
  }
  const auto reader = open({{"fetch.wait.max.ms", "2"}});
  const auto read = [&](const Positions& from) {
    const auto runs = reader->read(events, from, {.events = 100}, milliseconds{0}, patiently());
    EXPECT_THAT(runs, Succeeds());
    return runs ? runs->size() : 0;
  };
  for (int turn = 0; turn < 500; ++turn) {
    ASSERT_EQ(read(all), all.size()) << "in turn " << turn;
    ASSERT_EQ(read({{0, 1}}), 0U) << "only the others are left, since this one goes on";
  }
}

TEST(KafkaOutage, IsToldBeforeTheCallsTimeIsOver) {
  const auto log = open_kafka_event_log({.servers = "127.0.0.1:1"});
  ASSERT_THAT(log, Succeeds());
  EXPECT_THAT((*log)->describe_topic("purchases", patiently()),
              FailsSaying(ErrorCode::kUnavailable, "refused"));
  EXPECT_THAT((*log)->describe_topic("purchases", CallContext::within(milliseconds{20})),
              FailsWith(ErrorCode::kTimeout));
}

TEST(KafkaSettings, ThatTheClientDoesNotTakeAreTold) {
  EXPECT_THAT(open_kafka_event_log({.servers = "127.0.0.1:1",
                                    .properties = {{"client.rack", "r"}, {"no.such", "x"}}}),
              FailsSaying(ErrorCode::kInvalid, "no.such"));
}

}  // namespace
}  // namespace punnet
