#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/call_context.h"
#include "base/result.h"
#include "ports/tables.h"

namespace punnet {

struct SqliteTablesOptions {
  std::string path;  ///< made, with its directory, where missing
  std::function<void(std::string_view)> lock_notice = {};  ///< told when a lock lasts
};

/// All tables of a shop in one SQLite file, over one connection that they share: calls of several
/// threads take turns, a call for a hundred users takes well below a millisecond. Several programs
/// may use the file at once. What a call has written is on disk when it returns.
Result<Tables> open_sqlite_tables(const SqliteTablesOptions& options, const CallContext& call);

}  // namespace punnet
