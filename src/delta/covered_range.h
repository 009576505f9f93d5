#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/offsets.h"

namespace punnet::delta {

/// What one commit or file did with the offsets [start, next) of a partition: `rows` of them are
/// rows, `rejects` were set aside, the rest are holes of the log. `gap` of them are known to have
/// been lost before they were read; such a range has nothing else.
struct CoveredRange {
  Partition partition = 0;
  OffsetRange range;
  std::int64_t rows = 0;
  std::int64_t rejects = 0;
  std::int64_t gap = 0;

  bool operator==(const CoveredRange&) const = default;
};

/// Joins ranges of the same partition that touch, summing their counts; ascending by partition and
/// start. Overlapping ranges stay apart, and gaps from what is none.
std::vector<CoveredRange> merge_ranges(std::vector<CoveredRange> ranges);

/// `[{"partition":0,"start":0,"next":100,"rows":99,"rejects":1}]`, with "gap" where there is one:
/// the form kept in commitInfo, in the tags of add, and in footers.
std::string to_json(const std::vector<CoveredRange>& ranges);

/// Reads what to_json wrote; absent when the text is anything else.
std::optional<std::vector<CoveredRange>> parse_ranges(std::string_view json);

}  // namespace punnet::delta
