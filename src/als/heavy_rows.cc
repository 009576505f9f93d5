#include "als/heavy_rows.h"

#include <algorithm>
#include <array>
#include <bit>

#include "base/parallel_for.h"

namespace punnet {
namespace {

constexpr std::size_t kRowsPerTask = 4096;
constexpr std::size_t kLanes = 16;  // a padded row is so many floats, or several times as many

// Exponents of squared lengths, as a float holds them: none of them tells more than a factor of
// two.
constexpr std::size_t kExponents = 256;
constexpr std::size_t kExponentOfZero = 0;
constexpr std::size_t kHeavier = 12;

std::uint8_t exponent_of_square(const float* row, std::size_t stride) {
  float sums[kLanes] = {};
  for (std::size_t j = 0; j < stride; j += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) sums[lane] += row[j + lane] * row[j + lane];
  }
  for (auto half = kLanes / 2; half > 0; half /= 2) {
    for (std::size_t lane = 0; lane < half; ++lane) sums[lane] += sums[lane + half];
  }
  return static_cast<std::uint8_t>(std::bit_cast<std::uint32_t>(sums[0]) >> 23);
}

// What a task saw.
struct Part {
  std::array<std::uint32_t, kExponents> rows{};  // by exponent
  std::size_t largest = 0;
};

std::size_t median_exponent(std::span<const Part> parts) {
  std::array<std::size_t, kExponents> rows{};
  std::size_t all = 0;
  for (const Part& part : parts) {
    for (auto e = kExponentOfZero + 1; e < kExponents; ++e) {
      rows[e] += part.rows[e];
      all += part.rows[e];
    }
  }
  std::size_t exponent = kExponentOfZero;
  for (std::size_t seen = 0; 2 * seen < all; seen += rows[exponent]) ++exponent;
  return exponent;
}

}  // namespace

HeavyRows::HeavyRows(const PaddedFactors& factors, int threads) {
  std::vector<std::uint8_t> exponents(factors.rows());
  std::vector<Part> parts((factors.rows() + kRowsPerTask - 1) / kRowsPerTask);
  const auto last_of = [&](std::size_t task) {
    return std::min(factors.rows(), (task + 1) * kRowsPerTask);
  };
  parallel_for(parts.size(), threads, [&](std::size_t task) {
    Part& part = parts[task];
    for (auto r = task * kRowsPerTask; r < last_of(task); ++r) {
      exponents[r] = exponent_of_square(factors.row(r), factors.stride());
      ++part.rows[exponents[r]];
      part.largest = std::max<std::size_t>(part.largest, exponents[r]);
    }
  });

  const auto least = std::min(median_exponent(parts) + kHeavier, kExponents - 1);
  for (std::size_t task = 0; task < parts.size(); ++task) {
    if (parts[task].largest < least) continue;
    for (auto r = task * kRowsPerTask; r < last_of(task); ++r) {
      if (exponents[r] >= least) rows_.push_back(r);
    }
  }
  if (rows_.empty()) return;
  bits_.resize((factors.rows() + kBits - 1) / kBits);
  for (const auto r : rows_) bits_[r / kBits] |= std::uint64_t{1} << (r % kBits);
}

bool HeavyRows::any_of(std::span<const std::int32_t> rows) const {
  if (empty()) return false;
  std::uint64_t found = 0;  // without a branch for each row
  for (const auto row : rows) found |= word(row) >> (row % kBits);
  return (found & 1) != 0;
}

}  // namespace punnet
