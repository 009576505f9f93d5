#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/call_context.h"
#include "base/clock.h"
#include "base/result.h"
#include "delta/actions.h"
#include "ports/file_store.h"

namespace punnet::delta {

/// What lies in _delta_log, by version.
struct LogListing {
  struct Entry {
    std::int64_t version = 0;
    FileInfo file;
  };
  struct Checkpoint {
    std::int64_t version = 0;
    std::vector<FileInfo> parts;  ///< one, or all of a multi-part checkpoint in order
  };
  std::vector<Entry> entries;           ///< ascending
  std::vector<Checkpoint> checkpoints;  ///< ascending; complete ones only
};

/// The log of the table at `table` (a directory of `files`): names, listing and single entries.
/// A value; copies speak of the same table.
class DeltaLog {
 public:
  DeltaLog(FileStore& files, std::string table) : files_(&files), table_(std::move(table)) {}

  FileStore& files() const { return *files_; }
  const std::string& table() const { return table_; }

  /// Where a data file lies in the store, given its path in the log.
  std::string data_path(std::string_view path) const;
  /// "<table>/_delta_log"
  std::string directory() const;
  std::string entry_path(std::int64_t version) const;
  std::string checkpoint_path(std::int64_t version) const;
  std::string last_checkpoint_path() const;

  /// For messages: where the table really lies.
  std::string location() const { return files_->location(table_); }

  /// Empty when there is no table.
  Result<LogListing> list(const CallContext& call) const;

  /// kAbsent when there is no such entry; kCorrupt when it is not what was written, as far as its
  /// seal tells.
  Result<std::vector<Action>> read_entry(std::int64_t version, const CallContext& call) const;

  /// The entry as it stands there, unread.
  Result<std::string> read_entry_text(std::int64_t version, const CallContext& call) const;

  /// Creates the entry, sealed, never replacing one.
  Result<PublishOutcome> publish_entry(std::int64_t version, const std::vector<Action>& actions,
                                       const CallContext& call) const;

 private:
  FileStore* files_;
  std::string table_;
};

/// Milliseconds since the epoch, as the log counts time.
std::int64_t to_ms(Timestamp time);

}  // namespace punnet::delta
