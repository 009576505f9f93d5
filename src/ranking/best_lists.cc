#include "ranking/best_lists.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "ranking/norm.h"

namespace punnet {
namespace {

/// What no score of the two can exceed, however its sum was rounded. Infinite when the sum may
/// overflow, for then scores tie that differ.
double largest_score(double user_norm, double item_norm, int rank) {
  const double rounding = 1 + (rank + 8) * 0x1p-23;
  const double underflow = rank * 0x1p-148;
  const double score = user_norm * item_norm * rounding + underflow;
  return score < std::numeric_limits<float>::max() ? score
                                                   : std::numeric_limits<double>::infinity();
}

}  // namespace

BestLists::BestLists(const PackedItems& items, std::span<const TopKQuery> queries,
                     const RowSet* allowed)
    : items_(items), queries_(queries), allowed_(allowed) {
  norms_.reserve(queries.size());
  best_.reserve(queries.size());
  for (const auto& query : queries) {
    if (query.k > 0) unfinished_.push_back(best_.size());
    norms_.push_back(norm_of(query.user));
    best_.emplace_back(std::min(query.k, items.size()));
  }
  pack_unfinished();
}

void BestLists::scan_panels(std::size_t first, std::size_t stride) {
  const auto blocks = items_.blocks();
  for (auto block = first * kPanel; block < blocks; block += stride * kPanel) {
    drop_finished(items_.largest_norm(block));
    if (unfinished_.empty()) return;
    scan(items_, block, std::min(block + kPanel, blocks), users_, thresholds_.data(), *this);
  }
}

void BestLists::merge(const BestLists& other) {
  for (std::size_t q = 0; q < best_.size(); ++q) best_[q].offer_all(other.best_[q]);
}

std::vector<std::vector<ScoredRow>> BestLists::take() {
  std::vector<std::vector<ScoredRow>> lists;
  lists.reserve(best_.size());
  for (auto& best : best_) lists.push_back(best.take());
  return lists;
}

void BestLists::hit(std::size_t place, std::size_t user, const float* scores, std::uint32_t lanes) {
  const auto& excluded = queries_[query_of_user_[user]].excluded;
  auto& best = best_[query_of_user_[user]];
  for (; lanes != 0; lanes &= lanes - 1) {
    const auto lane = static_cast<std::size_t>(std::countr_zero(lanes));
    if (place + lane >= items_.size()) break;
    const float score = scores[lane];
    if (std::isnan(score) || score < best.threshold()) continue;
    const auto row = items_.row_of(place + lane);
    if (allowed_ != nullptr && !allowed_->contains(static_cast<std::size_t>(row))) continue;
    if (std::ranges::binary_search(excluded, row)) continue;
    best.offer(row, score);
  }
  thresholds_[user] = best.threshold();
}

void BestLists::drop_finished(double largest_norm) {
  std::erase_if(unfinished_, [&](std::size_t q) {
    return largest_score(norms_[q], largest_norm, items_.rank()) < best_[q].threshold();
  });
  // Packing anew costs about what a block does, so it waits until it saves something.
  if (unfinished_.size() * 8 <= users_.size() * 7) pack_unfinished();
}

void BestLists::pack_unfinished() {
  query_of_user_ = unfinished_;
  thresholds_.clear();
  std::vector<std::span<const float>> users;
  for (const auto q : unfinished_) {
    users.push_back(queries_[q].user);
    thresholds_.push_back(best_[q].threshold());
  }
  users_ = PackedUsers(users, static_cast<std::size_t>(items_.rank()));
}

}  // namespace punnet
