#include "bench/als_kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "bench/als_kernels.cc"
#include <hwy/foreach_target.h>
// After foreach_target.h, as Highway wants it.
#include "als/cholesky_inl.h"
#include "als/gram_tiles_inl.h"

HWY_BEFORE_NAMESPACE();
namespace punnet {
namespace HWY_NAMESPACE {

void add_panel(const float* rows, std::size_t count, std::size_t stride, std::size_t rank,
               float* sum) {
  add_products(rows, count, stride, rank, sum, sum);
}

bool factorize_and_substitute(float* A, float* b, std::size_t stride, std::size_t rank) {
  constexpr std::size_t kMost = 1024;
  alignas(64) static thread_local float smallest[kMost];
  alignas(64) static thread_local float inverse[kMost];
  if (!factorize(A, stride, rank, smallest, inverse)) return false;
  substitute(A, stride, inverse, b);
  return true;
}

}  // namespace HWY_NAMESPACE
}  // namespace punnet
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace punnet {

HWY_EXPORT(add_panel);
HWY_EXPORT(factorize_and_substitute);

void sum_panel(const float* rows, std::size_t count, std::size_t stride, std::size_t rank,
               float* sum) {
  HWY_DYNAMIC_DISPATCH(add_panel)(rows, count, stride, rank, sum);
}

bool solve_system(float* A, float* b, std::size_t stride, std::size_t rank) {
  return HWY_DYNAMIC_DISPATCH(factorize_and_substitute)(A, b, stride, rank);
}

}  // namespace punnet

#endif  // HWY_ONCE
