#include "als/predictions.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "als/predictions.cc"
#include "hwy/foreach_target.h"
// After foreach_target.h, as Highway wants it.
#include <cstddef>

#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace punnet {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

void predict(const double* HWY_RESTRICT x, const PaddedFactors& factors,
             const std::int32_t* HWY_RESTRICT columns, std::size_t count,
             double* HWY_RESTRICT predicted) {
  constexpr std::size_t kAtOnce = 4;
  constexpr std::size_t kAhead = 24;
  const hn::CappedTag<double, 8> d;
  const hn::Rebind<float, decltype(d)> narrow;
  const auto lanes = hn::Lanes(d);
  const auto stride = factors.stride();
  const auto row = [&](std::size_t n)
                       HWY_ATTR { return factors.row(static_cast<std::size_t>(columns[n])); };
  for (std::size_t n = 0; n < count; n += kAtOnce) {
    const float* y[kAtOnce];
    for (std::size_t r = 0; r < kAtOnce; ++r) {
      y[r] = row(n + r < count ? n + r : n);
      if (n + r + kAhead >= count) continue;
      const float* later = row(n + r + kAhead);
      for (std::size_t j = 0; j < stride; j += 16) __builtin_prefetch(later + j);
    }
    auto s0 = hn::Zero(d);
    auto s1 = s0;
    auto s2 = s0;
    auto s3 = s0;
    for (std::size_t j = 0; j < stride; j += lanes) {
      const auto v = hn::Load(d, x + j);
      s0 = hn::MulAdd(v, hn::PromoteTo(d, hn::Load(narrow, y[0] + j)), s0);
      s1 = hn::MulAdd(v, hn::PromoteTo(d, hn::Load(narrow, y[1] + j)), s1);
      s2 = hn::MulAdd(v, hn::PromoteTo(d, hn::Load(narrow, y[2] + j)), s2);
      s3 = hn::MulAdd(v, hn::PromoteTo(d, hn::Load(narrow, y[3] + j)), s3);
    }
    const double sums[kAtOnce] = {
        hn::GetLane(hn::SumOfLanes(d, s0)), hn::GetLane(hn::SumOfLanes(d, s1)),
        hn::GetLane(hn::SumOfLanes(d, s2)), hn::GetLane(hn::SumOfLanes(d, s3))};
    for (std::size_t r = 0; r < kAtOnce && n + r < count; ++r) predicted[n + r] = sums[r];
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace punnet
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace punnet {

HWY_EXPORT(predict);

void predict_pairs(const double* x, const PaddedFactors& factors,
                   std::span<const std::int32_t> columns, std::span<double> predicted) {
  HWY_DYNAMIC_DISPATCH(predict)(x, factors, columns.data(), columns.size(), predicted.data());
}

}  // namespace punnet

#endif  // HWY_ONCE
