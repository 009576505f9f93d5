// Register tiles of sums of outer products. Included once per target by files that use
// hwy/foreach_target.h.

#if defined(PUNNET_ALS_GRAM_TILES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PUNNET_ALS_GRAM_TILES_INL_H_
#undef PUNNET_ALS_GRAM_TILES_INL_H_
#else
#define PUNNET_ALS_GRAM_TILES_INL_H_
#endif

#include <algorithm>
#include <cstddef>

#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace punnet {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// The width of a vector, at most one cache line, which rows are padded to.
using Lanes = hn::CappedTag<float, 16>;
using Vector = hn::Vec<Lanes>;
inline constexpr std::size_t kLaneCount = HWY_MIN(HWY_LANES(float), 16);

// Tiles fill the registers: 32 of them with AVX-512, 16 before.
#if HWY_TARGET <= HWY_AVX3
inline constexpr std::size_t kTileRows = 8;
#else
inline constexpr std::size_t kTileRows = 4;
#endif
inline constexpr std::size_t kTileVectors = HWY_TARGET <= HWY_AVX2 ? 3 : 2;

enum class TileUpdate { kSet, kAdd, kSubtract };

// C_ij = F_ij + (or -) sum_n P_ni P_nj, with kSet without F, for kRows rows from i and kVectors
// vectors of columns from j.
template <TileUpdate kUpdate, std::size_t kRows, std::size_t kVectors>
HWY_INLINE void update_tile(const float* P, std::size_t count, std::size_t stride, std::size_t i,
                            std::size_t j, const float* F, float* C) {
  const Lanes d;
  Vector sums[kRows][kVectors];
#pragma GCC unroll 16
  for (std::size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 4
    for (std::size_t v = 0; v < kVectors; ++v) sums[r][v] = hn::Zero(d);
  }
  const float* left = P + i;
  const float* right = P + j;
  for (std::size_t n = 0; n < count; ++n) {
    Vector columns[kVectors];
#pragma GCC unroll 4
    for (std::size_t v = 0; v < kVectors; ++v) columns[v] = hn::Load(d, right + v * kLaneCount);
#pragma GCC unroll 16
    for (std::size_t r = 0; r < kRows; ++r) {
      const auto x = hn::Set(d, left[r]);
#pragma GCC unroll 4
      for (std::size_t v = 0; v < kVectors; ++v) {
        sums[r][v] = hn::MulAdd(x, columns[v], sums[r][v]);
      }
    }
    left += stride;
    right += stride;
  }
  const std::size_t corner = i * stride + j;
#pragma GCC unroll 16
  for (std::size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 4
    for (std::size_t v = 0; v < kVectors; ++v) {
      const std::size_t at = corner + r * stride + v * kLaneCount;
      auto sum = sums[r][v];
      if constexpr (kUpdate == TileUpdate::kAdd) sum = hn::Add(hn::Load(d, F + at), sum);
      if constexpr (kUpdate == TileUpdate::kSubtract) sum = hn::Sub(hn::Load(d, F + at), sum);
      hn::Store(sum, d, C + at);
    }
  }
}

// kRows rows from i, all columns from the vector that holds the diagonal to the end.
template <TileUpdate kUpdate, std::size_t kRows>
HWY_INLINE void update_rows(const float* P, std::size_t count, std::size_t stride, std::size_t i,
                            const float* F, float* C) {
  std::size_t j = i / kLaneCount * kLaneCount;
  std::size_t left = (stride - j) / kLaneCount;
  // Four are better cut in two and two than in three and one.
  for (; left >= kTileVectors && !(kTileVectors == 3 && left == 4); left -= kTileVectors) {
    update_tile<kUpdate, kRows, kTileVectors>(P, count, stride, i, j, F, C);
    j += kTileVectors * kLaneCount;
  }
  for (; left >= 2; left -= 2) {
    update_tile<kUpdate, kRows, 2>(P, count, stride, i, j, F, C);
    j += 2 * kLaneCount;
  }
  if (left == 1) update_tile<kUpdate, kRows, 1>(P, count, stride, i, j, F, C);
}

template <TileUpdate kUpdate>
HWY_INLINE void update_triangle(const float* P, std::size_t count, std::size_t stride,
                                std::size_t rank, const float* F, float* C) {
  if (stride == kLaneCount) {  // a single vector: all rows at once
    if (rank <= 4) return update_tile<kUpdate, 4, 1>(P, count, stride, 0, 0, F, C);
    if (rank <= 8) return update_tile<kUpdate, 8, 1>(P, count, stride, 0, 0, F, C);
    if (rank <= 12) return update_tile<kUpdate, 12, 1>(P, count, stride, 0, 0, F, C);
    return update_tile<kUpdate, 16, 1>(P, count, stride, 0, 0, F, C);
  }
  std::size_t i = 0;
  for (; i + kTileRows / 2 < rank; i += kTileRows) {
    update_rows<kUpdate, kTileRows>(P, count, stride, i, F, C);
  }
  if (i < rank) update_rows<kUpdate, kTileRows / 2>(P, count, stride, i, F, C);
}

// C_ij = F_ij + sum_n P_ni P_nj over the upper triangle of `rank` rows; without F, it is all zeros.
// P has `count` rows; its rows and those of F and C, which may be the same, are `stride` apart, a
// multiple of 16, and begin on cache lines. Some elements below the diagonal are written too.
HWY_INLINE void add_products(const float* P, std::size_t count, std::size_t stride,
                             std::size_t rank, const float* F, float* C) {
  if (F == nullptr) {
    update_triangle<TileUpdate::kSet>(P, count, stride, rank, F, C);
  } else {
    update_triangle<TileUpdate::kAdd>(P, count, stride, rank, F, C);
  }
}

// b += sum_n target_n P_n
HWY_INLINE void add_targets(const float* HWY_RESTRICT P, std::size_t count, std::size_t stride,
                            const float* HWY_RESTRICT targets, float* HWY_RESTRICT b) {
  const Lanes d;
  std::size_t j = 0;
  for (; j + 4 * kLaneCount <= stride; j += 4 * kLaneCount) {
    Vector sums[4] = {hn::Zero(d), hn::Zero(d), hn::Zero(d), hn::Zero(d)};
    for (std::size_t n = 0; n < count; ++n) {
      const auto target = hn::Set(d, targets[n]);
      const float* row = P + n * stride + j;
#pragma GCC unroll 4
      for (std::size_t v = 0; v < 4; ++v) {
        sums[v] = hn::MulAdd(target, hn::Load(d, row + v * kLaneCount), sums[v]);
      }
    }
#pragma GCC unroll 4
    for (std::size_t v = 0; v < 4; ++v) {
      float* at = b + j + v * kLaneCount;
      hn::Store(hn::Add(hn::Load(d, at), sums[v]), d, at);
    }
  }
  for (; j < stride; j += kLaneCount) {
    Vector even = hn::Zero(d);
    Vector odd = hn::Zero(d);
    std::size_t n = 0;
    for (; n + 2 <= count; n += 2) {
      const float* row = P + n * stride + j;
      even = hn::MulAdd(hn::Set(d, targets[n]), hn::Load(d, row), even);
      odd = hn::MulAdd(hn::Set(d, targets[n + 1]), hn::Load(d, row + stride), odd);
    }
    if (n < count) {
      even = hn::MulAdd(hn::Set(d, targets[n]), hn::Load(d, P + n * stride + j), even);
    }
    hn::Store(hn::Add(hn::Load(d, b + j), hn::Add(even, odd)), d, b + j);
  }
}

// As many dot products as are reduced together.
#if HWY_TARGET == HWY_SCALAR
inline constexpr std::size_t kDotsAtOnce = 1;
#else
inline constexpr std::size_t kDotsAtOnce = 4;
#endif

// The sums over the lanes of kDotsAtOnce vectors.
HWY_INLINE void sum_lanes(const Vector (&sums)[kDotsAtOnce], float* HWY_RESTRICT totals) {
#if HWY_TARGET == HWY_SCALAR
  totals[0] = hn::GetLane(sums[0]);
#else
  const Lanes d;
  const hn::Repartition<double, Lanes> pairs;
  const auto a =
      hn::Add(hn::InterleaveLower(d, sums[0], sums[1]), hn::InterleaveUpper(d, sums[0], sums[1]));
  const auto b =
      hn::Add(hn::InterleaveLower(d, sums[2], sums[3]), hn::InterleaveUpper(d, sums[2], sums[3]));
  const auto a_pairs = hn::BitCast(pairs, a);
  const auto b_pairs = hn::BitCast(pairs, b);
  const auto blocks = hn::Add(hn::BitCast(d, hn::InterleaveLower(pairs, a_pairs, b_pairs)),
                              hn::BitCast(d, hn::InterleaveUpper(pairs, a_pairs, b_pairs)));
#if HWY_TARGET <= HWY_AVX3
  const hn::CappedTag<float, 8> half;
  const hn::CappedTag<float, 4> quarter;
  const auto halves = hn::Add(hn::LowerHalf(half, blocks), hn::UpperHalf(half, blocks));
  hn::StoreU(hn::Add(hn::LowerHalf(quarter, halves), hn::UpperHalf(quarter, halves)), quarter,
             totals);
#elif HWY_TARGET <= HWY_AVX2
  const hn::CappedTag<float, 4> half;
  hn::StoreU(hn::Add(hn::LowerHalf(half, blocks), hn::UpperHalf(half, blocks)), half, totals);
#else
  hn::StoreU(blocks, d, totals);
#endif
#endif
}

// The dot products of kDotsAtOnce rows of `size` floats with x; `size` is a multiple of kLaneCount.
HWY_INLINE void dots(const float* HWY_RESTRICT rows, std::size_t stride,
                     const float* HWY_RESTRICT x, std::size_t size, float* HWY_RESTRICT totals) {
  const Lanes d;
  Vector sums[kDotsAtOnce];
#pragma GCC unroll 4
  for (std::size_t n = 0; n < kDotsAtOnce; ++n) sums[n] = hn::Zero(d);
  for (std::size_t j = 0; j < size; j += kLaneCount) {
    const auto y = hn::Load(d, x + j);
#pragma GCC unroll 4
    for (std::size_t n = 0; n < kDotsAtOnce; ++n) {
      sums[n] = hn::MulAdd(hn::Load(d, rows + n * stride + j), y, sums[n]);
    }
  }
  sum_lanes(sums, totals);
}

}  // namespace HWY_NAMESPACE
}  // namespace punnet
HWY_AFTER_NAMESPACE();

#endif  // PUNNET_ALS_GRAM_TILES_INL_H_
