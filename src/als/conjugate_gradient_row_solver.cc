#include "als/conjugate_gradient_row_solver.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "als/conjugate_gradient_row_solver.cc"
#include "hwy/foreach_target.h"
// After foreach_target.h, as Highway wants it.
#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "als/aligned_buffer.h"
#include "als/conjugate_gradient_inl.h"
#include "als/dual_rows_inl.h"
#include "als/fp32_half_step.h"
#include "als/gram_tiles_inl.h"
#include "als/tile_product_inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace punnet {
namespace HWY_NAMESPACE {

// Floats of factors that rows side by side may read: somewhat less than a second-level cache holds.
inline constexpr std::size_t kMostFloats = std::size_t{96} * 1024;

// Solves kTileRows rows side by side, each on its own but for the product with the Gramian. In the
// eigenbasis that product is with a diagonal, which is also the preconditioner.
class ConjugateGradientRowSolver final : public RowSolver {
 public:
  ConjugateGradientRowSolver(std::shared_ptr<const Fp32HalfStep> shared, const FactorMatrix* start,
                             int steps)
      : shared_(std::move(shared)),
        start_(start),
        steps_(steps),
        rank_(shared_->rank),
        stride_(shared_->fixed.stride()),
        dual_(*shared_),
        x_(kTileRows * stride_),
        residual_(kTileRows * stride_),
        direction_(kTileRows * stride_),
        product_(kTileRows * stride_),
        weighted_(kTileRows * stride_) {}

  Status solve(std::size_t begin, std::size_t end, FactorMatrix& solved) override {
    for (auto r = begin; r < end; ++r) {
      if (shared_->terms(r) == 0) {
        for (float& x : solved.row(r)) x = 0;
      } else if (shared_->is_dual(r)) {
        dual_.add(r, solved, failed_);
      } else {
        add(r, solved);
      }
    }
    dual_.finish(solved, failed_);
    solve_waiting(solved);
    return finish(*shared_, begin, end, failed_, exact_, solved);
  }

 private:
  Terms terms_of(std::size_t r) const {
    return {.rows = shared_->rows,
            .fixed = shared_->fixed,
            .first = static_cast<std::size_t>(shared_->rows.offsets[r]),
            .count = shared_->terms(r),
            .fits_cache = shared_->terms(r) * stride_ <= kMostFloats};
  }

  void add(std::size_t r, FactorMatrix& solved) {
    const auto floats = shared_->terms(r) * stride_;
    if (waiting_ == kTileRows || floats_ + floats > kMostFloats) solve_waiting(solved);
    waiting_rows_[waiting_++] = r;
    floats_ += floats;
  }

  float lambda(std::size_t w) const { return shared_->rows.lambdas[waiting_rows_[w]]; }

  // product_ = (w Y^T Y + lambda I) v for all rows that wait, the terms aside.
  void multiply_all(const AlignedBuffer<float>& v) {
    if (!shared_->diagonal.empty()) {
      for (std::size_t w = 0; w < waiting_; ++w) {
        multiply_by_diagonal(v.data() + w * stride_, shared_->diagonal.data(), lambda(w), stride_,
                             product_.data() + w * stride_);
      }
      return;
    }
    multiply(v.data(), shared_->gramian.data(), rank_, stride_, product_.data());
    for (std::size_t w = 0; w < waiting_; ++w) {
      float* product = product_.data() + w * stride_;
      scale_and_add(v.data() + w * stride_, lambda(w), product, stride_, product);
    }
  }

  // What the residual of row w says of the error: divided by the diagonal, where there is one.
  const float* weighted_residual(std::size_t w) {
    const float* residual = residual_.data() + w * stride_;
    if (!shared_->basis) return residual;
    float* weighted = weighted_.data() + w * stride_;
    divide_by_diagonal(residual, shared_->diagonal.data(), lambda(w), stride_, weighted);
    return weighted;
  }

  void load_start() {
    std::fill_n(x_.data(), x_.size(), 0.0F);
    if (start_ == nullptr) return;
    AlignedBuffer<float>& given = shared_->basis ? product_ : x_;
    for (std::size_t w = 0; w < waiting_; ++w) {
      std::ranges::copy(start_->row(waiting_rows_[w]), given.data() + w * stride_);
    }
    if (!shared_->basis) return;
    multiply(product_.data(), shared_->basis->axes.data(), rank_, stride_, x_.data());
  }

  void begin_all() {
    load_start();
    // residual = b - A x
    multiply_all(x_);
    for (std::size_t w = 0; w < waiting_; ++w) {
      float* residual = residual_.data() + w * stride_;
      for (std::size_t i = 0; i < stride_; ++i) residual[i] = -product_[w * stride_ + i];
      pass<true>(terms_of(waiting_rows_[w]), x_.data() + w * stride_, residual);
      const float* weighted = weighted_residual(w);
      std::copy_n(weighted, stride_, direction_.data() + w * stride_);
      squares_[w] = dot(residual, weighted, stride_);
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
      const float* weighted = weighted_residual(w);
      const float square = dot(residual, weighted, stride_);
      scale_and_add(direction, square / squares_[w], weighted, stride_, direction);
      squares_[w] = square;
    }
  }

  void solve_waiting(FactorMatrix& solved) {
    if (waiting_ == 0) return;
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
      if (check != 0) failed_.push_back(waiting_rows_[w]);
    }
  }

  static constexpr float kConverged = 1e-20F;  // of the square of the residual

  std::shared_ptr<const Fp32HalfStep> shared_;
  const FactorMatrix* start_;
  int steps_;
  std::size_t rank_;
  std::size_t stride_;
  DualRows dual_;
  AlignedBuffer<float> x_;
  AlignedBuffer<float> residual_;
  AlignedBuffer<float> direction_;
  AlignedBuffer<float> product_;
  AlignedBuffer<float> weighted_;
  std::size_t waiting_rows_[kTileRows] = {};
  float squares_[kTileRows] = {};
  std::size_t waiting_ = 0;
  std::size_t floats_ = 0;           // that the rows which wait will read
  std::vector<std::size_t> failed_;  // fp32 could not solve them
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
