#include "als/row_solver.h"

#include <algorithm>
#include <cmath>

namespace punnet {
namespace {

constexpr std::size_t kRowsPacked = 32;

bool wants_nothing(std::span<const float> ratings, Feedback feedback) {
  if (feedback == Feedback::kExplicit) return ratings.empty();
  return std::ranges::none_of(ratings, [](float r) { return r > 0; });
}

}  // namespace

RowWorkspace::RowWorkspace(int rank)
    : A_(rank),
      b_(padded_stride(rank)),
      packed_(kRowsPacked * padded_stride(rank)),
      weighted_(kRowsPacked * padded_stride(rank)) {}

double regularization_count(std::span<const float> ratings, const AlsConfig& config) {
  if (config.scaling == RegularizationScaling::kUnscaled) return 1;
  if (config.feedback == Feedback::kExplicit) return static_cast<double>(ratings.size());
  return static_cast<double>(std::ranges::count_if(ratings, [](float r) { return r > 0; }));
}

Status solve_row(const ObservedRow& row, const FactorMatrix& fixed, const SymmetricMatrix* gramian,
                 const AlsConfig& config, RowWorkspace& workspace, std::span<float> factors) {
  if (wants_nothing(row.ratings, config.feedback)) {
    std::ranges::fill(factors, 0.0F);
    return ok();
  }
  const bool implicit = config.feedback == Feedback::kImplicit;
  const auto rank = static_cast<std::size_t>(fixed.rank());
  auto& A = workspace.A_;
  auto& b = workspace.b_;
  const auto stride = A.stride();

  // explicit   A = sum y y^T                  b = sum r y
  // implicit   A = Y^T Y + sum alpha|r| y y^T  b = sum p (1 + alpha|r|) y
  if (implicit) {
    std::ranges::copy(gramian->values(), A.values().begin());
  } else {
    std::ranges::fill(A.values(), 0.0);
  }
  std::ranges::fill(b, 0.0);
  for (std::size_t first = 0; first < row.columns.size(); first += kRowsPacked) {
    const auto count = std::min(kRowsPacked, row.columns.size() - first);
    for (std::size_t n = 0; n < count; ++n) {
      const float* y = fixed.row(static_cast<std::size_t>(row.columns[first + n])).data();
      const double r = static_cast<double>(row.ratings[first + n]);
      double* packed = workspace.packed_.data() + n * stride;
      if (implicit) {
        const double confidence = config.alpha * std::fabs(r);
        const double target = r > 0 ? 1 + confidence : 0;
        double* weighted = workspace.weighted_.data() + n * stride;
        for (std::size_t i = 0; i < rank; ++i) {
          packed[i] = static_cast<double>(y[i]);
          weighted[i] = confidence * packed[i];
          b[i] += target * packed[i];
        }
      } else {
        for (std::size_t i = 0; i < rank; ++i) {
          packed[i] = static_cast<double>(y[i]);
          b[i] += r * packed[i];
        }
      }
    }
    const double* right = implicit ? workspace.weighted_.data() : workspace.packed_.data();
    add_outer_products(A, workspace.packed_.data(), right, count);
  }

  // (A + lambda n I) x = b
  A.add_to_diagonal(config.regularization * regularization_count(row.ratings, config));
  if (!solve_in_place(A, b)) {
    return Error{ErrorCode::kInvalid,
                 "its equation has no unique solution; raise regularization or lower rank"};
  }
  for (std::size_t i = 0; i < rank; ++i) {
    factors[i] = static_cast<float>(b[i]);
    if (!std::isfinite(factors[i])) {
      return Error{ErrorCode::kInvalid,
                   "its factors do not fit in a float; scale the ratings down or raise "
                   "regularization"};
    }
  }
  return ok();
}

}  // namespace punnet
