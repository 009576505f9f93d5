#include "bench/made_up_ratings.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "base/seeded_random.h"

namespace punnet {
namespace {

constexpr std::size_t kTastes = 64;
constexpr double kShareOfTaste = 0.5;
constexpr std::size_t kFewest = 5;     // items of a user
constexpr double kMostOfItems = 0.25;  // of all items, for one user

/// A place by popularity in [0, places), by the inverse of the distribution function of 1 / (x +
/// head).
std::size_t popular_place(SeededRandom& random, std::size_t places, double head) {
  const double n = static_cast<double>(places);
  const double x = head * std::pow((n + head) / head, random.uniform()) - head;
  return std::min(places - 1, static_cast<std::size_t>(std::max(0.0, x)));
}

std::size_t items_of_user(SeededRandom& random, const RatingsShape& shape) {
  const double mean = static_cast<double>(shape.entries) / static_cast<double>(shape.users);
  const double sigma = shape.spread_of_users;
  const double wanted = mean * std::exp(sigma * random.normal() - sigma * sigma / 2);
  const double most = kMostOfItems * static_cast<double>(shape.items);
  return std::max(kFewest, static_cast<std::size_t>(std::min(wanted, most)));
}

std::size_t draw_place(SeededRandom& random, const RatingsShape& shape, std::size_t taste) {
  if (random.uniform() >= kShareOfTaste)
    return popular_place(random, shape.items, shape.head_of_items);
  // Every kTastes-th item belongs to a taste, which thus has popular and rare ones.
  const auto of_taste = (shape.items - taste + kTastes - 1) / kTastes;
  return taste + kTastes * popular_place(random, of_taste, shape.head_of_items / kTastes + 1);
}

}  // namespace

RatingsShape ml_20m_shape() {
  return {.users = 136'677,
          .items = 20'108,
          .entries = 10'000'000,
          .spread_of_users = 1.0,
          .head_of_items = 50,
          .spread_of_values = 0};
}

RatingsShape lastfm_360k_shape() {
  return {.users = 358'868,
          .items = 292'385,
          .entries = 17'535'000,
          .spread_of_users = 0.2,
          .head_of_items = 25,
          .spread_of_values = 1.5};
}

RatingsFile made_up_ratings(const RatingsShape& shape, std::uint64_t seed) {
  SeededRandom random(seed);
  std::vector<std::int32_t> item_at_place(shape.items);
  std::iota(item_at_place.begin(), item_at_place.end(), 0);
  random.shuffle(item_at_place);

  RatingsFile ratings{.by_user = {}, .items = shape.items};
  auto& rows = ratings.by_user;
  std::vector<std::size_t> seen_by(shape.items, shape.users);
  for (std::size_t user = 0; user < shape.users; ++user) {
    const auto wanted = items_of_user(random, shape);
    const auto taste = random.below(kTastes);
    const auto begin = static_cast<std::ptrdiff_t>(rows.columns.size());
    for (std::size_t tries = 0, found = 0; found < wanted && tries < 20 * wanted; ++tries) {
      const auto item = item_at_place[draw_place(random, shape, taste)];
      auto& seen = seen_by[static_cast<std::size_t>(item)];
      if (seen == user) continue;
      seen = user;
      ++found;
      rows.columns.push_back(item);
    }
    std::sort(rows.columns.begin() + begin, rows.columns.end());
    rows.offsets.push_back(static_cast<std::int64_t>(rows.columns.size()));
  }
  rows.values.resize(rows.columns.size());
  for (auto& value : rows.values) {
    value = shape.spread_of_values == 0
                ? 1.0F
                : static_cast<float>(1 + shape.spread_of_values * std::fabs(random.normal()));
  }
  return ratings;
}

}  // namespace punnet
