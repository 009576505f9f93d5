#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "delta/actions.h"
#include "delta/delta_log.h"

namespace punnet::delta {

/// The state of a table at one version. Only tables that punnet may read and write become one.
struct Snapshot {
  std::int64_t version = -1;
  Protocol protocol;
  Metadata metadata;
  std::map<std::string, AddFile, std::less<>> files;
  std::map<std::string, RemoveFile, std::less<>> tombstones;
  std::map<std::string, Txn, std::less<>> txns;

  /// Takes the actions of one entry. kInvalid, with `where`, when they make the table one that
  /// punnet does not know; the snapshot is then half changed and of no use.
  Status apply(const std::vector<Action>& actions, std::string_view where);
};

/// Reads the newest version, or `version`. kAbsent: no table, or no such version any more.
/// kCorrupt: an entry is missing in the middle, or unreadable.
Result<Snapshot> load_snapshot(const DeltaLog& log, std::optional<std::int64_t> version,
                               const CallContext& call);

/// Brings `snapshot` to the newest version, reading only what is new. After an error it is
/// unchanged.
Status refresh(const DeltaLog& log, Snapshot& snapshot, const CallContext& call);

/// kInvalid, naming the reason, unless punnet can use a table described so.
Status check_metadata(const Metadata& metadata, std::string_view where);

}  // namespace punnet::delta
