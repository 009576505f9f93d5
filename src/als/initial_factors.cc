#include "als/initial_factors.h"

#include <array>
#include <cmath>
#include <vector>

#include "als/xor_shift_random.h"

namespace punnet {
namespace {

// SplitMix64: a stream of its own for each (seed, row), with nothing to warm up.
class RowRandom {
 public:
  RowRandom(std::int64_t seed, std::size_t row)
      : state_(mix(mix(static_cast<std::uint64_t>(seed)) ^ static_cast<std::uint64_t>(row))) {}

  // Marsaglia's polar method; its second value is thrown away.
  double gaussian() {
    while (true) {
      const double u = symmetric();
      const double v = symmetric();
      const double s = u * u + v * v;
      if (s > 0 && s < 1) return u * std::sqrt(-2 * std::log(s) / s);
    }
  }

 private:
  static std::uint64_t mix(std::uint64_t z) {
    z += 0x9E3779B97F4A7C15ULL;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
  }

  // Uniform in [-1, 1).
  double symmetric() {
    state_ += 0x9E3779B97F4A7C15ULL;
    return static_cast<double>(mix(state_) >> 11) * 0x1.0p-52 - 1;
  }

  std::uint64_t state_;
};

// Scala's byteswap64, which mixes more than its name says.
std::int64_t scala_byteswap64(std::int64_t x) {
  constexpr std::uint64_t kFactor = 0x9E3775CD9E3775CDULL;
  const auto swapped = __builtin_bswap64(static_cast<std::uint64_t>(x) * kFactor);
  return static_cast<std::int64_t>(swapped * kFactor);
}

float native_length(std::span<const float> row) {
  double squares = 0;
  for (const float x : row) squares += static_cast<double>(x) * static_cast<double>(x);
  return static_cast<float>(std::sqrt(squares));
}

float java_length(std::span<const float> row) {
  constexpr std::size_t kSums = 4;
  const auto whole = row.size() / kSums * kSums;
  std::array<float, kSums> sums{};
  for (std::size_t i = 0; i < whole; ++i)
    sums[i % kSums] = std::fma(row[i], row[i], sums[i % kSums]);
  float squares = ((sums[0] + sums[1]) + sums[2]) + sums[3];
  for (const float x : row.subspan(whole)) squares = std::fma(x, x, squares);
  return std::sqrt(squares);
}

// Rounded where Spark rounds: the numbers, their length and its reciprocal are floats.
void draw_row(XorShiftRandom& random, SparkBlas blas, std::span<float> row) {
  for (float& x : row) x = static_cast<float>(random.next_gaussian());
  const float scale = 1.0F / (blas == SparkBlas::kJava ? java_length(row) : native_length(row));
  for (float& x : row) x *= scale;
}

}  // namespace

FactorMatrix initial_factors(std::size_t rows, int rank, std::int64_t seed) {
  FactorMatrix factors(rows, rank);
  std::vector<double> gaussians(static_cast<std::size_t>(rank));
  for (std::size_t r = 0; r < rows; ++r) {
    RowRandom random(seed, r);
    double norm = 0;
    for (auto& g : gaussians) {
      g = random.gaussian();
      norm += g * g;
    }
    norm = std::sqrt(norm);
    const auto row = factors.row(r);
    for (std::size_t i = 0; i < row.size(); ++i) row[i] = static_cast<float>(gaussians[i] / norm);
  }
  return factors;
}

FactorMatrix spark_initial_factors(std::span<const UserId> users, int rank, std::int64_t seed,
                                   int blocks, SparkBlas blas) {
  const std::int64_t users_seed = XorShiftRandom(seed).next_long();
  std::vector<XorShiftRandom> by_block;
  for (std::int64_t b = 0; b < blocks; ++b) by_block.emplace_back(scala_byteswap64(users_seed ^ b));

  FactorMatrix factors(users.size(), rank);
  for (std::size_t n = 0; n < users.size(); ++n) {
    const auto residue = users[n].value % blocks;
    const auto block = static_cast<std::size_t>(residue < 0 ? residue + blocks : residue);
    draw_row(by_block[block], blas, factors.row(n));
  }
  return factors;
}

}  // namespace punnet
