#include "kafka/topic_admin.h"

#include <array>
#include <chrono>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

#include "kafka/kafka_errors.h"
#include "ports/event_log_arguments.h"

namespace punnet {
namespace {

constexpr std::chrono::milliseconds kPause{20};

using NewTopicPtr = std::unique_ptr<rd_kafka_NewTopic_t, DestroyedBy<&rd_kafka_NewTopic_destroy>>;
using TopicsPtr =
    std::unique_ptr<rd_kafka_TopicCollection_t, DestroyedBy<&rd_kafka_TopicCollection_destroy>>;
using ListGroupPtr = std::unique_ptr<rd_kafka_ListConsumerGroupOffsets_t,
                                     DestroyedBy<&rd_kafka_ListConsumerGroupOffsets_destroy>>;
using AlterGroupPtr = std::unique_ptr<rd_kafka_AlterConsumerGroupOffsets_t,
                                      DestroyedBy<&rd_kafka_AlterConsumerGroupOffsets_destroy>>;

Error absent(std::string_view name) {
  return {ErrorCode::kAbsent,
          "the Kafka cluster has no " + quoted_topic(name) + "; publish to it, or name another"};
}

/// One topic of a description, with whether each of its partitions has a leader.
struct Described {
  TopicInfo info;
  bool led = true;
};

Result<Described> described(const rd_kafka_TopicDescription_t* topic, std::string_view name,
                            std::string_view what) {
  const auto* error = rd_kafka_TopicDescription_error(topic);
  const auto code = error == nullptr ? RD_KAFKA_RESP_ERR_NO_ERROR : rd_kafka_error_code(error);
  if (error_code_of(code) == ErrorCode::kAbsent) return absent(name);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return kafka_error(code, what, rd_kafka_error_string(error));
  }
  const auto* id = rd_kafka_TopicDescription_topic_id(topic);
  const char* text = id == nullptr ? nullptr : rd_kafka_Uuid_base64str(id);
  if (text == nullptr || *text == '\0') {
    return Error{ErrorCode::kInvalid, std::string(what) +
                                          ": the broker gives its topics no ids; Kafka 2.8 or "
                                          "later is needed"};
  }
  Described result{{std::string(name), text, 0}};
  std::size_t count = 0;
  const auto** partitions = rd_kafka_TopicDescription_partitions(topic, &count);
  result.info.partitions = static_cast<std::int32_t>(count);
  for (std::size_t i = 0; i < count; ++i) {
    result.led = result.led && rd_kafka_TopicPartitionInfo_leader(partitions[i]) != nullptr;
  }
  return result;
}

Result<Described> ask_to_describe(KafkaClient& client, std::string_view name,
                                  const CallContext& call) {
  const std::string text(name);
  const std::string what = "describing " + quoted_topic(name);
  const char* names[] = {text.c_str()};
  const TopicsPtr topics(rd_kafka_TopicCollection_of_topic_names(names, 1));
  PUNNET_TRY(const auto event, client.ask(what, call, [&](auto* options, auto* answers) {
    rd_kafka_DescribeTopics(client.get(), topics.get(), options, answers);
  }));
  std::size_t count = 0;
  const auto** found = rd_kafka_DescribeTopics_result_topics(
      rd_kafka_event_DescribeTopics_result(event.get()), &count);
  if (count != 1) return absent(name);
  return described(found[0], name, what);
}

PartitionListPtr partition_list(const TopicInfo& topic, const Positions& offsets) {
  PartitionListPtr list(rd_kafka_topic_partition_list_new(static_cast<int>(offsets.size())));
  for (const auto& [partition, offset] : offsets) {
    rd_kafka_topic_partition_list_add(list.get(), topic.name.c_str(), partition)->offset = offset;
  }
  return list;
}

/// The answer about one group: an error of the whole, or offsets of partitions.
Result<const rd_kafka_topic_partition_list_t*> group_partitions(
    const rd_kafka_group_result_t** groups, std::size_t count, std::string_view what) {
  if (count != 1) return kafka_error(RD_KAFKA_RESP_ERR__BAD_MSG, what);
  if (const auto* error = rd_kafka_group_result_error(groups[0])) {
    return kafka_error(rd_kafka_error_code(error), what, rd_kafka_error_string(error));
  }
  const auto* list = rd_kafka_group_result_partitions(groups[0]);
  for (int i = 0; list != nullptr && i < list->cnt; ++i) {
    if (list->elems[i].err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return kafka_error(list->elems[i].err, what);
    }
  }
  return list;
}

}  // namespace

Result<TopicInfo> TopicAdmin::create(const TopicSpec& spec, const CallContext& call) {
  PUNNET_CHECK(check_topic_spec(spec));
  // Asking first makes an outage show before anything can have been changed.
  const auto there = ask_to_describe(client_, spec.name, call);
  if (there) return Error{ErrorCode::kExists, quoted_topic(spec.name) + " is there already"};
  if (there.error().code != ErrorCode::kAbsent) return there.error();

  const std::string what = "creating " + quoted_topic(spec.name);
  std::array<char, 256> text{};
  const NewTopicPtr topic(rd_kafka_NewTopic_new(spec.name.c_str(), spec.partitions,
                                                spec.replication_factor, text.data(), text.size()));
  if (topic == nullptr) return Error{ErrorCode::kInvalid, what + ": " + text.data()};
  for (const auto& [name, value] : spec.config) {
    rd_kafka_NewTopic_set_config(topic.get(), name.c_str(), value.c_str());
  }
  rd_kafka_NewTopic_t* topics[] = {topic.get()};
  auto event = client_.ask(what, call, [&](auto* options, auto* answers) {
    rd_kafka_CreateTopics(client_.get(), topics, 1, options, answers);
  });
  if (!event) {
    auto error = std::move(event).error();
    const bool lost = error.code == ErrorCode::kTimeout || error.code == ErrorCode::kCancelled;
    if (lost) error.code = ErrorCode::kUnknownOutcome;
    return error;
  }
  std::size_t count = 0;
  const auto** results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event->get()), &count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto error = rd_kafka_topic_result_error(results[i]);
    const char* said = rd_kafka_topic_result_error_string(results[i]);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return kafka_error(error, what, said == nullptr ? "" : said);
    }
  }
  return wait_for(spec, call);
}

Result<TopicInfo> TopicAdmin::wait_for(const TopicSpec& spec, const CallContext& call) {
  std::vector<Partition> partitions(static_cast<std::size_t>(spec.partitions));
  std::iota(partitions.begin(), partitions.end(), 0);
  while (true) {
    const auto there = ask_to_describe(client_, spec.name, call);
    if (there && there->led && there->info.partitions == spec.partitions) {
      // A leader is named before it knows that it is one.
      const auto answers = bounds(there->info, partitions, call);
      if (answers) return there->info;
      if (answers.error().code != ErrorCode::kUnavailable &&
          answers.error().code != ErrorCode::kAbsent) {
        return answers.error();
      }
    } else if (!there && there.error().code != ErrorCode::kAbsent) {
      return there.error();
    }
    if (!sleep_until(CallContext::Clock::now() + kPause, call)) {
      return Error{ErrorCode::kUnknownOutcome, quoted_topic(spec.name) +
                                                   " was created, but the brokers do not all know "
                                                   "it yet"};
    }
  }
}

Result<TopicInfo> TopicAdmin::describe(std::string_view name, const CallContext& call) {
  PUNNET_TRY(auto found, ask_to_describe(client_, name, call));
  return std::move(found.info);
}

Status TopicAdmin::check_same(const TopicInfo& topic, const CallContext& call) {
  PUNNET_TRY(const auto now, describe(topic.name, call));
  if (now.id == topic.id) return ok();
  return Error{ErrorCode::kInvalid, quoted_topic(topic.name) + " has the id " + now.id + ", not " +
                                        topic.id + ": it was deleted and made anew"};
}

Result<Positions> TopicAdmin::list_offsets(const TopicInfo& topic,
                                           std::span<const Partition> partitions, Offset which,
                                           const CallContext& call) {
  const std::string what = "asking for the bounds of " + quoted_topic(topic.name);
  Positions asked;
  for (const auto partition : partitions) asked[partition] = which;
  const auto list = partition_list(topic, asked);
  PUNNET_TRY(const auto event, client_.ask(what, call, [&](auto* options, auto* answers) {
    const KafkaErrorPtr ignored(rd_kafka_AdminOptions_set_isolation_level(
        options, RD_KAFKA_ISOLATION_LEVEL_READ_COMMITTED));
    rd_kafka_ListOffsets(client_.get(), list.get(), options, answers);
  }));
  std::size_t count = 0;
  const auto** infos =
      rd_kafka_ListOffsets_result_infos(rd_kafka_event_ListOffsets_result(event.get()), &count);
  Positions found;
  for (std::size_t i = 0; i < count; ++i) {
    const auto* one = rd_kafka_ListOffsetsResultInfo_topic_partition(infos[i]);
    if (one->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      if (error_code_of(one->err) == ErrorCode::kAbsent) return absent(topic.name);
      return kafka_error(one->err, what + " partition " + std::to_string(one->partition));
    }
    // No error and no offset: the broker of this partition went away before it answered.
    if (one->offset < 0) {
      return kafka_error(RD_KAFKA_RESP_ERR__TRANSPORT,
                         what + " partition " + std::to_string(one->partition));
    }
    found[one->partition] = one->offset;
  }
  if (found.size() != asked.size()) return kafka_error(RD_KAFKA_RESP_ERR__BAD_MSG, what);
  return found;
}

Result<std::map<Partition, OffsetBounds>> TopicAdmin::bounds(const TopicInfo& topic,
                                                             std::span<const Partition> partitions,
                                                             const CallContext& call) {
  std::map<Partition, OffsetBounds> all;
  if (partitions.empty()) return all;
  PUNNET_TRY(const auto starts,
             list_offsets(topic, partitions, RD_KAFKA_OFFSET_SPEC_EARLIEST, call));
  PUNNET_TRY(const auto ends, list_offsets(topic, partitions, RD_KAFKA_OFFSET_SPEC_LATEST, call));
  for (const auto& [partition, start] : starts) all[partition] = {start, ends.at(partition)};
  return all;
}

Status TopicAdmin::commit(std::string_view group, const TopicInfo& topic, const Positions& next,
                          const CallContext& call) {
  const std::string name(group);
  const std::string what = "committing offsets of group \"" + name + '"';
  const auto list = partition_list(topic, next);
  AlterGroupPtr request(rd_kafka_AlterConsumerGroupOffsets_new(name.c_str(), list.get()));
  rd_kafka_AlterConsumerGroupOffsets_t* requests[] = {request.get()};
  PUNNET_TRY(const auto event, client_.ask(what, call, [&](auto* options, auto* answers) {
    rd_kafka_AlterConsumerGroupOffsets(client_.get(), requests, 1, options, answers);
  }));
  std::size_t count = 0;
  const auto** groups = rd_kafka_AlterConsumerGroupOffsets_result_groups(
      rd_kafka_event_AlterConsumerGroupOffsets_result(event.get()), &count);
  PUNNET_CHECK(group_partitions(groups, count, what));
  return ok();
}

Result<Positions> TopicAdmin::committed(std::string_view group, const TopicInfo& topic,
                                        const CallContext& call) {
  std::vector<Partition> all(static_cast<std::size_t>(topic.partitions));
  std::iota(all.begin(), all.end(), Partition{0});
  return committed(group, topic, all, call);
}

Result<Positions> TopicAdmin::committed(std::string_view group, const TopicInfo& topic,
                                        std::span<const Partition> partitions,
                                        const CallContext& call) {
  const std::string name(group);
  const std::string what = "asking for the offsets of group \"" + name + '"';
  Positions asked;
  for (const Partition partition : partitions) asked[partition] = RD_KAFKA_OFFSET_INVALID;
  const auto list = partition_list(topic, asked);
  ListGroupPtr request(rd_kafka_ListConsumerGroupOffsets_new(name.c_str(), list.get()));
  rd_kafka_ListConsumerGroupOffsets_t* requests[] = {request.get()};
  PUNNET_TRY(const auto event, client_.ask(what, call, [&](auto* options, auto* answers) {
    // What a transaction that is not over yet would change is waited for.
    const KafkaErrorPtr ignored(rd_kafka_AdminOptions_set_require_stable_offsets(options, 1));
    rd_kafka_ListConsumerGroupOffsets(client_.get(), requests, 1, options, answers);
  }));
  std::size_t count = 0;
  const auto** groups = rd_kafka_ListConsumerGroupOffsets_result_groups(
      rd_kafka_event_ListConsumerGroupOffsets_result(event.get()), &count);
  PUNNET_TRY(const auto* found, group_partitions(groups, count, what));
  Positions positions;
  for (int i = 0; found != nullptr && i < found->cnt; ++i) {
    if (found->elems[i].offset >= 0) positions[found->elems[i].partition] = found->elems[i].offset;
  }
  return positions;
}

}  // namespace punnet
