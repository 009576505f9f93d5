#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "parquet/data_files.h"
#include "parquet/row_sink.h"
#include "parquet/wanted_columns.h"
#include "ports/file_store.h"

namespace arrow {
class MemoryPool;
}

namespace punnet {

struct RowReadOptions {
  std::vector<WantedColumn> columns;
  bool csv_header =
      true;  ///< without one the columns stand in the order of `columns`, and no others
};

/// Gives `sink` every row of `file`, and returns the key-values of a Parquet footer (none for CSV).
/// kInvalid, with row and column, at the sink's first problem. Arrow's memory comes out of `pool`.
Result<std::map<std::string, std::string>> read_rows(FileStore& files, const DataFile& file,
                                                     const RowReadOptions& options, RowSink& sink,
                                                     arrow::MemoryPool& pool,
                                                     const CallContext& call);

}  // namespace punnet
