#include "als/heavy_rows.h"

#include <algorithm>
#include <array>
#include <bit>
#include <numeric>

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
// So many rows are enough for a median.
constexpr std::size_t kRowsOfMedian = 4096;

constexpr std::size_t kBits = 64;  // of a word

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

std::size_t median_exponent(std::span<const std::uint8_t> exponents) {
  std::array<std::size_t, kExponents> rows{};
  const auto step = std::max<std::size_t>(1, exponents.size() / kRowsOfMedian);
  for (std::size_t r = 0; r < exponents.size(); r += step) ++rows[exponents[r]];
  const auto all = std::accumulate(rows.begin() + kExponentOfZero + 1, rows.end(), std::size_t{0});
  std::size_t exponent = kExponentOfZero;
  for (std::size_t seen = 0; 2 * seen < all; seen += rows[exponent]) ++exponent;
  return exponent;
}

}  // namespace

HeavyRows::HeavyRows(const PaddedFactors& factors, int threads) {
  std::vector<std::uint8_t> exponents(factors.rows());
  const auto tasks = (factors.rows() + kRowsPerTask - 1) / kRowsPerTask;
  std::vector<std::uint8_t> largest(tasks);
  const auto last_of = [&](std::size_t task) {
    return std::min(factors.rows(), (task + 1) * kRowsPerTask);
  };
  parallel_for(tasks, threads, [&](std::size_t task) {
    for (auto r = task * kRowsPerTask; r < last_of(task); ++r) {
      exponents[r] = exponent_of_square(factors.row(r), factors.stride());
      largest[task] = std::max(largest[task], exponents[r]);
    }
  });

  const auto least = std::min(median_exponent(exponents) + kHeavier, kExponents - 1);
  for (std::size_t task = 0; task < tasks; ++task) {
    if (largest[task] < least) continue;
    for (auto r = task * kRowsPerTask; r < last_of(task); ++r) {
      if (exponents[r] >= least) rows_.push_back(r);
    }
  }
  if (rows_.empty()) return;
  bits_.resize((factors.rows() + kBits - 1) / kBits);
  for (const auto r : rows_) bits_[r / kBits] |= std::uint64_t{1} << (r % kBits);
}

void HeavyRows::find(std::span<const std::int32_t> rows, std::vector<std::size_t>& places) const {
  places.clear();
  if (empty()) return;
  const auto shifted = [&](std::size_t n) {
    const auto row = static_cast<std::size_t>(static_cast<std::uint32_t>(rows[n]));
    return bits_[row / kBits] >> (row % kBits);
  };
  for (std::size_t first = 0; first < rows.size(); first += kBits) {
    const auto end = std::min(rows.size(), first + kBits);
    std::uint64_t any = 0;  // most have none: no branch for each
    for (auto n = first; n < end; ++n) any |= shifted(n);
    if ((any & 1) == 0) continue;
    for (auto n = first; n < end; ++n) {
      if ((shifted(n) & 1) != 0) places.push_back(n);
    }
  }
}

}  // namespace punnet
