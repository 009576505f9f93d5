#include "ports/read_shares.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

namespace punnet {

std::vector<std::int64_t> read_shares(std::span<const std::int64_t> held, std::int64_t limit) {
  std::vector<std::int64_t> shares(held.begin(), held.end());
  const auto total = std::accumulate(held.begin(), held.end(), std::int64_t{0});
  if (total <= limit) return shares;

  std::vector<std::size_t> fullest_first(held.size());
  std::iota(fullest_first.begin(), fullest_first.end(), std::size_t{0});
  std::ranges::stable_sort(fullest_first, [&](auto a, auto b) { return held[a] > held[b]; });

  auto left = std::max<std::int64_t>(limit, 0);
  for (const auto i : fullest_first) {
    const double exact =
        static_cast<double>(limit) * static_cast<double>(held[i]) / static_cast<double>(total);
    const auto rounded =
        static_cast<std::int64_t>(exact < 1 ? std::ceil(exact) : std::floor(exact));
    shares[i] = std::min({rounded, held[i], left});
    left -= shares[i];
  }
  return shares;
}

}  // namespace punnet
