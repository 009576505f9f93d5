#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/result.h"

namespace punnet {

/// Keeps what a store answered, that it does not know a key included, within a limit of bytes: the
/// entries used least recently go first. Entries of the latest fetch stay whatever their size. What
/// changes in the store is not seen while it is held here. One thread.
template <typename Key, typename Value>
class ReadThroughCache {
 public:
  /// `value_bytes` says how much memory a value owns outside of itself.
  ReadThroughCache(std::size_t limit_bytes, std::function<std::size_t(const Value&)> value_bytes)
      : limit_bytes_(limit_bytes), value_bytes_(std::move(value_bytes)) {}

  /// Makes all `keys` present, asking `fetch_missing(missing)` at most once, each key once; it
  /// answers with a map of what the store knows. On error nothing changes.
  template <typename FetchMissing>
  Status fetch(std::span<const Key> keys, FetchMissing&& fetch_missing) {
    ++generation_;
    std::vector<Key> missing;
    for (const Key& key : keys) {
      if (const auto at = entries_.find(key); at != entries_.end()) {
        at->second.used = generation_;
      } else {
        missing.push_back(key);
      }
    }
    if (!missing.empty()) PUNNET_CHECK(add(missing, fetch_missing));
    if (bytes_ > limit_bytes_) evict();
    return ok();
  }

  /// Null when the store does not know `key`, or it was never fetched. Valid until the next change.
  const Value* find(const Key& key) const {
    const auto at = entries_.find(key);
    return at != entries_.end() && at->second.value ? &*at->second.value : nullptr;
  }

  /// Calls `change(value)` when `key` is held; a key that the store does not know starts empty.
  template <typename Change>
  void update(const Key& key, Change&& change) {
    const auto at = entries_.find(key);
    if (at == entries_.end()) return;
    bytes_ -= size_of(at->second);
    if (!at->second.value) at->second.value.emplace();
    change(*at->second.value);
    bytes_ += size_of(at->second);
  }

  void clear() {
    entries_.clear();
    bytes_ = 0;
  }

  std::size_t bytes() const { return bytes_; }

  /// How many keys the store was ever asked for.
  std::int64_t looked_up() const { return looked_up_; }

 private:
  struct Entry {
    std::optional<Value> value;
    std::uint64_t used = 0;  // generation of the last fetch that asked for it
  };

  template <typename FetchMissing>
  Status add(std::vector<Key>& missing, FetchMissing& fetch_missing) {
    std::sort(missing.begin(), missing.end());
    missing.erase(std::unique(missing.begin(), missing.end()), missing.end());
    looked_up_ += static_cast<std::int64_t>(missing.size());
    PUNNET_TRY(auto found, fetch_missing(std::span<const Key>(missing)));
    for (const Key& key : missing) {
      Entry entry{std::nullopt, generation_};
      if (const auto at = found.find(key); at != found.end()) entry.value = std::move(at->second);
      const auto [at, is_new] = entries_.emplace(key, std::move(entry));
      if (is_new) bytes_ += size_of(at->second);
    }
    return ok();
  }

  std::size_t size_of(const Entry& entry) const {
    constexpr std::size_t kNodeBytes = sizeof(std::pair<const Key, Entry>) + 4 * sizeof(void*);
    return kNodeBytes + (entry.value ? value_bytes_(*entry.value) : 0);
  }

  /// Goes a quarter below the limit, so that it is not called for every new entry.
  void evict() {
    std::vector<std::pair<std::uint64_t, Key>> candidates;
    for (const auto& [key, entry] : entries_) {
      if (entry.used < generation_) candidates.emplace_back(entry.used, key);
    }
    std::sort(candidates.begin(), candidates.end());
    for (const auto& [used, key] : candidates) {
      if (bytes_ <= limit_bytes_ / 4 * 3) break;
      const auto at = entries_.find(key);
      bytes_ -= size_of(at->second);
      entries_.erase(at);
    }
  }

  std::size_t limit_bytes_;
  std::function<std::size_t(const Value&)> value_bytes_;
  std::unordered_map<Key, Entry> entries_;
  std::uint64_t generation_ = 0;
  std::size_t bytes_ = 0;
  std::int64_t looked_up_ = 0;
};

}  // namespace punnet
