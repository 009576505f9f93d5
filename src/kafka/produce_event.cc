#include "kafka/produce_event.h"

#include <chrono>
#include <string_view>

namespace punnet {
namespace {

/// Never null: a null value would be read as a deletion.
void* bytes_of(std::string_view text) {
  return const_cast<char*>(text.data() == nullptr ? "" : text.data());  // librdkafka copies it
}

rd_kafka_vu_t vu(rd_kafka_vtype_t type) {
  rd_kafka_vu_t argument{};
  argument.vtype = type;
  return argument;
}

}  // namespace

KafkaErrorPtr produce_event(rd_kafka_t* client, rd_kafka_topic_t* topic, Partition partition,
                            const NewEvent& event, void* opaque,
                            std::vector<rd_kafka_vu_t>& arguments) {
  arguments.clear();
  auto add = [&](rd_kafka_vu_t argument) { arguments.push_back(argument); };
  auto argument = vu(RD_KAFKA_VTYPE_RKT);
  argument.u.rkt = topic;
  add(argument);
  argument = vu(RD_KAFKA_VTYPE_PARTITION);
  argument.u.i32 = partition;
  add(argument);
  argument = vu(RD_KAFKA_VTYPE_MSGFLAGS);
  argument.u.i = RD_KAFKA_MSG_F_COPY;
  add(argument);
  argument = vu(RD_KAFKA_VTYPE_VALUE);
  argument.u.mem = {bytes_of(event.value), event.value.size()};
  add(argument);
  if (event.key) {
    argument = vu(RD_KAFKA_VTYPE_KEY);
    argument.u.mem = {bytes_of(*event.key), event.key->size()};
    add(argument);
  }
  if (event.time) {
    argument = vu(RD_KAFKA_VTYPE_TIMESTAMP);
    argument.u.i64 =
        std::chrono::floor<std::chrono::milliseconds>(*event.time).time_since_epoch().count();
    add(argument);
  }
  argument = vu(RD_KAFKA_VTYPE_OPAQUE);
  argument.u.ptr = opaque;
  add(argument);
  for (const auto& [name, value] : event.headers) {
    argument = vu(RD_KAFKA_VTYPE_HEADER);
    argument.u.header = {name.c_str(), bytes_of(value), static_cast<ssize_t>(value.size())};
    add(argument);
  }
  return KafkaErrorPtr(rd_kafka_produceva(client, arguments.data(), arguments.size()));
}

}  // namespace punnet
