// Products of a few rows with a matrix. Included once per target by files that use
// hwy/foreach_target.h.

#if defined(PUNNET_ALS_TILE_PRODUCT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PUNNET_ALS_TILE_PRODUCT_INL_H_
#undef PUNNET_ALS_TILE_PRODUCT_INL_H_
#else
#define PUNNET_ALS_TILE_PRODUCT_INL_H_
#endif

#include <cstddef>

#include "als/gram_tiles_inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace punnet {
namespace HWY_NAMESPACE {

// Columns of kTileRows rows of V G, kVectors vectors from j on; G is `rank` rows, V's and OUT's
// rows are `stride` apart too.
template <std::size_t kVectors>
HWY_INLINE void multiply_tile(const float* HWY_RESTRICT V, const float* HWY_RESTRICT G,
                              std::size_t rank, std::size_t stride, std::size_t j,
                              float* HWY_RESTRICT out) {
  const Lanes d;
  Vector sums[kTileRows][kVectors];
#pragma GCC unroll 8
  for (std::size_t r = 0; r < kTileRows; ++r) {
#pragma GCC unroll 4
    for (std::size_t v = 0; v < kVectors; ++v) sums[r][v] = hn::Zero(d);
  }
  const float* row = G + j;
  for (std::size_t i = 0; i < rank; ++i) {
    Vector columns[kVectors];
#pragma GCC unroll 4
    for (std::size_t v = 0; v < kVectors; ++v) columns[v] = hn::Load(d, row + v * kLaneCount);
#pragma GCC unroll 8
    for (std::size_t r = 0; r < kTileRows; ++r) {
      const auto x = hn::Set(d, V[r * stride + i]);
#pragma GCC unroll 4
      for (std::size_t v = 0; v < kVectors; ++v) {
        sums[r][v] = hn::MulAdd(x, columns[v], sums[r][v]);
      }
    }
    row += stride;
  }
#pragma GCC unroll 8
  for (std::size_t r = 0; r < kTileRows; ++r) {
#pragma GCC unroll 4
    for (std::size_t v = 0; v < kVectors; ++v) {
      hn::Store(sums[r][v], d, out + r * stride + j + v * kLaneCount);
    }
  }
}

// out = V G for kTileRows rows at once, so that G is read once for all of them.
HWY_INLINE void multiply(const float* HWY_RESTRICT V, const float* HWY_RESTRICT G, std::size_t rank,
                         std::size_t stride, float* HWY_RESTRICT out) {
  std::size_t j = 0;
  std::size_t left = stride / kLaneCount;
  for (; left >= kTileVectors && !(kTileVectors == 3 && left == 4); left -= kTileVectors) {
    multiply_tile<kTileVectors>(V, G, rank, stride, j, out);
    j += kTileVectors * kLaneCount;
  }
  for (; left >= 2; left -= 2) {
    multiply_tile<2>(V, G, rank, stride, j, out);
    j += 2 * kLaneCount;
  }
  if (left == 1) multiply_tile<1>(V, G, rank, stride, j, out);
}

}  // namespace HWY_NAMESPACE
}  // namespace punnet
HWY_AFTER_NAMESPACE();

#endif  // PUNNET_ALS_TILE_PRODUCT_INL_H_
