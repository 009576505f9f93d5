#include "ranking/score_tile.h"

#include "base/target_clones.h"

namespace punnet {
namespace {

constexpr std::size_t kBlock = PackedItems::kBlock;

}  // namespace

// Four factors a pass, so that the sums travel to memory and back only once for them.
PUNNET_TARGET_CLONES
void score_one(const float* __restrict user, const float* __restrict block, std::size_t rank,
               float* __restrict scores) {
  for (std::size_t n = 0; n < kBlock; ++n) scores[n] = 0;
  std::size_t f = 0;
  for (; f + 4 <= rank; f += 4) {
    const float* i0 = block + f * kBlock;
    const float* i1 = i0 + kBlock;
    const float* i2 = i1 + kBlock;
    const float* i3 = i2 + kBlock;
    const float u0 = user[f], u1 = user[f + 1], u2 = user[f + 2], u3 = user[f + 3];
#pragma GCC ivdep
    for (std::size_t n = 0; n < kBlock; ++n) {
      scores[n] = (((scores[n] + u0 * i0[n]) + u1 * i1[n]) + u2 * i2[n]) + u3 * i3[n];
    }
  }
  for (; f < rank; ++f) {
    const float* items = block + f * kBlock;
#pragma GCC ivdep
    for (std::size_t n = 0; n < kBlock; ++n) scores[n] += user[f] * items[n];
  }
}

// The same for four users: their sums hide each other's latency.
PUNNET_TARGET_CLONES
void score_four(const float* __restrict users, const float* __restrict block, std::size_t rank,
                float* __restrict scores) {
  float* __restrict s0 = scores;
  float* __restrict s1 = scores + kBlock;
  float* __restrict s2 = scores + 2 * kBlock;
  float* __restrict s3 = scores + 3 * kBlock;
  for (std::size_t n = 0; n < 4 * kBlock; ++n) scores[n] = 0;
  std::size_t f = 0;
  for (; f + 2 <= rank; f += 2) {
    const float* i0 = block + f * kBlock;
    const float* i1 = i0 + kBlock;
    const float* u = users + f * 4;
    const float u0 = u[0], u1 = u[1], u2 = u[2], u3 = u[3];
    const float v0 = u[4], v1 = u[5], v2 = u[6], v3 = u[7];
#pragma GCC ivdep
    for (std::size_t n = 0; n < kBlock; ++n) {
      s0[n] = (s0[n] + u0 * i0[n]) + v0 * i1[n];
      s1[n] = (s1[n] + u1 * i0[n]) + v1 * i1[n];
      s2[n] = (s2[n] + u2 * i0[n]) + v2 * i1[n];
      s3[n] = (s3[n] + u3 * i0[n]) + v3 * i1[n];
    }
  }
  if (f < rank) {
    const float* items = block + f * kBlock;
    const float* u = users + f * 4;
    const float u0 = u[0], u1 = u[1], u2 = u[2], u3 = u[3];
#pragma GCC ivdep
    for (std::size_t n = 0; n < kBlock; ++n) {
      s0[n] += u0 * items[n];
      s1[n] += u1 * items[n];
      s2[n] += u2 * items[n];
      s3[n] += u3 * items[n];
    }
  }
}

PUNNET_TARGET_CLONES
unsigned above(const float* scores, float threshold) {
  unsigned mask = 0;
  for (unsigned n = 0; n < kBlock; ++n) mask |= static_cast<unsigned>(scores[n] > threshold) << n;
  return mask;
}

}  // namespace punnet
