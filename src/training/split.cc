#include "training/split.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>
#include <utility>

#include "base/seeded_random.h"

namespace punnet {
namespace {

Split split_at_random(std::vector<Purchase> purchases, const SplitConfig& config) {
  SeededRandom random(config.seed);
  Split split;
  for (auto& purchase : purchases) {
    auto& part = random.uniform() < config.fraction ? split.train : split.test;
    part.push_back(std::move(purchase));
  }
  if (config.shuffle_test) random.shuffle(split.test);
  return split;
}

Result<Split> split_by_time(std::vector<Purchase> purchases, double fraction) {
  const auto timeless = std::find_if(purchases.begin(), purchases.end(),
                                     [](const Purchase& p) { return !p.time.has_value(); });
  if (timeless != purchases.end()) {
    return Error{ErrorCode::kInvalid, "split by time: row " +
                                          std::to_string(timeless - purchases.begin() + 1) +
                                          " has no time; map it with --time-column in prepare, or "
                                          "split at random"};
  }
  std::stable_sort(purchases.begin(), purchases.end(),
                   [](const Purchase& a, const Purchase& b) { return *a.time < *b.time; });
  const auto cut = purchases.begin() +
                   static_cast<std::ptrdiff_t>(fraction * static_cast<double>(purchases.size()));
  Split split;
  split.test.assign(std::move_iterator(cut), std::move_iterator(purchases.end()));
  purchases.erase(cut, purchases.end());
  split.train = std::move(purchases);
  return split;
}

}  // namespace

Result<Split> split_purchases(std::vector<Purchase> purchases, const SplitConfig& config) {
  if (!(config.fraction > 0 && config.fraction < 1)) {
    return Error{ErrorCode::kInvalid, "split: --fraction must lie between 0 and 1, and is " +
                                          std::to_string(config.fraction)};
  }
  if (config.mode == SplitMode::kTime) {
    return split_by_time(std::move(purchases), config.fraction);
  }
  return split_at_random(std::move(purchases), config);
}

}  // namespace punnet
