#pragma once

#include <cstddef>
#include <string>

#include "base/result.h"
#include "domain/factors.h"
#include "domain/interactions.h"

namespace punnet {

/// Ratings as every contestant of a benchmark reads them.
struct RatingsFile {
  SparseRows by_user;
  std::size_t items = 0;
};

/// The file is: the eight bytes "PNRATING"; users, items and entries as int64; users + 1 offsets as
/// int64; a column as int32 for each entry; a value as float for each entry. Little-endian.
Result<RatingsFile> read_ratings_file(const std::string& path);
Status write_ratings_file(const std::string& path, const RatingsFile& ratings);

/// The file is: the eight bytes "PNFACTOR"; rows and rank as int64; the floats row by row.
Result<FactorMatrix> read_factors_file(const std::string& path);
Status write_factors_file(const std::string& path, const FactorMatrix& factors);

/// The same entries by column, ascending by row inside of each; entries of equal row and column
/// keep their order.
SparseRows transposed(const SparseRows& rows, std::size_t columns);

}  // namespace punnet
