#include "delta/file_stats.h"

#include <algorithm>
#include <boost/json.hpp>

namespace punnet::delta {
namespace {

namespace json = boost::json;

std::optional<std::int64_t> integer(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  if (value == nullptr || !value->is_int64()) return std::nullopt;
  return value->get_int64();
}

std::optional<Partition> partition(const json::object& object) {
  const auto value = integer(object, "partition");
  if (!value || *value < 0 || *value > INT32_MAX) return std::nullopt;
  return static_cast<Partition>(*value);
}

}  // namespace

void FileStats::add(Partition partition, Offset offset) {
  rows = rows.value_or(0) + 1;
  min_partition = std::min(min_partition.value_or(partition), partition);
  max_partition = std::max(max_partition.value_or(partition), partition);
  min_offset = std::min(min_offset.value_or(offset), offset);
  max_offset = std::max(max_offset.value_or(offset), offset);
}

bool FileStats::may_hold(Partition partition, OffsetRange range) const {
  if (rows && *rows == 0) return false;
  if (min_partition && partition < *min_partition) return false;
  if (max_partition && partition > *max_partition) return false;
  if (min_offset && range.next <= *min_offset) return false;
  return !(max_offset && range.start > *max_offset);
}

std::string to_json(const FileStats& stats) {
  json::object object{{"numRecords", stats.rows.value_or(0)}};
  json::object least;
  json::object most;
  json::object nulls;
  if (stats.min_partition && stats.max_partition) {
    least["partition"] = *stats.min_partition;
    most["partition"] = *stats.max_partition;
    nulls["partition"] = 0;
  }
  if (stats.min_offset && stats.max_offset) {
    least["offset"] = *stats.min_offset;
    most["offset"] = *stats.max_offset;
    nulls["offset"] = 0;
  }
  object["minValues"] = std::move(least);
  object["maxValues"] = std::move(most);
  object["nullCount"] = std::move(nulls);
  return json::serialize(object);
}

FileStats parse_stats(std::string_view text) {
  FileStats stats;
  boost::system::error_code error;
  const auto value = json::parse(text, error);
  if (error || !value.is_object()) return stats;
  const auto& object = value.get_object();
  stats.rows = integer(object, "numRecords");
  if (const auto* least = object.if_contains("minValues"); least && least->is_object()) {
    stats.min_partition = partition(least->get_object());
    stats.min_offset = integer(least->get_object(), "offset");
  }
  if (const auto* most = object.if_contains("maxValues"); most && most->is_object()) {
    stats.max_partition = partition(most->get_object());
    stats.max_offset = integer(most->get_object(), "offset");
  }
  return stats;
}

std::map<std::string, std::int64_t, std::less<>> parse_null_counts(std::string_view text) {
  std::map<std::string, std::int64_t, std::less<>> counts;
  boost::system::error_code error;
  const auto value = json::parse(text, error);
  if (error || !value.is_object()) return counts;
  const auto* nulls = value.get_object().if_contains("nullCount");
  if (nulls == nullptr || !nulls->is_object()) return counts;
  for (const auto& [column, count] : nulls->get_object()) {
    if (count.is_int64()) counts.emplace(column, count.get_int64());
  }
  return counts;
}

}  // namespace punnet::delta
