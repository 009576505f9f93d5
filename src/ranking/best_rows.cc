#include "ranking/best_rows.h"

#include <hwy/contrib/sort/vqsort.h>

#include <algorithm>
#include <bit>
#include <limits>

namespace punnet {
namespace {

constexpr std::uint32_t kSign = 1U << 31;

float score_of(std::uint64_t key) {
  const auto ordered = static_cast<std::uint32_t>(key >> 32);
  return std::bit_cast<float>((ordered & kSign) != 0 ? ordered & ~kSign : ~ordered);
}

void sort_descending(std::vector<std::uint64_t>& keys) {
  thread_local const hwy::Sorter sorter;  // owns scratch space
  sorter(keys.data(), keys.size(), hwy::SortDescending());
}

}  // namespace

BestRows::BestRows(std::size_t k)
    : k_(k),
      threshold_(k == 0 ? std::numeric_limits<float>::infinity()
                        : std::numeric_limits<float>::quiet_NaN()) {
  if (k <= kShort) {
    keys_.resize(k);
  } else {
    keys_.reserve(2 * k);
  }
}

// The bits of the score, turned so that they order as unsigned numbers do, before the row. No key
// of a number is 0, and that of 0 is not a number.
BestRows::Key BestRows::key(std::int32_t row, float score) {
  const auto bits = std::bit_cast<std::uint32_t>(score + 0.0F);  // -0 equals 0
  const auto ordered = (bits & kSign) != 0 ? ~bits : bits | kSign;
  return Key{ordered} << 32 | static_cast<std::uint32_t>(row);
}

void BestRows::insert(Key key) {
  if (keys_.empty() || key < keys_.back()) return;
  auto at = k_ - 1;
  for (; at > 0 && keys_[at - 1] < key; --at) keys_[at] = keys_[at - 1];
  keys_[at] = key;
  threshold_ = score_of(keys_.back());
}

void BestRows::cut() {
  sort_descending(keys_);
  keys_.resize(k_);
  threshold_ = score_of(keys_.back());
}

std::vector<ScoredRow> BestRows::take() {
  if (k_ > kShort) {
    sort_descending(keys_);
    keys_.resize(std::min(keys_.size(), k_));
  }
  std::vector<ScoredRow> rows;
  rows.reserve(keys_.size());
  for (const auto key : keys_) {
    if (key != 0) rows.push_back({static_cast<std::int32_t>(key & 0xFFFF'FFFFU), score_of(key)});
  }
  return rows;
}

}  // namespace punnet
