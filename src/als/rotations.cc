#include "als/rotations.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace punnet {
namespace {

constexpr int kMostSweeps = 50;  // for one value; two are usual

}  // namespace

std::optional<Rotations> diagonalize(std::vector<double>& diagonal, std::vector<double>& beside) {
  auto& d = diagonal;
  auto& e = beside;
  const auto size = d.size();
  Rotations rotations;
  if (size == 0) return rotations;
  e[size - 1] = 0;
  double largest = 0;
  for (std::size_t i = 0; i < size; ++i) {
    largest = std::max(largest, std::fabs(d[i]) + std::fabs(e[i]));
  }
  const double negligible = std::numeric_limits<double>::epsilon() * largest;

  for (std::size_t low = 0; low < size; ++low) {
    for (int sweep = 0;; ++sweep) {
      auto high = low;
      while (high + 1 < size && std::fabs(e[high]) > negligible) ++high;
      if (high == low) break;
      if (sweep == kMostSweeps) return std::nullopt;

      // Wilkinson's shift, of the two by two block at `low`.
      const double ratio = (d[low + 1] - d[low]) / (2 * e[low]);
      const double root = std::copysign(std::sqrt(ratio * ratio + 1), ratio);
      double g = d[high] - d[low] + e[low] / (ratio + root);
      double sine = 1;
      double cosine = 1;
      double shift = 0;
      Rotations::Chain chain{.first = rotations.turns.size(), .count = 0, .from = high};
      for (auto i = high; i-- > low;) {
        const double f = sine * e[i];
        const double b = cosine * e[i];
        const double length = std::sqrt(f * f + g * g);
        e[i + 1] = length;
        if (length == 0) {  // it falls apart here
          d[i + 1] -= shift;
          break;
        }
        sine = f / length;
        cosine = g / length;
        g = d[i + 1] - shift;
        const double turned = (d[i] - g) * sine + 2 * cosine * b;
        shift = sine * turned;
        d[i + 1] = g + shift;
        g = cosine * turned - b;
        rotations.turns.push_back({.cosine = cosine, .sine = sine});
        ++chain.count;
      }
      if (chain.count == high - low) {
        d[low] -= shift;
        e[low] = g;
      }
      e[high] = 0;
      if (chain.count > 0) rotations.chains.push_back(chain);
    }
  }
  return rotations;
}

}  // namespace punnet
