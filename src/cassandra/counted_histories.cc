#include "cassandra/counted_histories.h"

#include <algorithm>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace punnet {
namespace {

constexpr std::size_t kUsersAtOnce = 512;

void add(HistoryEntry& to, const HistoryEntry& more) {
  to.count += more.count;
  to.last_time = std::max(to.last_time, more.last_time);
}

/// By user and item, those of one user and item added up.
std::vector<HistoryIncrement> in_order(std::span<const HistoryIncrement> increments) {
  const auto key = [](const HistoryIncrement& one) { return std::pair(one.user, one.entry.item); };
  std::vector<HistoryIncrement> sorted(increments.begin(), increments.end());
  std::ranges::sort(sorted, {}, key);
  std::vector<HistoryIncrement> sums;
  for (const auto& one : sorted) {
    if (sums.empty() || key(sums.back()) != key(one)) {
      sums.push_back(one);
    } else {
      add(sums.back().entry, one.entry);
    }
  }
  return sums;
}

Status check_ranges(const Positions& from, const Positions& upto) {
  if (!std::ranges::equal(from, upto, {}, &Positions::value_type::first,
                          &Positions::value_type::first)) {
    return Error{ErrorCode::kInvalid,
                 "positions from and up to which histories are to be counted name different "
                 "partitions"};
  }
  for (const auto& [partition, start] : from) {
    const auto end = upto.at(partition);
    if (start >= 0 && end >= start) continue;
    return Error{ErrorCode::kInvalid, "histories cannot be counted from " + std::to_string(start) +
                                          " up to " + std::to_string(end) + " of partition " +
                                          std::to_string(partition)};
  }
  return ok();
}

/// kExists when the stored positions are not those of `from`.
Status check_positions(std::string_view topic_id, const Positions& stored, const Positions& from) {
  for (const auto& [partition, start] : from) {
    const auto found = stored.find(partition);
    const auto position = found == stored.end() ? Offset{0} : found->second;
    if (position == start) continue;
    return Error{ErrorCode::kExists, "partition " + std::to_string(partition) + " of topic " +
                                         std::string(topic_id) + " is counted up to " +
                                         std::to_string(position) + ", not " +
                                         std::to_string(start)};
  }
  return ok();
}

Positions positions_of(const HistoryState& state, std::string_view topic_id) {
  const auto found = state.positions.find(std::string(topic_id));
  return found == state.positions.end() ? Positions{} : found->second;
}

/// An id that nobody else has.
std::int64_t new_change() {
  std::random_device random;
  const auto high = std::uint64_t{random()};
  return static_cast<std::int64_t>((high << 32U) | random());
}

class CountedHistoriesPort final : public PurchaseHistories {
 public:
  CountedHistoriesPort(std::unique_ptr<HistoryStore> store, const Clock& clock)
      : store_(std::move(store)), clock_(clock) {}

  Result<HistoryMap> fetch(std::span<const UserId> asked, const CallContext& call) override {
    // Each once: a change that is found twice would count twice.
    std::vector<UserId> users(asked.begin(), asked.end());
    std::ranges::sort(users);
    users.erase(std::unique(users.begin(), users.end()), users.end());
    while (true) {
      PUNNET_TRY(const auto state, store_->state(call));
      // In this order: a change is deleted only when all of it is in the rows.
      std::vector<HistoryIncrement> change;
      if (!state.is_folded) {
        PUNNET_TRY(change, store_->read_change(state.change, users, call));
      }
      PUNNET_TRY(const auto rows, store_->rows(state.generation, users, call));
      PUNNET_TRY(const auto after, store_->state(call));
      // Rows that are deleted look like rows that never were.
      if (after.generation != state.generation || is_any_later(rows, state.version)) continue;
      return with_change(rows, in_order(change), state.version);
    }
  }

  Status replace_all(std::span<const HistoryIncrement> rows, const CallContext& call) override {
    CountedHistories all;
    for (const auto& [user, entry] : in_order(rows)) all[user].push_back({entry, 0});
    PUNNET_TRY(auto state, store_->settled_state(call));
    while (true) {
      const auto base = state.generation;
      HistoryState next;
      next.generation = after(std::max(state.generation, state.version));
      PUNNET_CHECK(write(next.generation, all, call));
      // What is counted in the old rows meanwhile does not matter; a new generation does.
      while (state.generation == base) {
        next.version = std::max(next.generation, state.version + 1);
        next.change = new_change();
        PUNNET_TRY(const auto advanced, advance(state, next, call));
        if (advanced) {
          // Done; what is left behind now is deleted the next time.
          ignore(store_->forget_change(state.change, call));
          ignore(store_->forget_rows_before(next.generation, call));
          return ok();
        }
        PUNNET_TRY(state, store_->settled_state(call));
      }
    }
  }

  Status apply(std::string_view topic_id, std::span<const HistoryIncrement> increments,
               const Positions& from, const Positions& upto, const CallContext& call) override {
    PUNNET_CHECK(check_ranges(from, upto));
    const auto sorted = in_order(increments);
    const auto change = new_change();
    bool is_written = sorted.empty();
    while (true) {
      PUNNET_TRY(auto state, store_->settled_state(call));
      if (auto fits = check_positions(topic_id, positions_of(state, topic_id), from); !fits) {
        if (!sorted.empty() && is_written && state.change != change) {
          ignore(store_->forget_change(change, call));
        }
        return std::move(fits).error();
      }
      if (!state.is_folded) {
        PUNNET_TRY(const auto pending, store_->read_change(state.change, call));
        PUNNET_CHECK(fold(state, in_order(pending), call));
        continue;
      }
      if (!is_written) PUNNET_CHECK(store_->write_change(change, sorted, call));
      is_written = true;
      HistoryState next = state;
      next.version = after(state.version);
      next.change = change;
      next.is_folded = sorted.empty();
      for (const auto& [partition, offset] : upto) {
        next.positions[std::string(topic_id)][partition] = offset;
      }
      PUNNET_TRY(const auto advanced, advance(state, next, call));
      if (!advanced) continue;
      // It counts from here on: who comes next folds it if this does not.
      if (!next.is_folded) ignore(fold(next, sorted, call));
      return ok();
    }
  }

  Result<Positions> positions(std::string_view topic_id, const CallContext& call) override {
    PUNNET_TRY(const auto state, store_->settled_state(call));
    return positions_of(state, topic_id);
  }

 private:
  static void ignore(const Status&) {}

  std::int64_t after(std::int64_t version) const {
    return std::max(version + 1, std::int64_t{clock_.now().time_since_epoch().count()});
  }

  /// True when the state became `to`, also when only a look at it shows that.
  Result<bool> advance(const HistoryState& from, const HistoryState& to, const CallContext& call) {
    auto advanced = store_->advance(from, to, call);
    if (advanced || advanced.error().code != ErrorCode::kUnknownOutcome) return advanced;
    const auto now = store_->settled_state(call);
    // The doubt remains.
    if (!now) return advanced;
    return now->change == to.change;
  }

  /// Brings the change of `state` into the rows. Whoever does it writes the same.
  Status fold(const HistoryState& state, std::span<const HistoryIncrement> sorted,
              const CallContext& call) {
    for (std::size_t at = 0; at < sorted.size();) {
      std::vector<UserId> users;
      const auto first = at;
      for (; at < sorted.size() && users.size() < kUsersAtOnce; ++at) {
        if (users.empty() || users.back() != sorted[at].user) users.push_back(sorted[at].user);
      }
      while (at < sorted.size() && sorted[at].user == users.back()) ++at;
      PUNNET_TRY(const auto rows, store_->rows(state.generation, users, call));
      PUNNET_CHECK(store_->write_rows(
          state.generation, state.version,
          changed(rows, sorted.subspan(first, at - first), state.version), call));
    }
    auto folded = state;
    folded.is_folded = true;
    // Another may have said so before; where nobody could, folding again changes nothing.
    const auto advanced = store_->advance(state, folded, call);
    if (!advanced) return advanced.error();
    return store_->forget_change(state.change, call);
  }

  /// The entries that `increments` change, as they are at `version`.
  static CountedHistories changed(const CountedHistories& rows,
                                  std::span<const HistoryIncrement> increments,
                                  std::int64_t version) {
    CountedHistories result;
    for (const auto& [user, more] : increments) {
      CountedEntry counted{{more.item, 0, std::nullopt}, 0};
      if (const auto* held = find(rows, user, more.item)) counted = *held;
      if (counted.version >= version) continue;
      add(counted.entry, more);
      counted.version = version;
      result[user].push_back(counted);
    }
    return result;
  }

  static const CountedEntry* find(const CountedHistories& rows, UserId user, ItemId item) {
    const auto history = rows.find(user);
    if (history == rows.end()) return nullptr;
    const auto& entries = history->second;
    const auto at = std::ranges::lower_bound(
        entries, item, {}, [](const CountedEntry& counted) { return counted.entry.item; });
    return at == entries.end() || at->entry.item != item ? nullptr : &*at;
  }

  static bool is_any_later(const CountedHistories& rows, std::int64_t version) {
    return std::ranges::any_of(rows, [&](const auto& row) {
      return std::ranges::any_of(
          row.second, [&](const CountedEntry& counted) { return counted.version > version; });
    });
  }

  static HistoryMap with_change(const CountedHistories& rows,
                                std::span<const HistoryIncrement> change, std::int64_t version) {
    HistoryMap found;
    for (const auto& [user, entries] : rows) {
      auto& history = found[user];
      history.reserve(entries.size());
      for (const auto& counted : entries) history.push_back(counted.entry);
    }
    for (const auto& [user, more] : change) {
      const auto* held = find(rows, user, more.item);
      if (held != nullptr && held->version >= version) continue;
      auto& history = found[user];
      auto at = std::ranges::lower_bound(history, more.item, {}, &HistoryEntry::item);
      if (at == history.end() || at->item != more.item) {
        history.insert(at, more);
      } else {
        add(*at, more);
      }
    }
    return found;
  }

  Status write(std::int64_t generation, const CountedHistories& all, const CallContext& call) {
    CountedHistories stamped = all;
    for (auto& [user, entries] : stamped) {
      for (auto& counted : entries) counted.version = generation;
    }
    return store_->write_rows(generation, generation, stamped, call);
  }

  const std::unique_ptr<HistoryStore> store_;
  const Clock& clock_;
};

}  // namespace

std::unique_ptr<PurchaseHistories> make_counted_histories(std::unique_ptr<HistoryStore> store,
                                                          const Clock& clock) {
  return std::make_unique<CountedHistoriesPort>(std::move(store), clock);
}

}  // namespace punnet
