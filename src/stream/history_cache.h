#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/call_context.h"
#include "base/clock.h"
#include "base/result.h"
#include "domain/history.h"
#include "domain/ids.h"
#include "domain/offsets.h"
#include "ports/committed_purchases.h"
#include "ports/purchase_histories.h"
#include "stream/decode_run.h"
#include "stream/read_through_cache.h"

namespace punnet {

struct HistoryCacheConfig {
  std::size_t limit_bytes = 64 << 20;
  /// Events that are worth a write to the table. A group touches almost every user of a shop, so
  /// large ones are cheaper by far; what a crash leaves unwritten is counted again from the sink.
  std::size_t group = 100'000;
  /// Events after which a write must not wait any longer: a crash has as many counted again.
  std::size_t most_events = 5'000'000;
  /// Of memory for what waits to be written, beside `limit_bytes`; then a write waits no longer. As
  /// much again may be on its way to the table, beside what the table's port makes of it.
  std::size_t backlog_bytes = 128 << 20;
};

/// Histories in memory, grown event by event, written back in groups.
///
/// The table of histories moves only with what the sink has committed, never ahead of it, and its
/// positions move with its counts; so after a crash the committed purchases between the two
/// positions are what is missing in the table, and each is counted once. Methods that return an
/// error have changed nothing that matters and may be called again. One thread, but for run_write.
class HistoryCache {
 public:
  HistoryCache(PurchaseHistories& histories, CommittedPurchases& committed, std::string topic_id,
               HistoryCacheConfig config);

  /// Begins, or catches up after another writer: counts the committed purchases that the table does
  /// not hold yet, up to `committed`. kInvalid when the table counts events that were never
  /// committed. No run_write is under way.
  Status catch_up(const Positions& committed, const CallContext& call);

  /// Makes the histories of `users` present, in at most one round trip.
  Status fetch(std::span<const UserId> users, const CallContext& call);

  /// What a fetched user bought, all noted events included; null for nothing. Valid until the next
  /// call that is not const.
  const History* find(UserId user) const { return cache_.find(user); }

  /// Counts the events of a run. Those counted before are passed over; what lies between them and
  /// the run is taken from the table once others, who began earlier, have committed it.
  void note(const DecodedRun& run);

  /// Takes back what was noted of a partition and is not in the table: another writer committed it,
  /// and may have found a gap where events were noted here, or events where a gap was. catch_up
  /// counts what it committed. No run_write is under way.
  void take_back(Partition partition);

  /// Whether enough was noted to be worth a write, or all that may wait.
  bool wants_write_back() const { return pending_events() >= config_.group || is_full(); }

  /// Whether so much was noted that a write must not wait.
  bool is_full() const {
    return backlog_events() >= config_.most_events || backlog_bytes() >= config_.backlog_bytes;
  }

  /// Keeps what was noted below `committed`, where it is a group or more of a partition, as one sum
  /// for each user and item, which a write then takes: the longer it waits, the less it has to
  /// write for each event.
  void add_up(const Positions& committed);

  /// Takes what was noted below `committed` out of the way of what is noted next, for one write.
  /// False when there is nothing; true also while an earlier write has not ended.
  Result<bool> begin_write(const Positions& committed, const CallContext& call);

  /// Adds to the table what begin_write took; may be repeated. May run on another thread, beside
  /// fetch, find, note and add_up. kExists when another writer was first.
  Status run_write(const CallContext& call);

  /// After the last run_write, which came to `ended`: forgets what it took, or has it wait again
  /// where the table does not count it. Whatever failed may have been done, or not.
  Status end_write(const Status& ended, const CallContext& call);

  /// Adds to the table what was noted below `committed`: one write from its beginning to its end,
  /// and more when another writer was first. No run_write is under way.
  Status write_back(const Positions& committed, const CallContext& call);

  /// Events that are noted and not yet in the table.
  std::size_t pending_events() const { return backlog_events() + events_in_write(); }

  /// Those of them that begin_write took.
  std::size_t events_in_write() const;

  /// How many users' histories the table was ever asked for.
  std::int64_t looked_up() const { return cache_.looked_up(); }

 private:
  struct PendingEvent {
    Offset offset;
    UserId user;
    ItemId item;
    std::optional<Timestamp> time;
  };
  struct Progress {
    Offset stored = 0;  // the table's position
    Offset noted = 0;   // everything below is stored, taken, or in `sums`, `pending` or `skipped`
    Offset taken = 0;   // the events from `stored` to here are in `write_`
    std::vector<HistoryIncrement> sums;  // of the events from `taken` to `summed`
    Offset summed = 0;                   // at least `taken`
    std::size_t summed_events = 0;
    std::vector<PendingEvent> pending;   // of the events from `summed` on
    std::optional<OffsetRange> skipped;  // before the first run noted; others may commit it
  };

  /// On its way to the table: the increments of each partition, one after the other's.
  struct Write {
    struct Part {
      Partition partition;
      std::size_t increments;
      std::size_t events;
    };
    std::vector<HistoryIncrement> increments;  // by user and item within a part
    std::vector<Part> parts;
    Positions from;
    Positions upto;
  };

  struct Fetched {
    HistoryMap found;
    bool has_write;  // whether what was found counts what a write took
  };

  /// Goes on where the table is, at `next`: its own write has ended, or another writer was there.
  static void move_to(Progress& progress, Offset next);

  std::size_t backlog_events() const;
  std::size_t backlog_bytes() const;
  static void add_up(Progress& progress, Offset next);
  void take(Partition partition, Progress& progress, Offset next, Write& write);
  /// Has wait again what a write took and the table does not count, as far as is known.
  void give_back();
  /// Whether the table, at `positions`, counts what the write took.
  bool has_arrived(const Positions& positions) const;
  Status read_positions(const CallContext& call);
  Status replay(const Positions& from, const Positions& upto, const CallContext& call);
  Status count_skipped(const Positions& committed, const CallContext& call);
  Result<Fetched> fetch_with_write(std::span<const UserId> users, const CallContext& call);
  Result<HistoryMap> fetch_missing(std::span<const UserId> users, const CallContext& call);

  PurchaseHistories& histories_;
  CommittedPurchases& committed_;
  const std::string topic_id_;
  const HistoryCacheConfig config_;
  std::map<Partition, Progress> progress_;
  std::optional<Write> write_;  // changed by begin_write, end_write and take_back alone
  ReadThroughCache<UserId, History> cache_;
};

}  // namespace punnet
