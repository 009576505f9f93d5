#include "ranking/lists_ahead.h"

#include <algorithm>
#include <cstdio>

#include "ranking/top_k.h"

namespace punnet {
namespace {

/// Enough to be scanned as a batch is, and soon done.
constexpr std::size_t kTriedUsers = 128;

/// Users whose lists are in memory twice, for a moment.
constexpr std::size_t kUsersAtOnce = 4096;

std::chrono::microseconds scaled(std::chrono::microseconds time, std::size_t to, std::size_t from) {
  const auto factor = static_cast<double>(to) / static_cast<double>(from);
  return std::chrono::round<std::chrono::microseconds>(time * factor);
}

double milliseconds_of(std::chrono::microseconds time) {
  return static_cast<double>(time.count()) / 1e3;
}

double megabytes_of(std::size_t bytes) { return static_cast<double>(bytes) / 1e6; }

}  // namespace

std::string to_text(const ListsAheadPlan& plan) {
  char text[320];
  if (plan.tried_users == 0) {
    std::snprintf(
        text, sizeof text,
        "%zu lists of %zu would take %.1f MB, of %.1f allowed: each is made when asked for",
        plan.users, plan.length, megabytes_of(plan.bytes), megabytes_of(plan.limit_bytes));
  } else {
    std::snprintf(text, sizeof text,
                  "%zu lists of %zu out of %zu items at rank %d %s: the first %zu took %.2f ms, so "
                  "all take %.1f ms, of %.1f allowed, and %.1f MB, of %.1f allowed",
                  plan.users, plan.length, plan.items, plan.rank,
                  plan.ahead ? "are made ahead" : "are made when asked for", plan.tried_users,
                  milliseconds_of(plan.tried), milliseconds_of(plan.expected),
                  milliseconds_of(plan.patience), megabytes_of(plan.bytes),
                  megabytes_of(plan.limit_bytes));
  }
  return text;
}

ListsAhead::ListsAhead(const PackedItems& items, const FactorMatrix& users,
                       const ListsAheadConfig& config, const Clock& clock, ListsAheadPlan& plan)
    : items_(items.size()), length_(std::min(config.length, items.size())) {
  plan = {.users = users.rows(),
          .items = items.size(),
          .rank = items.rank(),
          .length = length_,
          .bytes = users.rows() * length_ * sizeof(ScoredRow),
          .limit_bytes = config.limit_bytes,
          .patience = config.patience};
  if (plan.users == 0 || length_ == 0 || plan.bytes > plan.limit_bytes) return;

  plan.tried_users = std::min(kTriedUsers, plan.users);
  sizes_.resize(plan.users);
  rows_.resize(plan.users * length_);
  const auto started = clock.now();
  make(items, users, 0, plan.tried_users, config.threads);
  plan.tried = clock.now() - started;
  plan.expected = scaled(plan.tried, plan.users, plan.tried_users);
  plan.ahead = plan.expected <= plan.patience;
  if (!plan.ahead) {
    *this = {};
    return;
  }
  for (auto first = plan.tried_users; first < plan.users; first += kUsersAtOnce) {
    make(items, users, first, std::min(first + kUsersAtOnce, plan.users), config.threads);
  }
}

void ListsAhead::make(const PackedItems& items, const FactorMatrix& users, std::size_t first,
                      std::size_t last, int threads) {
  std::vector<TopKQuery> queries;
  queries.reserve(last - first);
  for (auto u = first; u < last; ++u) {
    queries.push_back({.user = users.row(u), .k = length_, .excluded = {}});
  }
  const auto lists = top_k(items, queries, nullptr, threads);
  for (std::size_t q = 0; q < lists.size(); ++q) {
    const auto user = first + q;
    sizes_[user] = static_cast<std::uint32_t>(lists[q].size());
    std::ranges::copy(lists[q], rows_.begin() + static_cast<std::ptrdiff_t>(user * length_));
  }
}

}  // namespace punnet
