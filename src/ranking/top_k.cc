#include "ranking/top_k.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "ranking/score_tile.h"

namespace punnet {
namespace {

constexpr std::size_t kBlock = PackedItems::kBlock;
constexpr float kInfinity = std::numeric_limits<float>::infinity();

// The best rows so far, in order. Rows must be offered from the highest down: then an equal score
// that comes later belongs behind, and only a strictly better one can enter a full list.
class BestRows {
 public:
  explicit BestRows(std::size_t k) : k_(k) { rows_.reserve(k); }

  bool full() const { return rows_.size() == k_; }

  /// What a score has to exceed.
  float threshold() const { return k_ == 0 ? kInfinity : rows_.back().score; }

  void offer(std::int32_t row, float score) {
    const auto behind = [](float s, const ScoredRow& other) { return s > other.score; };
    const auto at = std::upper_bound(rows_.begin(), rows_.end(), score, behind) - rows_.begin();
    if (full()) rows_.pop_back();
    rows_.insert(rows_.begin() + at, {row, score});
  }

  std::vector<ScoredRow> take() && { return std::move(rows_); }

 private:
  std::size_t k_;
  std::vector<ScoredRow> rows_;
};

// Whole fours of users, laid out as score_four() reads them.
std::vector<float> pack_fours(std::span<const TopKQuery> queries, std::size_t rank) {
  std::vector<float> packed(queries.size() * rank);
  for (std::size_t q = 0; q < queries.size(); ++q) {
    float* lane = packed.data() + q / 4 * 4 * rank + q % 4;
    for (std::size_t f = 0; f < rank; ++f) lane[f * 4] = queries[q].user[f];
  }
  return packed;
}

std::uint32_t allowed_lanes(const PackedItems& items, std::size_t block, const RowSet* allowed) {
  const auto first = block * kBlock;
  if (allowed != nullptr) return allowed->sixteen(first);
  const auto lanes = std::min(kBlock, items.size() - first);
  return (std::uint32_t{1} << lanes) - 1;
}

void offer_block(std::size_t block, const float* scores, std::uint32_t lanes,
                 const TopKQuery& query, BestRows& best) {
  if (best.full()) {
    lanes &= above(scores, best.threshold());
    if (lanes == 0) return;
  }
  while (lanes != 0) {
    const auto lane = static_cast<std::uint32_t>(std::bit_width(lanes)) - 1;
    lanes &= ~(std::uint32_t{1} << lane);
    const float score = scores[lane];
    if (std::isnan(score) || (best.full() && !(score > best.threshold()))) continue;
    const auto row = static_cast<std::int32_t>(block * kBlock + lane);
    if (std::ranges::binary_search(query.excluded, row)) continue;
    best.offer(row, score);
  }
}

}  // namespace

std::vector<std::vector<ScoredRow>> top_k(const PackedItems& items,
                                          std::span<const TopKQuery> queries,
                                          const RowSet* allowed) {
  std::vector<BestRows> best;
  best.reserve(queries.size());
  for (const auto& query : queries) best.emplace_back(std::min(query.k, items.size()));

  const auto rank = static_cast<std::size_t>(items.rank());
  const auto in_fours = queries.size() / 4 * 4;
  const auto fours = pack_fours(queries.first(in_fours), rank);
  float scores[4 * kBlock];
  for (auto block = items.blocks(); block-- > 0;) {
    const auto lanes = allowed_lanes(items, block, allowed);
    if (lanes == 0) continue;
    for (std::size_t first = 0; first < in_fours; first += 4) {
      score_four(fours.data() + first * rank, items.block(block), rank, scores);
      for (std::size_t u = 0; u < 4; ++u) {
        offer_block(block, scores + u * kBlock, lanes, queries[first + u], best[first + u]);
      }
    }
    for (auto q = in_fours; q < queries.size(); ++q) {
      score_one(queries[q].user.data(), items.block(block), rank, scores);
      offer_block(block, scores, lanes, queries[q], best[q]);
    }
  }

  std::vector<std::vector<ScoredRow>> lists;
  lists.reserve(queries.size());
  for (auto& rows : best) lists.push_back(std::move(rows).take());
  return lists;
}

}  // namespace punnet
