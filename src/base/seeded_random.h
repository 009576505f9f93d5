#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <random>
#include <utility>
#include <vector>

namespace punnet {

/// Random numbers that are the same on every machine for the same seed: the engine is fixed by the
/// C++ standard, and the distributions, which are not, are written out here. One thread.
class SeededRandom {
 public:
  explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}

  std::uint64_t bits() { return engine_(); }

  /// Uniform in [0, 1), a multiple of 2^-53.
  double uniform() { return static_cast<double>(engine_() >> 11) * 0x1.0p-53; }

  /// Uniform in [0, bound). Requires bound > 0.
  std::size_t below(std::size_t bound) {
    // The lowest values are refused so that what is left divides evenly.
    const std::uint64_t refused = (0 - std::uint64_t{bound}) % bound;
    std::uint64_t value = engine_();
    while (value < refused) value = engine_();
    return static_cast<std::size_t>(value % bound);
  }

  /// Standard normal.
  double normal() {
    const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
    return radius * std::cos(2.0 * std::numbers::pi * uniform());
  }

  template <typename T>
  void shuffle(std::vector<T>& values) {
    for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[below(i)]);
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace punnet
