#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace punnet {

/// Ids from outside <-> dense rows from 0. Rows are in ascending order of id, so an index depends
/// on the set of ids alone. `Id` is UserId or ItemId; nothing else converts between the two worlds.
template <typename Id>
class IdIndex {
 public:
  IdIndex() = default;

  /// Duplicates in `ids` count once.
  explicit IdIndex(std::vector<Id> ids) : ids_(std::move(ids)) {
    std::sort(ids_.begin(), ids_.end());
    ids_.erase(std::unique(ids_.begin(), ids_.end()), ids_.end());
  }

  std::size_t size() const { return ids_.size(); }

  /// The row of `id`, or absent when the id is unknown.
  std::optional<std::int32_t> row(Id id) const {
    const auto at = std::lower_bound(ids_.begin(), ids_.end(), id);
    if (at == ids_.end() || *at != id) return std::nullopt;
    return static_cast<std::int32_t>(at - ids_.begin());
  }

  Id id(std::int32_t row) const { return ids_[static_cast<std::size_t>(row)]; }
  std::span<const Id> ids() const { return ids_; }

 private:
  std::vector<Id> ids_;
};

}  // namespace punnet
