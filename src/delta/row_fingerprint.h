#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "delta/data_file.h"

namespace punnet::delta {

/// What a set of rows says about itself whatever their order and files: equal for two sets exactly
/// when (but for a chance of 2^-128) they hold the same rows equally often.
struct Fingerprint {
  std::int64_t rows = 0;
  std::map<std::string, std::int64_t> nulls;  ///< by column
  std::uint64_t high = 0;                     ///< sum over rows of XXH3-128, mod 2^128
  std::uint64_t low = 0;

  /// Takes the rows of `batch` into account; partition and offset are columns of it, so equal
  /// contents at other offsets differ. kInternal for a type that punnet's tables do not use.
  Status add(const arrow::RecordBatch& batch);

  bool operator==(const Fingerprint&) const = default;
};

/// Names what differs, e.g. "rows 10 and 9"; empty when nothing does.
std::string difference(const Fingerprint& before, const Fingerprint& after);

}  // namespace punnet::delta
