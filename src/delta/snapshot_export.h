#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/call_context.h"
#include "base/result.h"
#include "ports/file_store.h"

namespace punnet {

struct ExportReport {
  std::int64_t version = 0;
  std::int64_t files = 0;
  std::int64_t rows = 0;
  std::int64_t bytes = 0;
};

/// Copies the rows of the newest version of a Delta table, or of `version`, as a plain Parquet
/// directory for readers that know nothing of Delta: part-*.parquet, and _SUCCESS at last. kExists:
/// there are files at `directory` already. After any other error nothing of ours is left there.
Result<ExportReport> export_delta_snapshot(FileStore& files, std::string_view table,
                                           std::optional<std::int64_t> version, FileStore& target,
                                           std::string_view directory, const CallContext& call);

}  // namespace punnet
