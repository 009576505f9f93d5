// Fetching the factors of rated rows. Included once per target by files that use
// hwy/foreach_target.h.

#if defined(PUNNET_ALS_GATHER_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PUNNET_ALS_GATHER_INL_H_
#undef PUNNET_ALS_GATHER_INL_H_
#else
#define PUNNET_ALS_GATHER_INL_H_
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

// Terms whose factors lie packed at once: about a first-level cache of them.
HWY_INLINE std::size_t terms_per_panel(std::size_t stride) {
  return std::max<std::size_t>(32, 8192 / stride);
}

// Asks the memory for what comes a while after term n, whichever row it belongs to.
HWY_INLINE void prefetch_later(const LeastSquaresRows& rows, const PaddedFactors& fixed,
                               std::size_t n) {
  const std::size_t stride = fixed.stride();
  const std::size_t ahead = std::max<std::size_t>(4, 1024 / stride);
  if (n + ahead >= rows.columns.size()) return;
  const float* later = fixed.row(static_cast<std::size_t>(rows.columns[n + ahead]));
  for (std::size_t j = 0; j < stride; j += 16) __builtin_prefetch(later + j);
}

// scale y of `count` terms from `first`, one after the other.
HWY_INLINE void gather(const LeastSquaresRows& rows, const PaddedFactors& fixed, std::size_t first,
                       std::size_t count, float* HWY_RESTRICT panel) {
  const Lanes d;
  const std::size_t stride = fixed.stride();
  const std::int32_t* columns = rows.columns.data();
  const float* scales = rows.scales.empty() ? nullptr : rows.scales.data();
  for (std::size_t n = first; n < first + count; ++n) {
    prefetch_later(rows, fixed, n);
    const float* y = fixed.row(static_cast<std::size_t>(columns[n]));
    if (scales != nullptr) {
      const auto scale = hn::Set(d, scales[n]);
      for (std::size_t j = 0; j < stride; j += kLaneCount) {
        hn::Store(hn::Mul(scale, hn::Load(d, y + j)), d, panel + j);
      }
    } else {
      for (std::size_t j = 0; j < stride; j += kLaneCount) {
        hn::Store(hn::Load(d, y + j), d, panel + j);
      }
    }
    panel += stride;
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace punnet
HWY_AFTER_NAMESPACE();

#endif  // PUNNET_ALS_GATHER_INL_H_
