#include "delta/check_claims.h"

#include <algorithm>

#include "delta/data_file.h"

namespace punnet::delta {
namespace {

std::string describe(const CoveredRange& covered) {
  return "partition " + std::to_string(covered.partition) + " offsets [" +
         std::to_string(covered.range.start) + ", " + std::to_string(covered.range.next) + ")";
}

bool lies_in(const CoveredRange& inner, const CoveredRange& outer) {
  return inner.partition == outer.partition && (inner.gap > 0) == (outer.gap > 0) &&
         inner.range.start >= outer.range.start && inner.range.next <= outer.range.next;
}

}  // namespace

std::optional<std::string> contradiction_of_ranges(const std::vector<CoveredRange>& ranges,
                                                   const std::vector<AddFile>& adds, bool rejects) {
  std::vector<CoveredRange> of_files;
  for (const auto& add : adds) {
    const auto tag = add.tags.find(kRangesTag);
    if (tag == add.tags.end()) return std::nullopt;
    const auto found = parse_ranges(tag->second);
    if (!found) return "the ranges of " + add.path + " cannot be read";
    of_files.insert(of_files.end(), found->begin(), found->end());
  }
  if (rejects) {
    if (merge_ranges(of_files) == merge_ranges(ranges)) return std::nullopt;
    return "covers other offsets than " + (adds.empty() ? "no file" : adds.front().path);
  }
  // Offsets without rows need no file, so the entry may cover more than its files.
  auto left = ranges;
  for (const auto& inner : of_files) {
    const auto outer = std::find_if(left.begin(), left.end(),
                                    [&](const auto& range) { return lies_in(inner, range); });
    if (outer == left.end())
      return "has a file of " + describe(inner) + ", which it does not cover";
    outer->rows -= inner.rows;
    outer->rejects -= inner.rejects;
    outer->gap -= inner.gap;
  }
  for (const auto& range : left) {
    if (range.rows == 0 && range.rejects >= 0 && range.gap >= 0) continue;
    return describe(range) + ": its files tell of other counts";
  }
  return std::nullopt;
}

std::optional<std::string> contradiction_of_stats(const AddFile& file, const CountedRows& counted) {
  if (file.stats.empty()) return std::nullopt;
  const bool is_ours = file.tags.contains(kHashTag);
  const auto told = parse_stats(file.stats);
  const auto& is = counted.stats;
  const auto differs = [&](const auto& said, const auto& found) {
    return said ? said != found : is_ours && found;
  };
  const auto rows = is.rows.value_or(0);
  if (told.rows && *told.rows != rows) {
    return "has " + std::to_string(rows) + " rows, the log says " + std::to_string(*told.rows);
  }
  if ((is_ours && !told.rows) || differs(told.min_partition, is.min_partition) ||
      differs(told.max_partition, is.max_partition) || differs(told.min_offset, is.min_offset) ||
      differs(told.max_offset, is.max_offset)) {
    return "holds other partitions or offsets than the log says";
  }
  for (const auto& [column, nulls] : parse_null_counts(file.stats)) {
    const auto found = counted.nulls.find(column);
    if (found == counted.nulls.end() || found->second == nulls) continue;
    return "has " + std::to_string(found->second) + " rows without " + column +
           ", which is other than the log says";
  }
  return std::nullopt;
}

}  // namespace punnet::delta
