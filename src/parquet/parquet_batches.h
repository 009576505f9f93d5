#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "ports/file_store.h"

namespace arrow {
class MemoryPool;
class RecordBatch;
class Schema;
}  // namespace arrow

namespace punnet {

/// Rows of chosen columns of one Parquet file, a batch of them at a time, and what its footer says.
/// One thread.
class ParquetBatches {
 public:
  ParquetBatches(const ParquetBatches&) = delete;
  ParquetBatches& operator=(const ParquetBatches&) = delete;
  virtual ~ParquetBatches() = default;

  /// Names of the top-level columns, in the file's order.
  virtual const std::vector<std::string>& columns() const = 0;

  /// True when the column `name` is stored as 64-bit integers.
  virtual bool is_int64(std::string_view name) const = 0;

  /// Names and types of the top-level columns, INT96 as timestamp in UTC; kInvalid when Arrow has
  /// none for them.
  virtual Result<std::shared_ptr<arrow::Schema>> schema() const = 0;

  /// As the footer claims; not to be believed for reserving memory.
  virtual std::int64_t rows() const = 0;

  /// The key-values of the footer.
  virtual const std::map<std::string, std::string>& metadata() const = 0;

  /// Chooses the columns (indexes into columns(), each once) and starts from the first row.
  virtual Status select(const std::vector<std::size_t>& chosen) = 0;

  /// The next batch, its column i the i-th chosen one; null at the end. INT96 arrives as timestamp
  /// in microseconds.
  virtual Result<std::shared_ptr<arrow::RecordBatch>> next() = 0;

 protected:
  ParquetBatches() = default;
};

/// Opens `path`. Bytes that are not Parquet are kCorrupt. `pool` must outlive the reader and its
/// batches.
Result<std::unique_ptr<ParquetBatches>> open_parquet_batches(FileStore& files,
                                                             std::string_view path,
                                                             arrow::MemoryPool& pool,
                                                             const CallContext& call);

}  // namespace punnet
