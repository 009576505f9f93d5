// The passes of conjugate gradients over rows of factors. Included once per target by files that
// use hwy/foreach_target.h.

#if defined(PUNNET_ALS_CONJUGATE_GRADIENT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PUNNET_ALS_CONJUGATE_GRADIENT_INL_H_
#undef PUNNET_ALS_CONJUGATE_GRADIENT_INL_H_
#else
#define PUNNET_ALS_CONJUGATE_GRADIENT_INL_H_
#endif

#include <cstddef>

#include "als/gram_tiles_inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace punnet {
namespace HWY_NAMESPACE {

// Rows of other vectors than these are passed over with v and the sum in memory.
inline constexpr std::size_t kMostVectorsInRegisters = HWY_TARGET <= HWY_AVX3 ? 8 : 4;

// The factor of each of kDotsAtOnce rows z in the sum: z.v, or target - z.v.
template <bool kResidual>
HWY_INLINE void coefficients(const Vector (&sums)[kDotsAtOnce], const float* HWY_RESTRICT targets,
                             float* HWY_RESTRICT factors) {
  sum_lanes(sums, factors);
  if constexpr (kResidual) {
    for (std::size_t n = 0; n < kDotsAtOnce; ++n) factors[n] = targets[n] - factors[n];
  }
}

// sum += sum_n z_n (z_n.v), or with kResidual sum_n z_n (target_n - z_n.v), over `count` rows of
// kVectors vectors. `count` is a multiple of kDotsAtOnce.
template <bool kResidual, std::size_t kVectors>
HWY_INLINE void pass_in_registers(const float* HWY_RESTRICT rows, std::size_t count,
                                  const float* HWY_RESTRICT targets, const float* HWY_RESTRICT v,
                                  float* HWY_RESTRICT sum) {
  constexpr std::size_t kStride = kVectors * kLaneCount;
  const Lanes d;
  Vector total[kVectors];
  Vector known[kVectors];
#pragma GCC unroll 8
  for (std::size_t j = 0; j < kVectors; ++j) {
    total[j] = hn::Zero(d);
    known[j] = hn::Load(d, v + j * kLaneCount);
  }
  for (std::size_t n = 0; n < count; n += kDotsAtOnce) {
    const float* z = rows + n * kStride;
    Vector dots[kDotsAtOnce];
#pragma GCC unroll 4
    for (std::size_t r = 0; r < kDotsAtOnce; ++r) {
      dots[r] = hn::Mul(known[0], hn::Load(d, z + r * kStride));
#pragma GCC unroll 8
      for (std::size_t j = 1; j < kVectors; ++j) {
        dots[r] = hn::MulAdd(known[j], hn::Load(d, z + r * kStride + j * kLaneCount), dots[r]);
      }
    }
    float factors[kDotsAtOnce];
    coefficients<kResidual>(dots, kResidual ? targets + n : nullptr, factors);
#pragma GCC unroll 4
    for (std::size_t r = 0; r < kDotsAtOnce; ++r) {
      const auto factor = hn::Set(d, factors[r]);
#pragma GCC unroll 8
      for (std::size_t j = 0; j < kVectors; ++j) {
        total[j] = hn::MulAdd(factor, hn::Load(d, z + r * kStride + j * kLaneCount), total[j]);
      }
    }
  }
#pragma GCC unroll 8
  for (std::size_t j = 0; j < kVectors; ++j) {
    float* at = sum + j * kLaneCount;
    hn::Store(hn::Add(hn::Load(d, at), total[j]), d, at);
  }
}

// The same for rows of any width.
template <bool kResidual>
HWY_INLINE void pass_in_memory(const float* HWY_RESTRICT rows, std::size_t count,
                               std::size_t stride, const float* HWY_RESTRICT targets,
                               const float* HWY_RESTRICT v, float* HWY_RESTRICT sum) {
  constexpr std::size_t kRows = 2 * kDotsAtOnce;
  const Lanes d;
  for (std::size_t n = 0; n < count; n += kRows) {
    const float* z = rows + n * stride;
    Vector low[kDotsAtOnce];
    Vector high[kDotsAtOnce];
#pragma GCC unroll 4
    for (std::size_t r = 0; r < kDotsAtOnce; ++r) low[r] = high[r] = hn::Zero(d);
    for (std::size_t j = 0; j < stride; j += kLaneCount) {
      const auto known = hn::Load(d, v + j);
#pragma GCC unroll 4
      for (std::size_t r = 0; r < kDotsAtOnce; ++r) {
        low[r] = hn::MulAdd(known, hn::Load(d, z + r * stride + j), low[r]);
        high[r] = hn::MulAdd(known, hn::Load(d, z + (r + kDotsAtOnce) * stride + j), high[r]);
      }
    }
    float factors[kRows];
    coefficients<kResidual>(low, kResidual ? targets + n : nullptr, factors);
    coefficients<kResidual>(high, kResidual ? targets + n + kDotsAtOnce : nullptr,
                            factors + kDotsAtOnce);
    Vector by[kRows];
#pragma GCC unroll 8
    for (std::size_t r = 0; r < kRows; ++r) by[r] = hn::Set(d, factors[r]);
    for (std::size_t j = 0; j < stride; j += kLaneCount) {
      auto even = hn::Load(d, sum + j);
      auto odd = hn::Zero(d);
#pragma GCC unroll 4
      for (std::size_t r = 0; r < kRows; r += 2) {
        even = hn::MulAdd(by[r], hn::Load(d, z + r * stride + j), even);
        odd = hn::MulAdd(by[r + 1], hn::Load(d, z + (r + 1) * stride + j), odd);
      }
      hn::Store(hn::Add(even, odd), d, sum + j);
    }
  }
}

// Rows that a pass takes at once, whatever its width: panels are padded with zeros to that.
inline constexpr std::size_t kRowsPerPass = 2 * kDotsAtOnce;

template <bool kResidual>
HWY_INLINE void pass(const float* HWY_RESTRICT rows, std::size_t count, std::size_t stride,
                     const float* HWY_RESTRICT targets, const float* HWY_RESTRICT v,
                     float* HWY_RESTRICT sum) {
  switch (stride / kLaneCount) {
    case 1:
      return pass_in_registers<kResidual, 1>(rows, count, targets, v, sum);
    case 2:
      return pass_in_registers<kResidual, 2>(rows, count, targets, v, sum);
    case 3:
      return pass_in_registers<kResidual, 3>(rows, count, targets, v, sum);
    case 4:
      return pass_in_registers<kResidual, 4>(rows, count, targets, v, sum);
#if HWY_TARGET <= HWY_AVX3
    case 5:
      return pass_in_registers<kResidual, 5>(rows, count, targets, v, sum);
    case 6:
      return pass_in_registers<kResidual, 6>(rows, count, targets, v, sum);
    case 7:
      return pass_in_registers<kResidual, 7>(rows, count, targets, v, sum);
    case 8:
      return pass_in_registers<kResidual, 8>(rows, count, targets, v, sum);
#endif
    default:
      return pass_in_memory<kResidual>(rows, count, stride, targets, v, sum);
  }
}

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

HWY_INLINE float dot(const float* HWY_RESTRICT a, const float* HWY_RESTRICT b, std::size_t stride) {
  const Lanes d;
  auto sum = hn::Zero(d);
  for (std::size_t j = 0; j < stride; j += kLaneCount) {
    sum = hn::MulAdd(hn::Load(d, a + j), hn::Load(d, b + j), sum);
  }
  return hn::GetLane(hn::SumOfLanes(d, sum));
}

// to = from * scale + add
HWY_INLINE void scale_and_add(const float* from, float scale, const float* add, std::size_t stride,
                              float* to) {
  const Lanes d;
  const auto by = hn::Set(d, scale);
  for (std::size_t j = 0; j < stride; j += kLaneCount) {
    hn::Store(hn::MulAdd(by, hn::Load(d, from + j), hn::Load(d, add + j)), d, to + j);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace punnet
HWY_AFTER_NAMESPACE();

#endif  // PUNNET_ALS_CONJUGATE_GRADIENT_INL_H_
