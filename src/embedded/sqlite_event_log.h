#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/call_context.h"
#include "base/clock.h"
#include "base/result.h"
#include "ports/event_log.h"

namespace punnet {

struct SqliteEventLogOptions {
  std::string path;                      ///< made, with its directory, with the first topic
  const Clock* clock = &system_clock();  ///< stamps events that bring no time
  std::function<void(std::string_view)> lock_notice = {};  ///< told when a lock lasts
};

/// An EventLog in a SQLite file; what groups have committed lies beside it, in `<path>-offsets`, so
/// that noting progress waits neither for a writer of events nor for the disk: a power loss may
/// take the last notes.
///
/// Events are rows that the sqlite3 shell can read. Each append is one transaction, on disk when it
/// returns; appending thousands at once is what makes it fast. Nothing is ever deleted: of a
/// topic's config only retention.ms=-1 and retention.bytes=-1 are taken, and its replication factor
/// is 1.
Result<std::unique_ptr<EventLog>> open_sqlite_event_log(const SqliteEventLogOptions& options,
                                                        const CallContext& call);

}  // namespace punnet
