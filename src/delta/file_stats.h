#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "domain/offsets.h"

namespace punnet::delta {

/// The statistics of a data file that we use, as kept in the log. What is unknown is absent.
struct FileStats {
  std::optional<std::int64_t> rows;
  std::optional<Partition> min_partition;
  std::optional<Partition> max_partition;
  std::optional<Offset> min_offset;
  std::optional<Offset> max_offset;

  /// Takes a row into account.
  void add(Partition partition, Offset offset);

  /// False only when no row of the file can lie in `range` of `partition`.
  bool may_hold(Partition partition, OffsetRange range) const;

  bool operator==(const FileStats&) const = default;
};

/// The text of add.stats.
std::string to_json(const FileStats& stats);

/// Reads add.stats of any writer; what is missing or malformed is unknown, never an error.
FileStats parse_stats(std::string_view json);

/// nullCount of add.stats of any writer, by column. Columns inside of others are left out.
std::map<std::string, std::int64_t, std::less<>> parse_null_counts(std::string_view json);

}  // namespace punnet::delta
