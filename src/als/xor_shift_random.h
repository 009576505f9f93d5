#pragma once

#include <cstdint>
#include <optional>

namespace punnet {

/// Spark's XORShiftRandom, of Spark 3 and later, draw for draw: the seed scrambled by MurmurHash3
/// over its 8 bytes, then java.util.Random's methods over a xorshift generator. One thread.
class XorShiftRandom {
 public:
  explicit XorShiftRandom(std::int64_t seed);

  std::int64_t next_long();

  /// Uniform in [0, 1).
  double next_double();

  /// Standard normal, by the polar method, which yields two at a time.
  double next_gaussian();

 private:
  std::uint32_t next(int bits);

  std::uint64_t state_;
  std::optional<double> second_gaussian_;
};

/// What XorShiftRandom makes of its seed before the first draw.
std::int64_t scrambled_seed(std::int64_t seed);

}  // namespace punnet
