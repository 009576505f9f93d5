#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "domain/typed_table.h"
#include "parquet/part_directory.h"
#include "ports/file_store.h"

namespace punnet {

/// Some rows of a table, in this order.
struct TypedSelection {
  const TypedTable* table = nullptr;
  std::vector<std::size_t> rows;
};

struct TypedWriteOptions {
  bool parquet = true;      ///< else CSV
  bool csv_header = false;  ///< a first line with the names, in every file
};

/// Writes a directory with one file for each of `parts`, in their order, files without rows too:
/// part-00000.parquet or .csv, … and _SUCCESS. Columns keep their order, names and types; all may
/// hold nulls. Nothing is visible before PartDirectory::finish. kExists when there are files.
/// Requires one schema for all parts.
Result<PartDirectory> stage_typed_parts(FileStore& files, std::string_view directory,
                                        std::span<const TypedSelection> parts,
                                        const TypedWriteOptions& options, const CallContext& call);

}  // namespace punnet
