#pragma once

// librdkafka's C API, and owners for what it hands out. Only files of this folder include this.

#include <librdkafka/rdkafka.h>

#include <cstddef>
#include <cstdint>
#include <memory>

#if RD_KAFKA_VERSION < 0x02030000
// Debian's header is older than the library that is linked (docs/decisions/kafka-client.md). The C
// ABI only grows, so what came later is declared here.
// NOLINTBEGIN(readability-identifier-naming): the names are librdkafka's
extern "C" {
using rd_kafka_Uuid_t = struct rd_kafka_Uuid_s;
using rd_kafka_TopicCollection_t = struct rd_kafka_TopicCollection_s;
using rd_kafka_TopicDescription_t = struct rd_kafka_TopicDescription_s;
using rd_kafka_TopicPartitionInfo_t = struct rd_kafka_TopicPartitionInfo_s;
using rd_kafka_ListOffsetsResultInfo_t = struct rd_kafka_ListOffsetsResultInfo_s;
using rd_kafka_DescribeTopics_result_t = rd_kafka_event_t;
using rd_kafka_ListOffsets_result_t = rd_kafka_event_t;
using rd_kafka_IsolationLevel_t = enum {
  RD_KAFKA_ISOLATION_LEVEL_READ_UNCOMMITTED = 0,
  RD_KAFKA_ISOLATION_LEVEL_READ_COMMITTED = 1,
};
enum { RD_KAFKA_OFFSET_SPEC_EARLIEST = -2, RD_KAFKA_OFFSET_SPEC_LATEST = -1 };

const char* rd_kafka_Uuid_base64str(const rd_kafka_Uuid_t* uuid);
rd_kafka_TopicCollection_t* rd_kafka_TopicCollection_of_topic_names(const char** topics,
                                                                    std::size_t count);
void rd_kafka_TopicCollection_destroy(rd_kafka_TopicCollection_t* topics);
void rd_kafka_DescribeTopics(rd_kafka_t* client, const rd_kafka_TopicCollection_t* topics,
                             const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue);
const rd_kafka_DescribeTopics_result_t* rd_kafka_event_DescribeTopics_result(
    rd_kafka_event_t* event);
const rd_kafka_TopicDescription_t** rd_kafka_DescribeTopics_result_topics(
    const rd_kafka_DescribeTopics_result_t* result, std::size_t* count);
const rd_kafka_error_t* rd_kafka_TopicDescription_error(const rd_kafka_TopicDescription_t* topic);
const rd_kafka_Uuid_t* rd_kafka_TopicDescription_topic_id(const rd_kafka_TopicDescription_t* topic);
const rd_kafka_TopicPartitionInfo_t** rd_kafka_TopicDescription_partitions(
    const rd_kafka_TopicDescription_t* topic, std::size_t* count);
const rd_kafka_Node_t* rd_kafka_TopicPartitionInfo_leader(
    const rd_kafka_TopicPartitionInfo_t* partition);
rd_kafka_error_t* rd_kafka_AdminOptions_set_isolation_level(rd_kafka_AdminOptions_t* options,
                                                            rd_kafka_IsolationLevel_t value);
void rd_kafka_ListOffsets(rd_kafka_t* client, rd_kafka_topic_partition_list_t* partitions,
                          const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue);
const rd_kafka_ListOffsets_result_t* rd_kafka_event_ListOffsets_result(rd_kafka_event_t* event);
const rd_kafka_ListOffsetsResultInfo_t** rd_kafka_ListOffsets_result_infos(
    const rd_kafka_ListOffsets_result_t* result, std::size_t* count);
const rd_kafka_topic_partition_t* rd_kafka_ListOffsetsResultInfo_topic_partition(
    const rd_kafka_ListOffsetsResultInfo_t* info);
}
// NOLINTEND(readability-identifier-naming)
#endif

namespace punnet {

template <auto kDestroy>
struct DestroyedBy {
  template <typename T>
  void operator()(T* object) const {
    kDestroy(object);
  }
};

using ConfPtr = std::unique_ptr<rd_kafka_conf_t, DestroyedBy<&rd_kafka_conf_destroy>>;
/// Ends a client without the farewells of a group that it never joined.
inline void destroy_client(rd_kafka_t* client) {
  rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}
using ClientPtr = std::unique_ptr<rd_kafka_t, DestroyedBy<&destroy_client>>;
using QueuePtr = std::unique_ptr<rd_kafka_queue_t, DestroyedBy<&rd_kafka_queue_destroy>>;
using EventPtr = std::unique_ptr<rd_kafka_event_t, DestroyedBy<&rd_kafka_event_destroy>>;
using MessagePtr = std::unique_ptr<rd_kafka_message_t, DestroyedBy<&rd_kafka_message_destroy>>;
using TopicPtr = std::unique_ptr<rd_kafka_topic_t, DestroyedBy<&rd_kafka_topic_destroy>>;
using PartitionListPtr = std::unique_ptr<rd_kafka_topic_partition_list_t,
                                         DestroyedBy<&rd_kafka_topic_partition_list_destroy>>;
using AdminOptionsPtr =
    std::unique_ptr<rd_kafka_AdminOptions_t, DestroyedBy<&rd_kafka_AdminOptions_destroy>>;
using KafkaErrorPtr = std::unique_ptr<rd_kafka_error_t, DestroyedBy<&rd_kafka_error_destroy>>;

}  // namespace punnet
