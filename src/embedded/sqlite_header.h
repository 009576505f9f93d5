#pragma once

#include <string>

#include "base/result.h"
#include "embedded/sqlite_database.h"

namespace punnet {

/// What lies at a path before SQLite has touched it.
enum class SqliteFile {
  kNone,    ///< nothing, or an empty file
  kOurs,    ///< a database of the kind asked for
  kUnsure,  ///< a transaction on it is going on or was cut off: SQLite must look
};

/// Looks at the first bytes of the file at `path`. A database of another program, kind or version
/// is kInvalid; anything else than a database is kCorrupt. Only reads.
Result<SqliteFile> look_at_sqlite_file(const std::string& path, const SqliteKind& kind);

/// kInvalid unless these are the marks of `kind`.
Status check_marks(const std::string& path, const SqliteKind& kind, std::int64_t application_id,
                   std::int64_t version);

}  // namespace punnet
