#include "als/padded_gramian.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "als/padded_gramian.cc"
#include "hwy/foreach_target.h"
// After foreach_target.h, as Highway wants it.
#include "als/gram_tiles_inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace punnet {
namespace HWY_NAMESPACE {

// The upper triangle of the sum over `count` rows in fp32, on top of what `sum` holds.
void add_block(const float* rows, std::size_t count, std::size_t stride, std::size_t rank,
               float* block, double* sum) {
  add_products(rows, count, stride, rank, nullptr, block);
  for (std::size_t n = 0; n < rank * stride; ++n) sum[n] += static_cast<double>(block[n]);
}

}  // namespace HWY_NAMESPACE
}  // namespace punnet
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

#include <algorithm>
#include <cstddef>
#include <vector>

#include "base/parallel_for.h"

namespace punnet {
namespace {

HWY_EXPORT(add_block);

constexpr std::size_t kMaxParts = 16;  // each holds a matrix of its own while summing
constexpr std::size_t kRowsPerBlock = 256;

}  // namespace

AlignedBuffer<float> padded_gramian(const PaddedFactors& factors, int rank, double weight,
                                    int threads) {
  const auto stride = factors.stride();
  const auto k = static_cast<std::size_t>(rank);
  const auto blocks = (factors.rows() + kRowsPerBlock - 1) / kRowsPerBlock;
  const auto blocks_per_part = std::max<std::size_t>(1, (blocks + kMaxParts - 1) / kMaxParts);
  const auto parts = (blocks + blocks_per_part - 1) / blocks_per_part;
  std::vector<AlignedBuffer<double>> partial(parts);
  parallel_for(parts, threads, [&](std::size_t part) {
    partial[part] = AlignedBuffer<double>(stride * stride);
    AlignedBuffer<float> block(stride * stride);
    const auto end = std::min(factors.rows(), (part + 1) * blocks_per_part * kRowsPerBlock);
    for (auto r = part * blocks_per_part * kRowsPerBlock; r < end; r += kRowsPerBlock) {
      HWY_DYNAMIC_DISPATCH(add_block)
      (factors.row(r), std::min(kRowsPerBlock, end - r), stride, k, block.data(),
       partial[part].data());
    }
  });

  AlignedBuffer<float> gramian(stride * stride);
  for (std::size_t i = 0; i < k; ++i) {
    for (std::size_t j = i; j < k; ++j) {
      double sum = 0;
      for (const auto& part : partial) sum += part[i * stride + j];
      gramian[i * stride + j] = gramian[j * stride + i] = static_cast<float>(weight * sum);
    }
  }
  return gramian;
}

}  // namespace punnet

#endif  // HWY_ONCE
