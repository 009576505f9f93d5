// The equations of rows of at most 16 factors. Included once per target by files that use
// hwy/foreach_target.h.

#if defined(PUNNET_ALS_SMALL_ROWS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PUNNET_ALS_SMALL_ROWS_INL_H_
#undef PUNNET_ALS_SMALL_ROWS_INL_H_
#else
#define PUNNET_ALS_SMALL_ROWS_INL_H_
#endif

#include <algorithm>
#include <cstddef>

#include "als/cholesky_inl.h"
#include "als/gram_tiles_inl.h"
#include "als/least_squares_rows.h"
#include "als/padded_factors.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace punnet {
namespace HWY_NAMESPACE {

// Whether there are registers for a whole equation of 16 unknowns, and one vector for its factors.
inline constexpr bool kSmallRows = HWY_TARGET <= HWY_AVX3;

#if HWY_TARGET <= HWY_AVX3

inline constexpr std::size_t kNarrowRows = kLaneCount / 2;
inline constexpr std::size_t kTermsAhead = 64;  // that memory is asked for

// A = F + sum z z^T, b += sum target z over `count` terms from `first`, z = scale y; without F, it
// is all zeros. Of A the lower triangle is written: the first half of its rows is half a vector
// each, and kWide rows follow. Factors are read where they lie: there is no work on what is copied
// that would pay for the copy.
template <std::size_t kWide, bool kScaled>
HWY_INLINE void sum_terms(const LeastSquaresRows& rows, const PaddedFactors& fixed,
                          std::size_t first, std::size_t count, const float* F, float* A,
                          float* HWY_RESTRICT b) {
  const Lanes d;
  const hn::Half<Lanes> half;
  hn::Vec<hn::Half<Lanes>> narrow[kNarrowRows];
  Vector wide[kWide > 0 ? kWide : 1];
#pragma GCC unroll 8
  for (std::size_t i = 0; i < kNarrowRows; ++i) narrow[i] = hn::Zero(half);
#pragma GCC unroll 8
  for (std::size_t i = 0; i < kWide; ++i) wide[i] = hn::Zero(d);
  auto wanted = hn::Zero(d);

  const auto* columns = rows.columns.data();
  const float* targets = rows.targets.data();
  const float* scales = rows.scales.data();
  const auto last = rows.columns.size() - 1;
  for (auto n = first; n < first + count; ++n) {
    const auto later = static_cast<std::size_t>(columns[std::min(n + kTermsAhead, last)]);
    __builtin_prefetch(fixed.row(later));
    const float* y = fixed.row(static_cast<std::size_t>(columns[n]));
    auto z = hn::Load(d, y);
    auto weighted = z;
    if constexpr (kScaled) {
      const auto scale = hn::Set(d, scales[n]);
      z = hn::Mul(scale, z);
      weighted = hn::Mul(scale, z);
    }
    const auto low = hn::LowerHalf(half, weighted);
#pragma GCC unroll 8
    for (std::size_t i = 0; i < kNarrowRows; ++i) {
      narrow[i] = hn::MulAdd(hn::Set(half, y[i]), low, narrow[i]);
    }
#pragma GCC unroll 8
    for (std::size_t i = 0; i < kWide; ++i) {
      wide[i] = hn::MulAdd(hn::Set(d, y[kNarrowRows + i]), weighted, wide[i]);
    }
    wanted = hn::MulAdd(hn::Set(d, targets[n]), z, wanted);
  }

#pragma GCC unroll 8
  for (std::size_t i = 0; i < kNarrowRows; ++i) {
    if (F != nullptr) narrow[i] = hn::Add(hn::Load(half, F + i * kLaneCount), narrow[i]);
    hn::Store(narrow[i], half, A + i * kLaneCount);
  }
#pragma GCC unroll 8
  for (std::size_t i = 0; i < kWide; ++i) {
    const auto at = (kNarrowRows + i) * kLaneCount;
    if (F != nullptr) wide[i] = hn::Add(hn::Load(d, F + at), wide[i]);
    hn::Store(wide[i], d, A + at);
  }
  hn::Store(hn::Add(hn::Load(d, b), wanted), d, b);
}

template <std::size_t kWide>
HWY_INLINE void sum_terms(const LeastSquaresRows& rows, const PaddedFactors& fixed,
                          std::size_t first, std::size_t count, const float* F, float* A,
                          float* HWY_RESTRICT b) {
  if (rows.scales.empty()) {
    sum_terms<kWide, false>(rows, fixed, first, count, F, A, b);
  } else {
    sum_terms<kWide, true>(rows, fixed, first, count, F, A, b);
  }
}

// The lower triangles of kSystemsAtOnce systems, to lanes of a triangle by solve_lanes().
template <std::size_t kRank>
HWY_INLINE void interleave_triangles(const float* HWY_RESTRICT A, float* HWY_RESTRICT lanes) {
#pragma GCC unroll 16
  for (std::size_t i = 0; i < kRank; ++i) {
    const float* rows[kSystemsAtOnce];
    for (std::size_t s = 0; s < kSystemsAtOnce; ++s)
      rows[s] = A + (s * kLaneCount + i) * kLaneCount;
    interleave_row(rows, 0, i + 1,
                   [&](std::size_t j) { return lanes + (packed_row(j, kRank) + i) * kLaneCount; });
  }
}

#endif

// The same for `rank` factors, at most kLaneCount. Does nothing without kSmallRows.
HWY_INLINE void sum_small_row([[maybe_unused]] const LeastSquaresRows& rows,
                              [[maybe_unused]] const PaddedFactors& fixed,
                              [[maybe_unused]] std::size_t rank, [[maybe_unused]] std::size_t first,
                              [[maybe_unused]] std::size_t count, [[maybe_unused]] const float* F,
                              [[maybe_unused]] float* A, [[maybe_unused]] float* b) {
#if HWY_TARGET <= HWY_AVX3
  if (rank <= 8) return sum_terms<0>(rows, fixed, first, count, F, A, b);
  if (rank <= 10) return sum_terms<2>(rows, fixed, first, count, F, A, b);
  if (rank <= 12) return sum_terms<4>(rows, fixed, first, count, F, A, b);
  if (rank <= 14) return sum_terms<6>(rows, fixed, first, count, F, A, b);
  sum_terms<8>(rows, fixed, first, count, F, A, b);
#endif
}

// Lower triangles of kSystemsAtOnce systems of 16 rows, one after the other, to lanes as
// solve_lanes() takes them. Does nothing without kSmallRows.
HWY_INLINE void interleave_small_rows([[maybe_unused]] const float* A,
                                      [[maybe_unused]] std::size_t rank,
                                      [[maybe_unused]] float* lanes) {
#if HWY_TARGET <= HWY_AVX3
  if (rank == 4) return interleave_triangles<4>(A, lanes);
  if (rank == 8) return interleave_triangles<8>(A, lanes);
  if (rank == 12) return interleave_triangles<12>(A, lanes);
  interleave_triangles<16>(A, lanes);
#endif
}

}  // namespace HWY_NAMESPACE
}  // namespace punnet
HWY_AFTER_NAMESPACE();

#endif  // PUNNET_ALS_SMALL_ROWS_INL_H_
