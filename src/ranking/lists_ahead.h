#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "domain/factors.h"
#include "ranking/packed_items.h"
#include "ranking/scored_row.h"

namespace punnet {

/// When the lists of all users are worth making before anyone asks.
struct ListsAheadConfig {
  std::size_t length = 5;  ///< of each list: what will be asked for, and what exclusions may take
  std::size_t limit_bytes = 64 << 20;                            ///< of all lists
  std::chrono::microseconds patience = std::chrono::seconds{1};  ///< for making them
  int threads = 1;
};

/// What making lists ahead costs, and whether it was done.
///
///     bytes    = users * length * 8
///     expected = tried * users / tried_users
///     ahead    = bytes <= limit_bytes and expected <= patience
///
/// `tried` is how long the lists of the first users took; 0 where the bytes alone were too many.
struct ListsAheadPlan {
  std::size_t users = 0;
  std::size_t items = 0;
  int rank = 0;
  std::size_t length = 0;
  std::size_t bytes = 0;
  std::size_t limit_bytes = 0;
  std::size_t tried_users = 0;
  std::chrono::microseconds tried{0};
  std::chrono::microseconds expected{0};
  std::chrono::microseconds patience{0};
  bool ahead = false;
};

/// The formula with its figures, as a sentence.
std::string to_text(const ListsAheadPlan& plan);

/// The best rows of every user. Immutable.
class ListsAhead {
 public:
  /// Lists of nobody.
  ListsAhead() = default;

  /// Scores `items` for each row of `users` if that is worth it, and tells in `plan`; otherwise the
  /// lists are of nobody.
  ListsAhead(const PackedItems& items, const FactorMatrix& users, const ListsAheadConfig& config,
             const Clock& clock, ListsAheadPlan& plan);

  bool empty() const { return sizes_.empty(); }

  /// Best first. Requires lists, and user < users.rows().
  std::span<const ScoredRow> of(std::size_t user) const {
    return {rows_.data() + user * length_, sizes_[user]};
  }

  /// True when nothing that could be recommended to the user is missing from the list.
  bool is_whole(std::size_t user) const { return sizes_[user] < length_ || length_ == items_; }

 private:
  void make(const PackedItems& items, const FactorMatrix& users, std::size_t first,
            std::size_t last, int threads);

  std::size_t items_ = 0;
  std::size_t length_ = 0;
  std::vector<std::uint32_t> sizes_;  // by user
  std::vector<ScoredRow> rows_;       // length_ for each user
};

}  // namespace punnet
