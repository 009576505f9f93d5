#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "domain/typed_table.h"
#include "parquet/data_files.h"
#include "ports/file_store.h"

namespace punnet {

struct TypedReadOptions {
  std::optional<TableColumns> schema;  ///< absent: what Parquet says of itself
  std::vector<std::string> columns;    ///< keep these alone, in the order of the schema; none: all
  std::size_t memory_limit_bytes = std::size_t{4} << 30;  ///< of the values, and of reading them
};

/// The rows of one file, and what the file was like.
struct TypedFile {
  std::string location;
  FileFormat format = FileFormat::kCsv;
  bool csv_header = false;
  TypedTable table;
};

/// The tables of `path`, one per file: a file, or the data files of a directory in the order of
/// their names. CSV, CSV in gzip or Parquet, told by its first bytes.
///
/// CSV has its columns in the order of the schema, which must be given; its first line is a header
/// when it begins with the names of the schema, and further columns are then read over. Parquet's
/// columns are found by name; a file without rows or bytes is an empty table.
///
/// kAbsent: nothing there. kInvalid, with file, row, column and value: CSV without schema, a header
/// of other names, a column missing or of a type that ColumnType lacks, a value not of its column's
/// type. Errors otherwise as read_purchases.
Result<std::vector<TypedFile>> read_typed_files(FileStore& files, std::string_view path,
                                                const TypedReadOptions& options,
                                                const CallContext& call);

}  // namespace punnet
