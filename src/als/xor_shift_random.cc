#include "als/xor_shift_random.h"

#include <bit>
#include <cmath>
#include <utility>

namespace punnet {
namespace {

// Scala's MurmurHash3.bytesHash of the 8 big-endian bytes of `data`. It reads them as two
// little-endian words.
std::uint32_t murmur3(std::uint64_t data, std::uint32_t seed) {
  const auto words = __builtin_bswap64(data);
  std::uint32_t hash = seed;
  for (const auto word :
       {static_cast<std::uint32_t>(words), static_cast<std::uint32_t>(words >> 32)}) {
    std::uint32_t k = word * 0xCC9E2D51U;
    k = std::rotl(k, 15) * 0x1B873593U;
    hash = std::rotl(hash ^ k, 13) * 5 + 0xE6546B64U;
  }
  hash ^= 8;
  hash = (hash ^ (hash >> 16)) * 0x85EBCA6BU;
  hash = (hash ^ (hash >> 13)) * 0xC2B2AE35U;
  return hash ^ (hash >> 16);
}

}  // namespace

std::int64_t scrambled_seed(std::int64_t seed) {
  constexpr std::uint32_t kScalaArraySeed = 0x3C074A61;
  const auto low = murmur3(static_cast<std::uint64_t>(seed), kScalaArraySeed);
  const auto high = murmur3(static_cast<std::uint64_t>(seed), low);
  return static_cast<std::int64_t>(std::uint64_t{high} << 32 | low);
}

XorShiftRandom::XorShiftRandom(std::int64_t seed)
    : state_(static_cast<std::uint64_t>(scrambled_seed(seed))) {}

std::uint32_t XorShiftRandom::next(int bits) {
  state_ ^= state_ << 21;
  state_ ^= state_ >> 35;
  state_ ^= state_ << 4;
  return static_cast<std::uint32_t>(state_ & ((std::uint64_t{1} << bits) - 1));
}

std::int64_t XorShiftRandom::next_long() {
  // Java adds the lower half as a signed number.
  const auto high = std::uint64_t{next(32)} << 32;
  const auto low = static_cast<std::int64_t>(static_cast<std::int32_t>(next(32)));
  return static_cast<std::int64_t>(high + static_cast<std::uint64_t>(low));
}

double XorShiftRandom::next_double() {
  const auto high = std::uint64_t{next(26)} << 27;
  return static_cast<double>(high + next(27)) * 0x1.0p-53;
}

double XorShiftRandom::next_gaussian() {
  if (second_gaussian_) return *std::exchange(second_gaussian_, std::nullopt);
  while (true) {
    const double u = 2 * next_double() - 1;
    const double v = 2 * next_double() - 1;
    const double s = u * u + v * v;
    if (s >= 1 || s == 0) continue;
    const double scale = std::sqrt(-2 * std::log(s) / s);
    second_gaussian_ = v * scale;
    return u * scale;
  }
}

}  // namespace punnet
