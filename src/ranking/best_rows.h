#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "ranking/scored_row.h"

namespace punnet {

/// The k best of the rows offered, by score and, of equal scores, by the higher row.
///
/// A short list is kept in order. A long one gathers what passes the threshold in a buffer of twice
/// its length; when that is full, it is sorted, the k best stay, and the threshold rises to the
/// last of them: an offer then costs its share of a sort, whatever k is.
class BestRows {
 public:
  explicit BestRows(std::size_t k);

  /// Scores below it need not be offered. Not a number as long as every score may enter.
  float threshold() const { return threshold_; }

  /// Requires a score that is a number, and a row that was not offered before.
  void offer(std::int32_t row, float score) { offer(key(row, score)); }

  /// Offers what `other` holds.
  void offer_all(const BestRows& other) {
    for (const auto k : other.keys_) offer(k);
  }

  /// Best first. What is offered afterwards starts a new list.
  std::vector<ScoredRow> take();

 private:
  using Key = std::uint64_t;

  static Key key(std::int32_t row, float score);

  void offer(Key key) {
    if (k_ <= kShort) {
      insert(key);
    } else {
      keys_.push_back(key);
      if (keys_.size() == 2 * k_) cut();
    }
  }
  void insert(Key key);
  void cut();

  static constexpr std::size_t kShort = 32;

  std::size_t k_;
  float threshold_;
  std::vector<Key> keys_;  // a short list is filled up with zeros
};

}  // namespace punnet
