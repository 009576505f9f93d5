#include "ranking/top_k.h"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <iterator>

#include "base/parallel_for.h"
#include "ranking/best_lists.h"
#include "ranking/packed_users.h"

namespace punnet {
namespace {

using Lists = std::vector<std::vector<ScoredRow>>;

/// So many users fit the second cache beside the block of items that they share.
constexpr std::size_t kUsersPerTask = 128;

/// Multiply-adds that outweigh the start of a thread, which takes some thirty microseconds.
constexpr double kWorkPerThread = 8e6;

std::size_t useful_threads(const PackedItems& items, std::size_t users, int threads) {
  const auto work = static_cast<double>(users) * static_cast<double>(items.size()) * items.rank();
  const auto most = static_cast<double>(std::max(threads, 1));
  return static_cast<std::size_t>(std::min(most, 1 + work / kWorkPerThread));
}

Lists scan_by_users(const PackedItems& items, std::span<const TopKQuery> queries,
                    const RowSet* allowed, std::size_t threads) {
  const auto users = queries.size();
  const auto tasks = std::max(threads, (users + kUsersPerTask - 1) / kUsersPerTask);
  Lists lists(users);
  parallel_for(tasks, static_cast<int>(threads), [&](std::size_t task) {
    const auto first = users * task / tasks;
    const auto last = users * (task + 1) / tasks;
    BestLists best(items, queries.subspan(first, last - first), allowed);
    best.scan_panels(0, 1);
    std::ranges::move(best.take(), lists.begin() + static_cast<std::ptrdiff_t>(first));
  });
  return lists;
}

Lists scan_by_items(const PackedItems& items, std::span<const TopKQuery> queries,
                    const RowSet* allowed, std::size_t threads) {
  std::deque<BestLists> best;
  for (std::size_t n = 0; n < threads; ++n) best.emplace_back(items, queries, allowed);
  parallel_for(threads, static_cast<int>(threads),
               [&](std::size_t n) { best[n].scan_panels(n, threads); });
  for (std::size_t n = 1; n < threads; ++n) best[0].merge(best[n]);
  return best[0].take();
}

}  // namespace

Lists top_k(const PackedItems& items, std::span<const TopKQuery> queries, const RowSet* allowed,
            int threads) {
  const auto useful = useful_threads(items, queries.size(), threads);
  const auto groups = (queries.size() + PackedUsers::kMost - 1) / PackedUsers::kMost;
  return groups < useful ? scan_by_items(items, queries, allowed, useful)
                         : scan_by_users(items, queries, allowed, useful);
}

}  // namespace punnet
