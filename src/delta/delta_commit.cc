#include "delta/delta_commit.h"

#include <algorithm>
#include <set>
#include <utility>

#include "delta/checkpoint.h"
#include "delta/table_schema.h"

namespace punnet::delta {
namespace {

const CommitInfo* info_of(const std::vector<Action>& actions) {
  for (const auto& action : actions) {
    if (const auto* info = std::get_if<CommitInfo>(&action)) return info;
  }
  return nullptr;
}

/// What of `ours` the entry `theirs` has taken.
CommitResult conflicts(const std::vector<Action>& ours, const std::vector<Action>& theirs) {
  std::set<std::string> apps;
  std::set<std::string> files;
  for (const auto& action : theirs) {
    if (const auto* txn = std::get_if<Txn>(&action)) apps.insert(txn->app_id);
    if (const auto* remove = std::get_if<RemoveFile>(&action)) files.insert(remove->path);
  }
  CommitResult result;
  for (const auto& action : ours) {
    if (const auto* txn = std::get_if<Txn>(&action); txn && apps.contains(txn->app_id)) {
      result.lost_apps.push_back(txn->app_id);
    }
    if (const auto* remove = std::get_if<RemoveFile>(&action);
        remove && files.contains(remove->path)) {
      result.lost_files.push_back(remove->path);
    }
  }
  return result;
}

/// Takes an entry of another writer into the snapshot. kInvalid when it changed the columns.
Status rebase(const DeltaLog& log, Snapshot& snapshot, const std::vector<Action>& theirs) {
  const auto where = log.files().location(log.entry_path(snapshot.version + 1));
  PUNNET_TRY(const auto before, parse_schema(snapshot.metadata.schema_string, where));
  auto next = snapshot;
  PUNNET_CHECK(next.apply(theirs, where));
  next.version = snapshot.version + 1;
  PUNNET_TRY(const auto after, parse_schema(next.metadata.schema_string, where));
  // Checked before the snapshot moves: a writer that comes again must be refused again.
  PUNNET_CHECK(check_same_schema(after, before, where));
  snapshot = std::move(next);
  return ok();
}

Error unknown(const DeltaLog& log, std::int64_t version, std::string_view why) {
  return Error{ErrorCode::kUnknownOutcome,
               log.files().location(log.entry_path(version)) +
                   ": whether our commit stands there is not known: " + std::string(why)};
}

/// Brings the snapshot up to date when the log was cleaned past it: publishing next to where
/// entries were removed would go unseen.
Status ensure_fresh(const DeltaLog& log, Snapshot& snapshot, CommitResult& lost,
                    const Transaction& transaction, const CallContext& call) {
  const auto entry = log.files().stat(log.entry_path(snapshot.version), call);
  if (entry) return ok();
  if (entry.error().code != ErrorCode::kAbsent) return entry.error();
  const auto before = snapshot;
  PUNNET_CHECK(refresh(log, snapshot, call));
  for (const auto& action : transaction.actions) {
    if (const auto* txn = std::get_if<Txn>(&action)) {
      const auto old_txn = before.txns.find(txn->app_id);
      const auto new_txn = snapshot.txns.find(txn->app_id);
      const bool moved =
          (old_txn == before.txns.end()) != (new_txn == snapshot.txns.end()) ||
          (old_txn != before.txns.end() && old_txn->second.version != new_txn->second.version);
      if (moved) lost.lost_apps.push_back(txn->app_id);
    }
    if (const auto* remove = std::get_if<RemoveFile>(&action);
        remove && !snapshot.files.contains(remove->path)) {
      lost.lost_files.push_back(remove->path);
    }
  }
  return ok();
}

}  // namespace

Result<CommitResult> commit(const DeltaLog& log, Snapshot& snapshot, const Transaction& transaction,
                            const Clock& clock, const CallContext& call) {
  CommitResult result;
  PUNNET_CHECK(ensure_fresh(log, snapshot, result, transaction, call));
  if (!result.lost_apps.empty() || !result.lost_files.empty()) return result;

  std::vector<Action> entry;
  entry.emplace_back(transaction.info);
  std::get<CommitInfo>(entry.front()).timestamp_ms = to_ms(clock.now());
  entry.insert(entry.end(), transaction.actions.begin(), transaction.actions.end());

  bool may_stand = false;  // an earlier attempt at this version may have succeeded unseen
  bool was_seen = false;   // it has, but whether it lasts was not said
  while (true) {
    const auto version = snapshot.version + 1;
    const auto published = log.publish_entry(version, entry, call);
    if (!published) {
      if (may_stand) return unknown(log, version, published.error().message);
      return published.error();
    }
    may_stand = may_stand || *published != PublishOutcome::kPublished;

    if (*published != PublishOutcome::kPublished) {
      const auto theirs = log.read_entry(version, call);
      if (!theirs && theirs.error().code == ErrorCode::kAbsent) {
        // Nothing stands there yet: the same version again, which only one attempt can win.
        const auto going_on = call.check("commit to " + log.location());
        if (!going_on) return unknown(log, version, going_on.error().message);
        continue;
      }
      if (!theirs) return unknown(log, version, theirs.error().message);
      const auto* info = info_of(*theirs);
      if (info == nullptr || info->txn_id != transaction.info.txn_id) {
        may_stand = false;
        was_seen = false;
        PUNNET_CHECK(rebase(log, snapshot, *theirs));
        result = conflicts(transaction.actions, *theirs);
        if (!result.lost_apps.empty() || !result.lost_files.empty()) return result;
        PUNNET_CHECK(call.check("commit to " + log.location()));
        continue;
      }
      if (*published == PublishOutcome::kUnknown) {
        // The store says that it has the entry for good by refusing it a second time.
        if (was_seen) return unknown(log, version, "the store does not say whether it will last");
        was_seen = true;
        continue;
      }
    }
    PUNNET_CHECK(snapshot.apply(entry, log.location()));
    snapshot.version = version;
    result.committed = true;
    return result;
  }
}

Status keep_log_short(const DeltaLog& log, const Snapshot& snapshot, const LogUpkeep& upkeep,
                      const Clock& clock, const CallContext& call) {
  if (upkeep.checkpoint_every <= 0 || snapshot.version <= 0 ||
      snapshot.version % upkeep.checkpoint_every != 0) {
    return ok();
  }
  const auto now = clock.now();
  PUNNET_CHECK(write_checkpoint(log, snapshot, to_ms(now - upkeep.tombstone_retention), call));
  const auto cleaning = snapshot.metadata.configuration.find("delta.enableExpiredLogCleanup");
  if (cleaning != snapshot.metadata.configuration.end() && cleaning->second == "false") return ok();
  PUNNET_TRY(const auto removed, clean_log(log, to_ms(now - upkeep.log_retention), call));
  static_cast<void>(removed);
  return ok();
}

Status create_table(const DeltaLog& log, const Metadata& metadata, const CommitInfo& info,
                    const Clock& clock, const CallContext& call) {
  PUNNET_TRY(const auto listing, log.list(call));
  if (!listing.entries.empty() || !listing.checkpoints.empty()) return ok();
  auto stamped = info;
  stamped.timestamp_ms = to_ms(clock.now());
  PUNNET_TRY(const auto outcome, log.publish_entry(0, {stamped, Protocol{}, metadata}, call));
  if (outcome != PublishOutcome::kUnknown) return ok();
  // Ours or another's, any first version will do; its absence is for the caller to try again.
  const auto there = log.read_entry(0, call);
  if (!there) return unknown(log, 0, there.error().message);
  return ok();
}

}  // namespace punnet::delta
