#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "delta/actions.h"
#include "delta/covered_range.h"
#include "delta/file_stats.h"

namespace punnet::delta {

/// What a data file holds, counted row by row.
struct CountedRows {
  FileStats stats;
  std::map<std::string, std::int64_t, std::less<>>
      nulls;  ///< by column, of those that were looked at
};

/// What contradicts itself in an entry that covers `ranges` by adding `adds`, in words; absent when
/// nothing does. Each file's own ranges lie in those of the entry and come to its counts; in a
/// table of `rejects` they are the same ranges. Entries whose files say nothing of ranges are left
/// in peace.
std::optional<std::string> contradiction_of_ranges(const std::vector<CoveredRange>& ranges,
                                                   const std::vector<AddFile>& adds, bool rejects);

/// What a file's statistics say that its rows do not, in words; absent when they agree. What others
/// left out is unknown; what we write is whole.
std::optional<std::string> contradiction_of_stats(const AddFile& file, const CountedRows& counted);

}  // namespace punnet::delta
