// The passes of conjugate gradients over rows of factors. Included once per target by files that
// use hwy/foreach_target.h.

#if defined(PUNNET_ALS_CONJUGATE_GRADIENT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PUNNET_ALS_CONJUGATE_GRADIENT_INL_H_
#undef PUNNET_ALS_CONJUGATE_GRADIENT_INL_H_
#else
#define PUNNET_ALS_CONJUGATE_GRADIENT_INL_H_
#endif

#include <algorithm>
#include <cstddef>

#include "als/gram_tiles_inl.h"
#include "als/least_squares_rows.h"
#include "als/padded_factors.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace punnet {
namespace HWY_NAMESPACE {

// The terms of one row, where they lie.
struct Terms {
  const LeastSquaresRows& rows;
  const PaddedFactors& fixed;
  std::size_t first;
  std::size_t count;
  bool fits_cache;  // what one pass has read is still there for the next
};

// What each of kDotsAtOnce factors y is multiplied with in the sum: scale (scale y.v), or scale
// (target - scale y.v).
template <bool kResidual>
HWY_INLINE void weigh(const Vector (&sums)[kDotsAtOnce], const Terms& terms, std::size_t n,
                      float* HWY_RESTRICT weights) {
  sum_lanes(sums, weights);
  const float* scales = terms.rows.scales.empty() ? nullptr : terms.rows.scales.data();
  const float* targets = terms.rows.targets.data();
  for (std::size_t r = 0; r < kDotsAtOnce; ++r) {
    if (n + r >= terms.count) {
      weights[r] = 0;
      continue;
    }
    const float scale = scales == nullptr ? 1.0F : scales[terms.first + n + r];
    weights[r] *= scale;
    if constexpr (kResidual) weights[r] = targets[terms.first + n + r] - weights[r];
    weights[r] *= scale;
  }
}

// The factors of kCount terms from n on; behind the last one those of term n again. The first pass
// over a row, and every pass over a long one, asks the memory for what comes later, whichever row
// it belongs to.
template <bool kFirstPass, std::size_t kCount>
HWY_INLINE void point_at(const Terms& terms, std::size_t n, const float* (&y)[kCount]) {
  const auto* columns = terms.rows.columns.data() + terms.first;
  const auto stride = terms.fixed.stride();
  const std::size_t ahead = std::max<std::size_t>(8, 512 / stride);
  const bool prefetch = kFirstPass || !terms.fits_cache;
#pragma GCC unroll 8
  for (std::size_t r = 0; r < kCount; ++r) {
    const auto term = n + r < terms.count ? n + r : n;
    y[r] = terms.fixed.row(static_cast<std::size_t>(columns[term]));
    if (!prefetch || terms.first + term + ahead >= terms.rows.columns.size()) continue;
    const float* later = terms.fixed.row(static_cast<std::size_t>(columns[term + ahead]));
    for (std::size_t j = 0; j < stride; j += 16) __builtin_prefetch(later + j);
  }
}

// sum += sum z (z.v), or with kResidual sum z (target - z.v), over the terms of a row, z = scale y
// being kVectors vectors wide.
template <bool kResidual, std::size_t kVectors>
HWY_INLINE void pass_in_registers(const Terms& terms, const float* HWY_RESTRICT v,
                                  float* HWY_RESTRICT sum) {
  const Lanes d;
  Vector total[kVectors];
  Vector known[kVectors];
#pragma GCC unroll 8
  for (std::size_t j = 0; j < kVectors; ++j) {
    total[j] = hn::Zero(d);
    known[j] = hn::Load(d, v + j * kLaneCount);
  }
  for (std::size_t n = 0; n < terms.count; n += kDotsAtOnce) {
    const float* y[kDotsAtOnce];
    point_at<kResidual>(terms, n, y);
    Vector dots[kDotsAtOnce];
#pragma GCC unroll 4
    for (std::size_t r = 0; r < kDotsAtOnce; ++r) {
      dots[r] = hn::Mul(known[0], hn::Load(d, y[r]));
#pragma GCC unroll 8
      for (std::size_t j = 1; j < kVectors; ++j) {
        dots[r] = hn::MulAdd(known[j], hn::Load(d, y[r] + j * kLaneCount), dots[r]);
      }
    }
    float weights[kDotsAtOnce];
    weigh<kResidual>(dots, terms, n, weights);
#pragma GCC unroll 4
    for (std::size_t r = 0; r < kDotsAtOnce; ++r) {
      const auto weight = hn::Set(d, weights[r]);
#pragma GCC unroll 8
      for (std::size_t j = 0; j < kVectors; ++j) {
        total[j] = hn::MulAdd(weight, hn::Load(d, y[r] + j * kLaneCount), total[j]);
      }
    }
  }
#pragma GCC unroll 8
  for (std::size_t j = 0; j < kVectors; ++j) {
    float* at = sum + j * kLaneCount;
    hn::Store(hn::Add(hn::Load(d, at), total[j]), d, at);
  }
}

// The same for factors of any width, with v and the sum in memory.
template <bool kResidual>
HWY_INLINE void pass_in_memory(const Terms& terms, const float* HWY_RESTRICT v,
                               float* HWY_RESTRICT sum) {
  constexpr std::size_t kRows = 2 * kDotsAtOnce;
  const Lanes d;
  const auto stride = terms.fixed.stride();
  for (std::size_t n = 0; n < terms.count; n += kRows) {
    const float* y[kRows];
    point_at<kResidual>(terms, n, y);
    Vector low[kDotsAtOnce];
    Vector high[kDotsAtOnce];
#pragma GCC unroll 4
    for (std::size_t r = 0; r < kDotsAtOnce; ++r) low[r] = high[r] = hn::Zero(d);
    for (std::size_t j = 0; j < stride; j += kLaneCount) {
      const auto known = hn::Load(d, v + j);
#pragma GCC unroll 4
      for (std::size_t r = 0; r < kDotsAtOnce; ++r) {
        low[r] = hn::MulAdd(known, hn::Load(d, y[r] + j), low[r]);
        high[r] = hn::MulAdd(known, hn::Load(d, y[r + kDotsAtOnce] + j), high[r]);
      }
    }
    float weights[kRows];
    weigh<kResidual>(low, terms, n, weights);
    weigh<kResidual>(high, terms, n + kDotsAtOnce, weights + kDotsAtOnce);
    Vector by[kRows];
#pragma GCC unroll 8
    for (std::size_t r = 0; r < kRows; ++r) by[r] = hn::Set(d, weights[r]);
    for (std::size_t j = 0; j < stride; j += kLaneCount) {
      auto even = hn::Load(d, sum + j);
      auto odd = hn::Zero(d);
#pragma GCC unroll 4
      for (std::size_t r = 0; r < kRows; r += 2) {
        even = hn::MulAdd(by[r], hn::Load(d, y[r] + j), even);
        odd = hn::MulAdd(by[r + 1], hn::Load(d, y[r + 1] + j), odd);
      }
      hn::Store(hn::Add(even, odd), d, sum + j);
    }
  }
}

template <bool kResidual>
HWY_INLINE void pass(const Terms& terms, const float* HWY_RESTRICT v, float* HWY_RESTRICT sum) {
  switch (terms.fixed.stride() / kLaneCount) {
    case 1:
      return pass_in_registers<kResidual, 1>(terms, v, sum);
    case 2:
      return pass_in_registers<kResidual, 2>(terms, v, sum);
    case 3:
      return pass_in_registers<kResidual, 3>(terms, v, sum);
    case 4:
      return pass_in_registers<kResidual, 4>(terms, v, sum);
#if HWY_TARGET <= HWY_AVX3
    case 5:
      return pass_in_registers<kResidual, 5>(terms, v, sum);
    case 6:
      return pass_in_registers<kResidual, 6>(terms, v, sum);
    case 7:
      return pass_in_registers<kResidual, 7>(terms, v, sum);
    case 8:
      return pass_in_registers<kResidual, 8>(terms, v, sum);
#endif
    default:
      return pass_in_memory<kResidual>(terms, v, sum);
  }
}

HWY_INLINE float dot(const float* HWY_RESTRICT a, const float* HWY_RESTRICT b, std::size_t stride) {
  const Lanes d;
  auto sum = hn::Zero(d);
  for (std::size_t j = 0; j < stride; j += kLaneCount) {
    sum = hn::MulAdd(hn::Load(d, a + j), hn::Load(d, b + j), sum);
  }
  return hn::GetLane(hn::SumOfLanes(d, sum));
}

// to = (diagonal + lambda) from, element by element
HWY_INLINE void multiply_by_diagonal(const float* HWY_RESTRICT from,
                                     const float* HWY_RESTRICT diagonal, float lambda,
                                     std::size_t stride, float* HWY_RESTRICT to) {
  const Lanes d;
  const auto more = hn::Set(d, lambda);
  for (std::size_t j = 0; j < stride; j += kLaneCount) {
    const auto by = hn::Add(hn::Load(d, diagonal + j), more);
    hn::Store(hn::Mul(by, hn::Load(d, from + j)), d, to + j);
  }
}

// to = from / (diagonal + lambda), element by element
HWY_INLINE void divide_by_diagonal(const float* HWY_RESTRICT from,
                                   const float* HWY_RESTRICT diagonal, float lambda,
                                   std::size_t stride, float* HWY_RESTRICT to) {
  const Lanes d;
  const auto more = hn::Set(d, lambda);
  for (std::size_t j = 0; j < stride; j += kLaneCount) {
    const auto by = hn::Add(hn::Load(d, diagonal + j), more);
    hn::Store(hn::Div(hn::Load(d, from + j), by), d, to + j);
  }
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
