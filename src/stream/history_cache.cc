#include "stream/history_cache.h"

#include <algorithm>
#include <tuple>
#include <unordered_set>
#include <utility>

namespace punnet {
namespace {

void add(History& history, const HistoryEntry& more) {
  auto at = std::lower_bound(history.begin(), history.end(), more.item,
                             [](const HistoryEntry& entry, ItemId id) { return entry.item < id; });
  if (at == history.end() || at->item != more.item) {
    at = history.insert(at, {more.item, 0, std::nullopt});
  }
  at->count += more.count;
  at->last_time = std::max(at->last_time, more.last_time);
}

std::tuple<UserId, ItemId> key(const HistoryIncrement& increment) {
  return {increment.user, increment.entry.item};
}

/// One increment per user and item, of sorted ones; in place.
void unite(std::vector<HistoryIncrement>& sorted) {
  std::size_t kept = 0;
  for (const HistoryIncrement& increment : sorted) {
    if (kept > 0 && key(sorted[kept - 1]) == key(increment)) {
      HistoryEntry& sum = sorted[kept - 1].entry;
      sum.count += increment.entry.count;
      sum.last_time = std::max(sum.last_time, increment.entry.last_time);
    } else {
      sorted[kept++] = increment;
    }
  }
  sorted.resize(kept);
}

/// Adds `more`, in any order, to `sums`: one per user and item, in the order of their ids.
void add_to(std::vector<HistoryIncrement>& sums, std::span<const HistoryIncrement> more) {
  const auto middle = static_cast<std::ptrdiff_t>(sums.size());
  sums.insert(sums.end(), more.begin(), more.end());
  std::ranges::sort(sums.begin() + middle, sums.end(), {}, key);
  std::ranges::inplace_merge(sums, sums.begin() + middle, {}, key);
  unite(sums);
}

Offset position(const Positions& positions, Partition partition) {
  const auto at = positions.find(partition);
  return at == positions.end() ? 0 : at->second;
}

}  // namespace

HistoryCache::HistoryCache(PurchaseHistories& histories, CommittedPurchases& committed,
                           std::string topic_id, HistoryCacheConfig config)
    : histories_(histories),
      committed_(committed),
      topic_id_(std::move(topic_id)),
      config_(config),
      cache_(config.limit_bytes,
             [](const History& history) { return history.capacity() * sizeof(HistoryEntry); }) {}

Status HistoryCache::catch_up(const Positions& committed, const CallContext& call) {
  PUNNET_CHECK(read_positions(call));
  PUNNET_CHECK(count_skipped(committed, call));
  Positions from;
  Positions upto;
  for (const auto& [partition, next] : committed) {
    if (progress_[partition].noted >= next) continue;
    from[partition] = progress_[partition].noted;
    upto[partition] = next;
  }
  if (!upto.empty()) PUNNET_CHECK(replay(from, upto, call));

  // What the table counts beyond `committed` is well only if somebody has committed it since.
  Positions held = committed;
  for (const auto& [partition, progress] : progress_) {
    if (progress.stored <= position(held, partition)) continue;
    PUNNET_TRY(held, committed_.positions(call));
    if (progress.stored <= position(held, partition)) continue;
    return Error{ErrorCode::kInvalid, "the histories count partition " + std::to_string(partition) +
                                          " up to offset " + std::to_string(progress.stored) +
                                          ", but new_purchases holds it only up to " +
                                          std::to_string(position(held, partition)) +
                                          ": run `punnet load` to start the histories anew"};
  }
  return ok();
}

Status HistoryCache::read_positions(const CallContext& call) {
  PUNNET_TRY(const Positions stored, histories_.positions(topic_id_, call));
  for (const auto& [partition, next] : stored) {
    Progress& progress = progress_[partition];
    if (next < progress.stored) {
      return Error{ErrorCode::kInvalid,
                   "the histories went back from offset " + std::to_string(progress.stored) +
                       " to " + std::to_string(next) + " of partition " +
                       std::to_string(partition) +
                       " while the stream ran: start it again after `punnet load`"};
    }
    if (next == progress.stored) continue;
    move_to(progress, next);
    cache_.clear();
  }
  return ok();
}

void HistoryCache::move_to(Progress& progress, Offset next) {
  if (next == progress.taken) {
    progress.stored = next;
    return;
  }
  Offset dropped = next;
  if (next < progress.summed) {
    // Of what was added up, the part behind `next` is counted from the table once more.
    dropped = progress.skipped ? progress.skipped->next : progress.summed;
    progress.skipped = {next, dropped};
  }
  progress.sums.clear();
  progress.summed_events = 0;
  std::erase_if(progress.pending, [&](const auto& event) { return event.offset < dropped; });
  progress.stored = next;
  progress.taken = next;
  progress.summed = next;
  progress.noted = std::max(progress.noted, next);
}

Status HistoryCache::replay(const Positions& from, const Positions& upto, const CallContext& call) {
  Status status = ok();
  const auto visit = [&](Partition partition, Offset offset, const Purchase& purchase) {
    Progress& progress = progress_[partition];
    if (!status || offset < progress.noted) return;
    progress.pending.push_back({offset, purchase.user, purchase.item, purchase.time});
    progress.noted = offset + 1;
    if (progress.pending.size() % config_.group != 0) return;
    add_up(upto);
    if (is_full()) status = write_back(upto, call);
  };
  // Nothing that is held may miss what is now added behind its back.
  cache_.clear();
  PUNNET_CHECK(committed_.for_each(from, upto, visit, call));
  PUNNET_CHECK(std::move(status));
  for (const auto& [partition, next] : upto) {
    progress_[partition].noted = std::max(progress_[partition].noted, next);
  }
  return ok();
}

Status HistoryCache::fetch(std::span<const UserId> users, const CallContext& call) {
  return cache_.fetch(
      users, [&](std::span<const UserId> missing) { return fetch_missing(missing, call); });
}

Result<HistoryMap> HistoryCache::fetch_missing(std::span<const UserId> users,
                                               const CallContext& call) {
  PUNNET_TRY(auto known, fetch_with_write(users, call));
  HistoryMap& found = known.found;
  if (pending_events() == 0) return std::move(found);
  const std::unordered_set<UserId> wanted(users.begin(), users.end());
  const auto add_those = [&](std::span<const HistoryIncrement> sorted) {
    for (const UserId user : wanted) {
      auto sum = std::ranges::lower_bound(sorted, user, {}, &HistoryIncrement::user);
      for (; sum != sorted.end() && sum->user == user; ++sum) add(found[user], sum->entry);
    }
  };
  if (write_ && !known.has_write) {
    std::span<const HistoryIncrement> rest(write_->increments);
    for (const Write::Part& part : write_->parts) {
      add_those(rest.first(part.increments));
      rest = rest.subspan(part.increments);
    }
  }
  for (const auto& [partition, progress] : progress_) {
    add_those(progress.sums);
    for (const PendingEvent& event : progress.pending) {
      if (wanted.contains(event.user)) add(found[event.user], {event.item, 1, event.time});
    }
  }
  return std::move(found);
}

Result<HistoryCache::Fetched> HistoryCache::fetch_with_write(std::span<const UserId> users,
                                                             const CallContext& call) {
  if (!write_) {
    PUNNET_TRY(HistoryMap found, histories_.fetch(users, call));
    return Fetched{std::move(found), false};
  }
  PUNNET_TRY(Positions before, histories_.positions(topic_id_, call));
  while (true) {
    PUNNET_TRY(HistoryMap found, histories_.fetch(users, call));
    PUNNET_TRY(Positions after, histories_.positions(topic_id_, call));
    if (after == before) return Fetched{std::move(found), has_arrived(before)};
    before = std::move(after);
  }
}

void HistoryCache::note(const DecodedRun& run) {
  Progress& progress = progress_[run.partition];
  if (run.range.start > progress.noted) progress.skipped = {progress.noted, run.range.start};
  for (const DecodedEvent& event : run.events) {
    if (event.offset < progress.noted) continue;
    const Purchase& purchase = event.purchase;
    progress.pending.push_back({event.offset, purchase.user, purchase.item, purchase.time});
    cache_.update(purchase.user, [&](History& history) {
      add(history, {purchase.item, 1, purchase.time});
    });
  }
  progress.noted = std::max(progress.noted, run.range.next);
}

void HistoryCache::take_back(Partition partition) {
  give_back();
  Progress& progress = progress_[partition];
  progress.sums.clear();
  progress.summed = progress.stored;
  progress.summed_events = 0;
  progress.pending.clear();
  progress.skipped.reset();
  progress.noted = progress.stored;
  cache_.clear();
}

std::size_t HistoryCache::events_in_write() const {
  std::size_t events = 0;
  if (!write_) return events;
  for (const Write::Part& part : write_->parts) events += part.events;
  return events;
}

std::size_t HistoryCache::backlog_events() const {
  std::size_t events = 0;
  for (const auto& [partition, progress] : progress_) {
    events += progress.summed_events + progress.pending.size();
  }
  return events;
}

std::size_t HistoryCache::backlog_bytes() const {
  std::size_t bytes = 0;
  for (const auto& [partition, progress] : progress_) {
    bytes += progress.sums.size() * sizeof(HistoryIncrement);
    bytes += progress.pending.size() * sizeof(PendingEvent);
  }
  return bytes;
}

void HistoryCache::add_up(const Positions& committed) {
  for (auto& [partition, progress] : progress_) {
    const Offset next = std::min(progress.noted, position(committed, partition));
    // What was skipped may come to lie among the sums only when it is counted.
    if (progress.skipped) continue;
    if (next - progress.summed < static_cast<Offset>(config_.group)) continue;
    add_up(progress, next);
  }
}

void HistoryCache::add_up(Progress& progress, Offset next) {
  const auto end = std::ranges::lower_bound(progress.pending, next, {}, &PendingEvent::offset);
  std::vector<HistoryIncrement> more;
  more.reserve(static_cast<std::size_t>(end - progress.pending.begin()));
  for (auto event = progress.pending.begin(); event != end; ++event) {
    more.push_back({event->user, {event->item, 1, event->time}});
  }
  progress.pending.erase(progress.pending.begin(), end);
  progress.summed = next;
  progress.summed_events += more.size();
  add_to(progress.sums, more);
}

/// The table's position has passed what was skipped, so that what it holds of it is all there is.
Status HistoryCache::count_skipped(const Positions& committed, const CallContext& call) {
  Positions from;
  Positions upto;
  for (const auto& [partition, progress] : progress_) {
    if (!progress.skipped || position(committed, partition) < progress.skipped->next) continue;
    from[partition] = std::max(progress.skipped->start, progress.stored);
    upto[partition] = std::max(progress.skipped->next, progress.stored);
  }
  if (upto.empty()) return ok();
  std::map<Partition, std::vector<PendingEvent>> found;
  const auto visit = [&](Partition partition, Offset offset, const Purchase& purchase) {
    found[partition].push_back({offset, purchase.user, purchase.item, purchase.time});
  };
  PUNNET_CHECK(committed_.for_each(from, upto, visit, call));
  for (const auto& [partition, next] : upto) {
    Progress& progress = progress_[partition];
    const auto& events = found[partition];
    progress.pending.insert(progress.pending.begin(), events.begin(), events.end());
    progress.skipped.reset();
  }
  cache_.clear();
  return ok();
}

Result<bool> HistoryCache::begin_write(const Positions& committed, const CallContext& call) {
  if (write_) return true;
  PUNNET_CHECK(count_skipped(committed, call));
  Write write;
  for (auto& [partition, progress] : progress_) {
    const Offset next = std::min(progress.noted, position(committed, partition));
    if (progress.skipped || next <= progress.stored || next < progress.summed) continue;
    take(partition, progress, next, write);
  }
  if (write.upto.empty()) return false;
  write_ = std::move(write);
  return true;
}

void HistoryCache::take(Partition partition, Progress& progress, Offset next, Write& write) {
  const std::size_t waiting = progress.summed_events + progress.pending.size();
  add_up(progress, next);
  write.from[partition] = progress.stored;
  write.upto[partition] = next;
  write.parts.push_back({partition, progress.sums.size(), waiting - progress.pending.size()});
  if (write.increments.empty()) {
    write.increments = std::move(progress.sums);
  } else {
    write.increments.insert(write.increments.end(), progress.sums.begin(), progress.sums.end());
  }
  progress.sums = {};
  progress.summed_events = 0;
  progress.taken = next;
}

Status HistoryCache::run_write(const CallContext& call) {
  return histories_.apply(topic_id_, write_->increments, write_->from, write_->upto, call);
}

Status HistoryCache::end_write(const Status& ended, const CallContext& call) {
  if (!write_) return ok();
  if (ended) {
    for (const auto& [partition, next] : write_->upto) move_to(progress_[partition], next);
  } else {
    PUNNET_CHECK(read_positions(call));
  }
  give_back();
  return ok();
}

void HistoryCache::give_back() {
  if (!write_) return;
  std::span<const HistoryIncrement> rest(write_->increments);
  for (const Write::Part& part : write_->parts) {
    Progress& progress = progress_[part.partition];
    const auto increments = rest.first(part.increments);
    rest = rest.subspan(part.increments);
    if (progress.stored == progress.taken) continue;
    add_to(progress.sums, increments);
    progress.summed_events += part.events;
    progress.taken = progress.stored;
  }
  write_.reset();
}

bool HistoryCache::has_arrived(const Positions& positions) const {
  return std::ranges::any_of(
      write_->from, [&](const auto& at) { return position(positions, at.first) != at.second; });
}

Status HistoryCache::write_back(const Positions& committed, const CallContext& call) {
  constexpr int kAttempts = 3;
  for (int lost = 0; lost < kAttempts;) {
    PUNNET_TRY(const bool begun, begin_write(committed, call));
    if (!begun) return ok();
    Status ended = run_write(call);
    // Whatever else failed is tried again with the same.
    if (!ended && ended.error().code != ErrorCode::kExists) return ended;
    PUNNET_CHECK(end_write(ended, call));
    if (!ended) ++lost;
  }
  return Error{ErrorCode::kUnavailable,
               "another stream of the same topic keeps writing to the histories"};
}

}  // namespace punnet
