#include "als/conjugate_gradient_row_solver.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "als/conjugate_gradient_row_solver.cc"
#include "hwy/foreach_target.h"
// After foreach_target.h, as Highway wants it.
#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>

#include "als/aligned_buffer.h"
#include "als/conjugate_gradient_inl.h"
#include "als/fp32_half_step.h"
#include "als/gram_tiles_inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace punnet {
namespace HWY_NAMESPACE {

// Floats of factors that rows side by side may read: somewhat less than a second-level cache holds.
inline constexpr std::size_t kMostFloats = std::size_t{96} * 1024;

// Solves kTileRows rows side by side, each on its own but for the product with the Gramian.
class ConjugateGradientRowSolver final : public RowSolver {
 public:
  ConjugateGradientRowSolver(std::shared_ptr<const Fp32HalfStep> shared, const FactorMatrix* start,
                             int steps)
      : shared_(std::move(shared)),
        start_(start),
        steps_(steps),
        rank_(shared_->rank),
        stride_(shared_->fixed.stride()),
        x_(kTileRows * stride_),
        residual_(kTileRows * stride_),
        direction_(kTileRows * stride_),
        product_(kTileRows * stride_) {}

  Status solve(std::size_t begin, std::size_t end, FactorMatrix& solved) override {
    for (auto r = begin; r < end; ++r) {
      if (terms(r) == 0) {
        for (float& x : solved.row(r)) x = 0;
        continue;
      }
      const bool full = waiting_ == kTileRows || floats_ + terms(r) * stride_ > kMostFloats;
      if (full) PUNNET_CHECK(solve_waiting(solved));
      waiting_rows_[waiting_++] = r;
      floats_ += terms(r) * stride_;
    }
    return solve_waiting(solved);
  }

 private:
  std::size_t terms(std::size_t r) const {
    return static_cast<std::size_t>(shared_->rows.offsets[r + 1] - shared_->rows.offsets[r]);
  }

  Terms terms_of(std::size_t r) const {
    return {.rows = shared_->rows,
            .fixed = shared_->fixed,
            .first = static_cast<std::size_t>(shared_->rows.offsets[r]),
            .count = terms(r),
            .fits_cache = terms(r) * stride_ <= kMostFloats};
  }

  // product_ = (w Y^T Y + lambda I) v for all rows that wait, the terms aside.
  void multiply_all(const AlignedBuffer<float>& v) {
    if (shared_->gramian.size() > 0) {
      multiply(v.data(), shared_->gramian.data(), rank_, stride_, product_.data());
    } else {
      std::fill_n(product_.data(), product_.size(), 0.0F);
    }
    for (std::size_t w = 0; w < waiting_; ++w) {
      float* product = product_.data() + w * stride_;
      scale_and_add(v.data() + w * stride_, shared_->rows.lambdas[waiting_rows_[w]], product,
                    stride_, product);
    }
  }

  void begin_all() {
    for (std::size_t w = 0; w < waiting_; ++w) {
      float* x = x_.data() + w * stride_;
      std::fill_n(x, stride_, 0.0F);
      if (start_ != nullptr) std::ranges::copy(start_->row(waiting_rows_[w]), x);
    }
    // residual = b - A x
    multiply_all(x_);
    for (std::size_t w = 0; w < waiting_; ++w) {
      float* residual = residual_.data() + w * stride_;
      float* direction = direction_.data() + w * stride_;
      for (std::size_t i = 0; i < stride_; ++i) residual[i] = -product_[w * stride_ + i];
      pass<true>(terms_of(waiting_rows_[w]), x_.data() + w * stride_, residual);
      std::copy_n(residual, stride_, direction);
      squares_[w] = dot(residual, residual, stride_);
    }
  }

  void step_all() {
    multiply_all(direction_);
    for (std::size_t w = 0; w < waiting_; ++w) {
      if (squares_[w] < kConverged) continue;
      float* direction = direction_.data() + w * stride_;
      float* residual = residual_.data() + w * stride_;
      float* x = x_.data() + w * stride_;
      float* product = product_.data() + w * stride_;
      pass<false>(terms_of(waiting_rows_[w]), direction, product);
      const float length = squares_[w] / dot(direction, product, stride_);
      scale_and_add(direction, length, x, stride_, x);
      scale_and_add(product, -length, residual, stride_, residual);
      const float square = dot(residual, residual, stride_);
      scale_and_add(direction, square / squares_[w], residual, stride_, direction);
      squares_[w] = square;
    }
  }

  Status solve_waiting(FactorMatrix& solved) {
    if (waiting_ == 0) return ok();
    begin_all();
    for (int step = 0; step < steps_; ++step) step_all();
    const auto count = std::exchange(waiting_, 0);
    floats_ = 0;
    for (std::size_t w = 0; w < count; ++w) {
      const auto factors = solved.row(waiting_rows_[w]);
      float check = 0;
      for (std::size_t i = 0; i < rank_; ++i) {
        factors[i] = x_[w * stride_ + i];
        check += factors[i] * 0;
      }
      if (check == 0) continue;
      if (!exact_) exact_ = shared_->make_exact_solver();
      PUNNET_CHECK(exact_->solve(waiting_rows_[w], waiting_rows_[w] + 1, solved));
    }
    return ok();
  }

  static constexpr float kConverged = 1e-20F;  // of the square of the residual

  std::shared_ptr<const Fp32HalfStep> shared_;
  const FactorMatrix* start_;
  int steps_;
  std::size_t rank_;
  std::size_t stride_;
  AlignedBuffer<float> x_;
  AlignedBuffer<float> residual_;
  AlignedBuffer<float> direction_;
  AlignedBuffer<float> product_;
  std::size_t waiting_rows_[kTileRows] = {};
  float squares_[kTileRows] = {};
  std::size_t waiting_ = 0;
  std::size_t floats_ = 0;  // that the rows which wait will read
  std::unique_ptr<RowSolver> exact_;
};

std::unique_ptr<RowSolver> make_conjugate_gradient_row_solver(
    std::shared_ptr<const Fp32HalfStep> shared, const FactorMatrix* start, int steps) {
  return std::make_unique<ConjugateGradientRowSolver>(std::move(shared), start, steps);
}

}  // namespace HWY_NAMESPACE
}  // namespace punnet
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace punnet {

HWY_EXPORT(make_conjugate_gradient_row_solver);

RowSolverFactory conjugate_gradient_row_solvers(const AlsSide& side, const FactorMatrix& fixed,
                                                const FactorMatrix* start,
                                                const AlsConfig& config) {
  auto shared = std::make_shared<const Fp32HalfStep>(side, fixed, config);
  return [shared, start, steps = config.cg_steps] {
    return HWY_DYNAMIC_DISPATCH(make_conjugate_gradient_row_solver)(shared, start, steps);
  };
}

}  // namespace punnet

#endif  // HWY_ONCE
