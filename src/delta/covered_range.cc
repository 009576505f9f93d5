#include "delta/covered_range.h"

#include <algorithm>
#include <boost/json.hpp>
#include <tuple>
#include <utility>

namespace punnet::delta {
namespace {

namespace json = boost::json;

bool take(const json::object& object, std::string_view key, std::int64_t& out) {
  const auto* value = object.if_contains(key);
  if (value == nullptr || !value->is_int64()) return false;
  out = value->get_int64();
  return true;
}

}  // namespace

std::vector<CoveredRange> merge_ranges(std::vector<CoveredRange> ranges) {
  std::sort(ranges.begin(), ranges.end(), [](const CoveredRange& a, const CoveredRange& b) {
    return std::tie(a.partition, a.range) < std::tie(b.partition, b.range);
  });
  std::vector<CoveredRange> merged;
  for (const auto& range : ranges) {
    if (!merged.empty() && merged.back().partition == range.partition &&
        merged.back().range.next == range.range.start &&
        (merged.back().gap > 0) == (range.gap > 0)) {
      merged.back().range.next = range.range.next;
      merged.back().rows += range.rows;
      merged.back().rejects += range.rejects;
      merged.back().gap += range.gap;
    } else {
      merged.push_back(range);
    }
  }
  return merged;
}

std::string to_json(const std::vector<CoveredRange>& ranges) {
  json::array array;
  for (const auto& range : ranges) {
    json::object object{{"partition", range.partition},
                        {"start", range.range.start},
                        {"next", range.range.next},
                        {"rows", range.rows},
                        {"rejects", range.rejects}};
    if (range.gap > 0) object["gap"] = range.gap;
    array.push_back(std::move(object));
  }
  return json::serialize(array);
}

std::optional<std::vector<CoveredRange>> parse_ranges(std::string_view text) {
  boost::system::error_code error;
  const auto value = json::parse(text, error);
  if (error || !value.is_array()) return std::nullopt;
  std::vector<CoveredRange> ranges;
  for (const auto& entry : value.get_array()) {
    if (!entry.is_object()) return std::nullopt;
    const auto& object = entry.get_object();
    CoveredRange range;
    std::int64_t partition = 0;
    if (!take(object, "partition", partition) || !take(object, "start", range.range.start) ||
        !take(object, "next", range.range.next) || !take(object, "rows", range.rows) ||
        !take(object, "rejects", range.rejects) || partition < 0 || partition > INT32_MAX) {
      return std::nullopt;
    }
    if (object.contains("gap") && !take(object, "gap", range.gap)) return std::nullopt;
    const bool is_range = range.range.start >= 0 && range.range.next >= range.range.start;
    const auto most = is_range ? range.range.size() : -1;
    const auto is_count = [&](std::int64_t count) { return count >= 0 && count <= most; };
    if (!is_count(range.rows) || !is_count(range.rejects) || !is_count(range.gap)) {
      return std::nullopt;
    }
    range.partition = static_cast<Partition>(partition);
    ranges.push_back(range);
  }
  return ranges;
}

}  // namespace punnet::delta
