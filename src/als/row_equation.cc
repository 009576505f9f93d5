#include "als/row_equation.h"

#include <algorithm>

#include "base/target_clones.h"

namespace punnet {
namespace {

constexpr std::size_t kRowsPacked = 32;
constexpr std::size_t kRowsAhead = 16;  // that memory is asked for

// packed = y, widened, and b += target y
PUNNET_TARGET_CLONES
void pack(const float* y, std::size_t rank, double target, double* __restrict packed,
          double* __restrict b) {
  for (std::size_t i = 0; i < rank; ++i) {
    packed[i] = static_cast<double>(y[i]);
    b[i] += target * packed[i];
  }
}

PUNNET_TARGET_CLONES
void weigh(const double* __restrict packed, std::size_t rank, double weight,
           double* __restrict weighted) {
  for (std::size_t i = 0; i < rank; ++i) weighted[i] = weight * packed[i];
}

}  // namespace

RowEquation::RowEquation(int rank)
    : A_(rank),
      b_(padded_stride(rank)),
      packed_(kRowsPacked * padded_stride(rank)),
      weighted_(kRowsPacked * padded_stride(rank)) {}

void RowEquation::assemble(const ObservedRow& row, const FactorMatrix& fixed,
                           const SymmetricMatrix* gramian, const AlsConfig& config) {
  const bool implicit = config.feedback == Feedback::kImplicit;
  const auto rank = static_cast<std::size_t>(fixed.rank());
  const auto stride = A_.stride();
  if (implicit) {
    const double w = unobserved_weight(config);
    std::ranges::transform(gramian->values(), A_.values().begin(),
                           [w](double value) { return w * value; });
  } else {
    std::ranges::fill(A_.values(), 0.0);
  }
  std::ranges::fill(b_, 0.0);
  for (std::size_t first = 0; first < row.columns.size(); first += kRowsPacked) {
    const auto count = std::min(kRowsPacked, row.columns.size() - first);
    for (std::size_t n = 0; n < count; ++n) {
      const float* y = fixed.row(static_cast<std::size_t>(row.columns[first + n])).data();
      const auto [weight, target] =
          rating_term(static_cast<double>(row.ratings[first + n]), config);
      if (first + n + kRowsAhead < row.columns.size()) {
        __builtin_prefetch(
            fixed.row(static_cast<std::size_t>(row.columns[first + n + kRowsAhead])).data());
      }
      double* packed = packed_.data() + n * stride;
      pack(y, rank, target, packed, b_.data());
      if (implicit) weigh(packed, rank, weight, weighted_.data() + n * stride);
    }
    add_outer_products(A_, packed_.data(), implicit ? weighted_.data() : packed_.data(), count);
  }
  A_.add_to_diagonal(config.regularization *
                     regularization_factor(row.ratings, fixed.rows(), config));
}

}  // namespace punnet
