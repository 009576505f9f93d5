#include "als/gramian.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <vector>

#include "base/parallel_for.h"

namespace punnet {
namespace {

constexpr std::size_t kMaxBlocks = 16;  // each holds a matrix of its own while summing
constexpr std::size_t kMinRowsPerBlock = 256;
constexpr std::size_t kRowsPacked = 32;

void add_rows(SymmetricMatrix& sum, const FactorMatrix& factors, std::size_t begin,
              std::size_t end) {
  const auto stride = sum.stride();
  std::vector<double> packed(kRowsPacked * stride);
  for (std::size_t first = begin; first < end; first += kRowsPacked) {
    const auto count = std::min(kRowsPacked, end - first);
    for (std::size_t n = 0; n < count; ++n) {
      std::ranges::copy(factors.row(first + n), packed.data() + n * stride);
    }
    add_outer_products(sum, packed.data(), packed.data(), count);
  }
}

}  // namespace

SymmetricMatrix gramian(const FactorMatrix& factors, int threads) {
  const auto rows = factors.rows();
  const auto rows_per_block = std::max(kMinRowsPerBlock, (rows + kMaxBlocks - 1) / kMaxBlocks);
  const auto blocks = (rows + rows_per_block - 1) / rows_per_block;
  std::vector<SymmetricMatrix> partial(blocks, SymmetricMatrix(factors.rank()));
  parallel_for(blocks, threads, [&](std::size_t block) {
    const auto begin = block * rows_per_block;
    add_rows(partial[block], factors, begin, std::min(rows, begin + rows_per_block));
  });

  SymmetricMatrix sum(factors.rank());
  for (const auto& part : partial) {
    std::ranges::transform(sum.values(), part.values(), sum.values().begin(), std::plus<>());
  }
  return sum;
}

}  // namespace punnet
