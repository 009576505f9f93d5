#include "delta/topic_positions.h"

#include <charconv>

namespace punnet::delta {
namespace {

constexpr std::string_view kPrefix = "punnet:";

std::string_view configured(const Snapshot& snapshot, std::string_view key) {
  const auto found = snapshot.metadata.configuration.find(key);
  return found == snapshot.metadata.configuration.end() ? std::string_view() : found->second;
}

Error other_id(std::string_view where, std::string_view topic, std::string_view topic_id,
               std::string_view found) {
  return Error{ErrorCode::kInvalid,
               std::string(where) + " holds events of the topic " + std::string(topic) +
                   " with id " + std::string(found) + ", but the topic now has the id " +
                   std::string(topic_id) +
                   ": it was deleted and created again, and its offsets mean other events. Give "
                   "the new topic another name, or move the table's directory away to start a new "
                   "table"};
}

}  // namespace

std::string app_id(std::string_view topic_id, Partition partition) {
  return std::string(kPrefix) + std::string(topic_id) + ":" + std::to_string(partition);
}

std::optional<Partition> partition_of(std::string_view app_id, std::string_view topic_id) {
  if (!app_id.starts_with(kPrefix)) return std::nullopt;
  app_id.remove_prefix(kPrefix.size());
  if (!app_id.starts_with(topic_id)) return std::nullopt;
  app_id.remove_prefix(topic_id.size());
  if (!app_id.starts_with(":")) return std::nullopt;
  app_id.remove_prefix(1);
  Partition partition = 0;
  const auto* last = app_id.data() + app_id.size();
  const auto [end, error] = std::from_chars(app_id.data(), last, partition);
  if (error != std::errc() || end != last || partition < 0) return std::nullopt;
  return partition;
}

Positions positions_of(const Snapshot& snapshot, std::string_view topic_id) {
  Positions positions;
  for (const auto& [id, txn] : snapshot.txns) {
    if (const auto partition = partition_of(id, topic_id)) positions[*partition] = txn.version;
  }
  return positions;
}

Status check_topic(const Snapshot& snapshot, std::string_view topic, std::string_view topic_id,
                   std::string_view where) {
  const auto held_topic = configured(snapshot, kTopicKey);
  const auto held_id = configured(snapshot, kTopicIdKey);
  if (!held_topic.empty() && held_topic != topic) {
    return Error{ErrorCode::kInvalid, std::string(where) + " holds events of the topic " +
                                          std::string(held_topic) + ", not of " +
                                          std::string(topic) +
                                          ": set [events] topic, or another [files] uri"};
  }
  if (!held_id.empty() && held_id != topic_id) return other_id(where, topic, topic_id, held_id);
  for (const auto& [id, txn] : snapshot.txns) {
    if (id.starts_with(kPrefix) && !partition_of(id, topic_id)) {
      return other_id(where, topic, topic_id, id.substr(kPrefix.size()));
    }
  }
  return ok();
}

}  // namespace punnet::delta
