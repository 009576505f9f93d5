#pragma once

#include <string_view>

#include "base/call_context.h"
#include "base/result.h"
#include "domain/interactions.h"
#include "ports/file_store.h"

namespace punnet {

/// Writes ratings as a directory of Parquet that Spark reads as a table: columns user and item
/// (required int32: row and column), rating (required float), one row for each entry, in order.
/// kExists when there are files.
Status write_rating_table(FileStore& files, std::string_view directory, const SparseRows& by_user,
                          const CallContext& call);

}  // namespace punnet
