// A data file of a Delta table: written once with a footer that says what it covers, read back by
// row groups.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/call_context.h"
#include "base/clock.h"
#include "base/result.h"
#include "delta/actions.h"
#include "delta/covered_range.h"
#include "delta/delta_log.h"

namespace arrow {
class RecordBatch;
class Schema;
}  // namespace arrow

namespace punnet::delta {

using BatchPointer = std::shared_ptr<arrow::RecordBatch>;
using SchemaPointer = std::shared_ptr<arrow::Schema>;

/// What the footer of a data file repeats of the commit, so that the table can be proven from its
/// files alone.
struct FileFooter {
  std::string topic;
  std::string topic_id;
  std::vector<CoveredRange> ranges;  ///< empty: not known, the file holds rows that others rewrote
  std::int64_t rows = 0;
  std::vector<std::string> model_versions;
  std::string writer_id;

  bool operator==(const FileFooter&) const = default;
};

/// Tag of add: the XXH3 128-bit hash of the file's bytes, in hexadecimal.
inline constexpr char kHashTag[] = "punnet.xxh3";
/// Tag of add: the ranges of the footer, as JSON; left out where they are not known.
inline constexpr char kRangesTag[] = "punnet.ranges";

/// Takes batches of one schema into a file that becomes part of the table's directory, not of the
/// table. One thread; destroying it before finish leaves nothing behind.
class DataFileWriter {
 public:
  DataFileWriter(const DataFileWriter&) = delete;
  DataFileWriter& operator=(const DataFileWriter&) = delete;
  virtual ~DataFileWriter() = default;

  /// The batch has columns "partition" and "offset" without nulls.
  virtual Status write(const arrow::RecordBatch& batch) = 0;

  /// Size so far; the last row group is estimated.
  virtual std::int64_t size_bytes() const = 0;
  virtual std::int64_t rows() const = 0;

  /// Writes the footer (its row count is set here), syncs, publishes without replacing and reads
  /// the footer back. Returns the action that makes the file part of the table. kExists: another
  /// file has that name. kUnavailable: whether it was published is not known; write it under
  /// another name.
  virtual Result<AddFile> finish(FileFooter footer) = 0;

 protected:
  DataFileWriter() = default;
};

/// Starts a file with the settings of new_purchases: dictionaries only for strings, statistics only
/// for offset and partition, page checksums, zstd. `path` is relative to the table.
Result<std::unique_ptr<DataFileWriter>> create_data_file(const DeltaLog& log, std::string path,
                                                         SchemaPointer schema, const Clock& clock,
                                                         const CallContext& call);

/// Reads a footer that we wrote; absent when another writer made the file. kAbsent: no such file.
Result<std::optional<FileFooter>> read_footer(const DeltaLog& log, std::string_view path,
                                              const CallContext& call);

using BatchVisitor = std::function<Status(const BatchPointer& batch)>;

/// Visits the rows of a data file as batches of `schema`, a subset of the table's columns. Row
/// groups without an offset in `offsets` may be left out. Checksums of pages are verified.
Status read_data_file(const DeltaLog& log, const AddFile& file, const SchemaPointer& schema,
                      std::optional<OffsetRange> offsets, const BatchVisitor& visit,
                      const CallContext& call);

/// The hash that kHashTag holds, of the file as it is now.
Result<std::string> hash_file(const DeltaLog& log, std::string_view path, const CallContext& call);

}  // namespace punnet::delta
