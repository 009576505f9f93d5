#include "delta/vacuum.h"

#include <set>

#include "delta/delta_log.h"
#include "delta/snapshot.h"

namespace punnet {
namespace {

using delta::DeltaLog;

constexpr std::chrono::hours kLeastRetention{1};

/// Files that were removed from the table after `since_ms`: versions inside the retention had them.
Result<std::set<std::string>> removed_since(const DeltaLog& log, const delta::Snapshot& snapshot,
                                            std::int64_t since_ms, const CallContext& call) {
  std::set<std::string> paths;
  for (const auto& [path, tombstone] : snapshot.tombstones) {
    if (tombstone.deleted_ms >= since_ms) paths.insert(path);
  }
  // Checkpoints forget tombstones after a time of their own, which may be shorter.
  PUNNET_TRY(const auto listing, log.list(call));
  for (const auto& entry : listing.entries) {
    if (entry.version > snapshot.version || delta::to_ms(entry.file.modified) < since_ms) continue;
    PUNNET_TRY(const auto actions, log.read_entry(entry.version, call));
    for (const auto& action : actions) {
      if (const auto* removed = std::get_if<delta::RemoveFile>(&action)) {
        paths.insert(removed->path);
      }
    }
  }
  return paths;
}

/// True for a name that readers of directories skip: the log, and what others keep beside the data.
bool is_reserved(std::string_view path) {
  return path.starts_with("_") || path.find("/_") != std::string_view::npos;
}

}  // namespace

Result<VacuumReport> vacuum_delta_table(FileStore& files, std::string_view table,
                                        const VacuumOptions& options, const Clock& clock,
                                        const CallContext& call) {
  if (options.retention < kLeastRetention && !options.force) {
    return Error{ErrorCode::kInvalid,
                 "a retention below one hour may remove files that readers and writers still use; "
                 "ask for more with --retain, or insist with --force"};
  }
  const DeltaLog log(files, std::string(table));
  const auto since = clock.now() - options.retention;
  // Listed before the log is read: a file that is committed meanwhile is then known as such.
  PUNNET_TRY(const auto found, files.list(table, call));
  PUNNET_TRY(const auto snapshot, delta::load_snapshot(log, std::nullopt, call));
  PUNNET_TRY(const auto kept, removed_since(log, snapshot, delta::to_ms(since), call));

  VacuumReport report;
  const auto prefix = log.data_path("");
  for (const auto& file : found) {
    const auto path = file.path.substr(prefix.size());
    if (is_reserved(path) || snapshot.files.contains(path) || kept.contains(path) ||
        file.modified >= since) {
      continue;
    }
    if (!options.dry_run) PUNNET_CHECK(files.remove(file.path, call));
    report.files.push_back(path);
    report.bytes += file.size_bytes;
  }
  if (!options.dry_run) {
    PUNNET_TRY(report.abandoned, files.remove_abandoned(table, since, call));
  }
  return report;
}

}  // namespace punnet
