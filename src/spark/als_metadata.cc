#include "spark/als_metadata.h"

#include <boost/json.hpp>

#include <chrono>
#include <cstdint>

#include "spark/spark_version.h"

namespace punnet {
namespace {

namespace json = boost::json;

constexpr char kClass[] = "org.apache.spark.ml.recommendation.ALSModel";
constexpr std::int64_t kMaxRank = 65'536;

/// A parameter that was set, else its default, else `otherwise` (no defaults before 2.4).
json::value param(const json::object& root, std::string_view name, json::value otherwise) {
  for (const auto* map : {"paramMap", "defaultParamMap"}) {
    const auto* params = root.if_contains(map);
    if (params == nullptr || !params->is_object()) continue;
    if (const auto* found = params->get_object().if_contains(name)) return *found;
  }
  return otherwise;
}

std::string text(const json::value& value, std::string_view otherwise) {
  return std::string(value.is_string() ? std::string_view(value.get_string()) : otherwise);
}

std::int64_t integer(const json::value* value) {
  return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

}  // namespace

std::string to_json_line(const AlsMetadata& metadata) {
  const auto millis =
      std::chrono::floor<std::chrono::milliseconds>(metadata.written).time_since_epoch().count();
  const json::object root{
      {"class", kClass},
      {"timestamp", millis},
      {"sparkVersion", metadata.spark_version.empty() ? kSparkVersion : metadata.spark_version},
      {"uid", metadata.uid},
      {"paramMap", json::object{{"userCol", metadata.user_column},
                                {"itemCol", metadata.item_column},
                                {"coldStartStrategy", metadata.cold_start_strategy},
                                {"blockSize", metadata.block_size}}},
      {"defaultParamMap", json::object{{"coldStartStrategy", "nan"},
                                       {"userCol", "user"},
                                       {"itemCol", "item"},
                                       {"predictionCol", "prediction"},
                                       {"blockSize", 4096}}},
      {"rank", metadata.rank}};
  return json::serialize(root) + "\n";
}

Result<AlsMetadata> parse_als_metadata(std::string_view line, const std::string& location) {
  line = line.substr(0, line.find('\n'));
  boost::system::error_code failure;
  const auto parsed = json::parse(json::string_view(line.data(), line.size()), failure);
  if (failure || !parsed.is_object()) {
    return Error{ErrorCode::kCorrupt, location + " does not begin with a line of JSON"};
  }
  const auto& root = parsed.get_object();
  const auto* type = root.if_contains("class");
  if (type == nullptr || text(*type, "") != kClass) {
    return Error{ErrorCode::kInvalid, location + " describes " +
                                          (type == nullptr ? "no class" : text(*type, "no class")) +
                                          ", not " + kClass};
  }
  const auto rank = integer(root.if_contains("rank"));
  if (rank < 1 || rank > kMaxRank) {
    return Error{ErrorCode::kInvalid,
                 location + ": rank " + std::to_string(rank) + " is not from 1 to 65536"};
  }
  const auto* uid = root.if_contains("uid");
  const auto* version = root.if_contains("sparkVersion");
  const auto block_size = param(root, "blockSize", 4096);
  AlsMetadata metadata;
  metadata.uid = uid == nullptr ? "" : text(*uid, "");
  metadata.spark_version = version == nullptr ? "" : text(*version, "");
  metadata.written = Timestamp{std::chrono::milliseconds{integer(root.if_contains("timestamp"))}};
  metadata.user_column = text(param(root, "userCol", "user"), "user");
  metadata.item_column = text(param(root, "itemCol", "item"), "item");
  metadata.cold_start_strategy = text(param(root, "coldStartStrategy", "nan"), "nan");
  metadata.block_size = static_cast<int>(integer(&block_size));
  metadata.rank = static_cast<int>(rank);
  return metadata;
}

}  // namespace punnet
