#include "als/padded_factors.h"

#include <algorithm>

#include "base/parallel_for.h"

namespace punnet {
namespace {

constexpr std::size_t kRowsPerTask = 4096;

}  // namespace

PaddedFactors::PaddedFactors(const FactorMatrix& factors, int threads)
    : rows_(factors.rows()),
      stride_(padded_rank(factors.rank())),
      values_(AlignedBuffer<float>::uninitialized(rows_ * stride_)) {
  parallel_for((rows_ + kRowsPerTask - 1) / kRowsPerTask, threads, [&](std::size_t task) {
    const auto end = std::min(rows_, (task + 1) * kRowsPerTask);
    for (auto r = task * kRowsPerTask; r < end; ++r) {
      const auto padding = std::ranges::copy(factors.row(r), row(r)).out;
      std::fill(padding, row(r) + stride_, 0.0F);
    }
  });
}

}  // namespace punnet
