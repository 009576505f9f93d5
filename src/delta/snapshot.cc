#include "delta/snapshot.h"

#include <algorithm>
#include <utility>

#include "delta/checkpoint.h"
#include "delta/table_schema.h"

namespace punnet::delta {
namespace {

Error no_table(const DeltaLog& log) {
  return Error{ErrorCode::kAbsent, log.location() +
                                       ": there is no Delta table; a stream makes it, [files] uri "
                                       "says where"};
}

/// Replays the entries after `snapshot.version` up to `last`, all of which must be there. They are
/// asked for by name: a listing may lack one that was published while it was made.
Status replay(const DeltaLog& log, const LogListing& listing, std::int64_t last, Snapshot& snapshot,
              const CallContext& call) {
  while (snapshot.version < last) {
    const auto version = snapshot.version + 1;
    const auto actions = log.read_entry(version, call);
    const bool listed =
        std::ranges::binary_search(listing.entries, version, {}, &LogListing::Entry::version);
    if (!actions && actions.error().code == ErrorCode::kAbsent && !listed) {
      return Error{ErrorCode::kCorrupt, log.location() + ": the log entry " +
                                            std::to_string(version) + " is missing, while " +
                                            std::to_string(last) + " is there"};
    }
    if (!actions) return actions.error();
    PUNNET_CHECK(snapshot.apply(*actions, log.files().location(log.entry_path(version))));
    snapshot.version = version;
  }
  return ok();
}

std::int64_t newest(const LogListing& listing) {
  std::int64_t version = -1;
  if (!listing.entries.empty()) version = listing.entries.back().version;
  if (!listing.checkpoints.empty()) {
    version = std::max(version, listing.checkpoints.back().version);
  }
  return version;
}

Result<Snapshot> load(const DeltaLog& log, const LogListing& listing,
                      std::optional<std::int64_t> version, const CallContext& call) {
  const auto last = version.value_or(newest(listing));
  if (last > newest(listing) || last < 0) {
    return Error{ErrorCode::kAbsent, log.location() + " has no version " + std::to_string(last) +
                                         "; its newest is " + std::to_string(newest(listing))};
  }
  Snapshot snapshot;
  for (auto it = listing.checkpoints.rbegin(); it != listing.checkpoints.rend(); ++it) {
    if (it->version > last) continue;
    PUNNET_TRY(snapshot, read_checkpoint(log, *it, call));
    break;
  }
  if (snapshot.version < 0 && (listing.entries.empty() || listing.entries.front().version > last)) {
    return Error{ErrorCode::kAbsent, log.location() + ": version " + std::to_string(last) +
                                         " is older than what the log still holds"};
  }
  PUNNET_CHECK(replay(log, listing, last, snapshot, call));
  if (snapshot.metadata.schema_string.empty()) {
    return Error{ErrorCode::kCorrupt, log.location() + ": the log up to version " +
                                          std::to_string(last) +
                                          " says nothing of the table's schema"};
  }
  return snapshot;
}

}  // namespace

Status Snapshot::apply(const std::vector<Action>& actions, std::string_view where) {
  for (const auto& action : actions) {
    if (const auto* add = std::get_if<AddFile>(&action)) {
      tombstones.erase(add->path);
      files[add->path] = *add;
    } else if (const auto* remove = std::get_if<RemoveFile>(&action)) {
      files.erase(remove->path);
      tombstones[remove->path] = *remove;
    } else if (const auto* txn = std::get_if<Txn>(&action)) {
      txns[txn->app_id] = *txn;
    } else if (const auto* changed = std::get_if<Metadata>(&action)) {
      PUNNET_CHECK(check_metadata(*changed, where));
      metadata = *changed;
    } else if (const auto* needed = std::get_if<Protocol>(&action)) {
      PUNNET_CHECK(check_protocol(*needed, where));
      protocol = *needed;
    }
  }
  return ok();
}

Result<Snapshot> load_snapshot(const DeltaLog& log, std::optional<std::int64_t> version,
                               const CallContext& call) {
  PUNNET_TRY(const auto listing, log.list(call));
  if (newest(listing) < 0) return no_table(log);
  return load(log, listing, version, call);
}

Status refresh(const DeltaLog& log, Snapshot& snapshot, const CallContext& call) {
  PUNNET_TRY(const auto listing, log.list(call));
  const auto last = newest(listing);
  if (last < snapshot.version) {
    return Error{ErrorCode::kCorrupt, log.location() + " was at version " +
                                          std::to_string(snapshot.version) + " and is now at " +
                                          std::to_string(last)};
  }
  if (last == snapshot.version) return ok();
  const bool continues =
      std::any_of(listing.entries.begin(), listing.entries.end(),
                  [&](const auto& entry) { return entry.version == snapshot.version + 1; });
  if (!continues) {
    PUNNET_TRY(snapshot, load(log, listing, std::nullopt, call));
    return ok();
  }
  auto next = snapshot;
  PUNNET_CHECK(replay(log, listing, last, next, call));
  snapshot = std::move(next);
  return ok();
}

Status check_metadata(const Metadata& metadata, std::string_view where) {
  const auto refuse = [&](std::string_view what) {
    return Error{ErrorCode::kInvalid, std::string(where) + ": the table " + std::string(what) +
                                          ", which punnet does not know"};
  };
  if (metadata.provider != "parquet") return refuse("stores its data as " + metadata.provider);
  if (!metadata.partition_columns.empty()) {
    return refuse("is partitioned by " + metadata.partition_columns.front());
  }
  const auto configured = [&](std::string_view key) -> std::string_view {
    const auto found = metadata.configuration.find(key);
    return found == metadata.configuration.end() ? std::string_view() : found->second;
  };
  if (const auto mode = configured("delta.columnMapping.mode"); !mode.empty() && mode != "none") {
    return refuse("uses columnMapping (mode " + std::string(mode) + ")");
  }
  if (configured("delta.enableChangeDataFeed") == "true") return refuse("uses changeDataFeed");
  if (configured("delta.enableDeletionVectors") == "true") return refuse("uses deletionVectors");
  for (const auto& [key, value] : metadata.configuration) {
    if (key.starts_with("delta.constraints.")) return refuse("uses checkConstraints (" + key + ")");
  }
  PUNNET_TRY(const auto schema, parse_schema(metadata.schema_string, where));
  for (const auto& column : schema) {
    if (!column.feature.empty()) {
      return refuse("uses " + column.feature + " on column " + column.name);
    }
  }
  return ok();
}

}  // namespace punnet::delta
