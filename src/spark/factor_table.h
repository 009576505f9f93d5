#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "domain/factors.h"
#include "ports/file_store.h"

namespace punnet {

/// One side of an ALSModel as it is stored: row i of `factors` belongs to ids[i].
struct FactorTable {
  std::vector<std::int32_t> ids;  ///< ascending, each once
  FactorMatrix factors;
};

/// Writes `directory` as Spark writes userFactors and itemFactors: one Parquet part (required int32
/// id, optional list features of required floats, Snappy) and _SUCCESS. kExists when the directory
/// has files. Requires ids.size() == factors.rows().
Status write_factor_table(FileStore& files, std::string_view directory,
                          std::span<const std::int32_t> ids, const FactorMatrix& factors,
                          const CallContext& call);

/// Reads all parts of such a directory, whoever wrote them. Every row must have `rank` finite
/// values and an id of its own: kCorrupt, with file and row, otherwise. kExhausted when the values
/// take more than `limit_bytes`.
Result<FactorTable> read_factor_table(FileStore& files, std::string_view directory, int rank,
                                      std::size_t limit_bytes, const CallContext& call);

/// Writes, and reads back, a directory that maps each row (from 0) to an id of 64 bits.
Status write_wide_ids(FileStore& files, std::string_view directory,
                      std::span<const std::int64_t> ids, const CallContext& call);
Result<std::vector<std::int64_t>> read_wide_ids(FileStore& files, std::string_view directory,
                                                std::size_t limit_bytes, const CallContext& call);

}  // namespace punnet
