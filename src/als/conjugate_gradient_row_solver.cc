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
#include "als/gather_inl.h"
#include "als/gram_tiles_inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace punnet {
namespace HWY_NAMESPACE {

// Floats of gathered factors that are kept for all steps: half of a common second-level cache.
inline constexpr std::size_t kMostGathered = 128 * 1024;

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
        gathered_(kMostGathered + padded(terms_per_panel(stride_)) * stride_),
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
      const bool fits = used_ + padded(terms(r)) * stride_ <= kMostGathered;
      if (waiting_ == kTileRows || (waiting_ > 0 && !fits)) PUNNET_CHECK(solve_waiting(solved));
      add(r);
    }
    return solve_waiting(solved);
  }

 private:
  struct WaitingRow {
    std::size_t row = 0;
    const float* gathered = nullptr;  // its factors, panel after panel; null: too many to keep
    const float* targets = nullptr;
  };

  std::size_t terms(std::size_t r) const {
    return static_cast<std::size_t>(shared_->rows.offsets[r + 1] - shared_->rows.offsets[r]);
  }

  static std::size_t padded(std::size_t count) {
    return (count + kRowsPerPass - 1) / kRowsPerPass * kRowsPerPass;
  }

  // Fetches `count` terms from `first` to `to`, and zeros behind them to whole passes.
  void fetch(std::size_t first, std::size_t count, float* to) {
    gather(shared_->rows, shared_->fixed, first, count, to);
    for (std::size_t n = count * stride_; n < padded(count) * stride_; ++n) to[n] = 0;
  }

  void add(std::size_t r) {
    auto& row = waiting_rows_[waiting_++];
    row = {.row = r, .gathered = nullptr, .targets = nullptr};
    if (padded(terms(r)) * stride_ > kMostGathered) return;
    row.gathered = gathered_.data() + used_;
    fetch(static_cast<std::size_t>(shared_->rows.offsets[r]), terms(r), gathered_.data() + used_);
    used_ += padded(terms(r)) * stride_;
  }

  // sum += what `pass` adds for all terms of a row.
  template <bool kResidual>
  void pass_over(const WaitingRow& row, const float* v, float* sum) {
    const auto& rows = shared_->rows;
    const auto first = static_cast<std::size_t>(rows.offsets[row.row]);
    const auto at_once = padded(terms_per_panel(stride_));
    for (std::size_t n = 0; n < terms(row.row); n += at_once) {
      const auto count = std::min(at_once, terms(row.row) - n);
      const float* panel = row.gathered + n * stride_;
      if (row.gathered == nullptr) {
        fetch(first + n, count, gathered_.data() + kMostGathered);
        panel = gathered_.data() + kMostGathered;
      }
      // The zeros behind the last term have targets too: those of the next row, or none.
      if (!kResidual || first + n + padded(count) <= rows.targets.size()) {
        pass<kResidual>(panel, padded(count), stride_, rows.targets.data() + first + n, v, sum);
      } else {
        AlignedBuffer<float> targets(padded(count));
        std::copy_n(rows.targets.data() + first + n, count, targets.data());
        pass<kResidual>(panel, padded(count), stride_, targets.data(), v, sum);
      }
    }
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
      scale_and_add(v.data() + w * stride_, shared_->rows.lambdas[waiting_rows_[w].row], product,
                    stride_, product);
    }
  }

  void begin_all() {
    for (std::size_t w = 0; w < waiting_; ++w) {
      float* x = x_.data() + w * stride_;
      std::fill_n(x, stride_, 0.0F);
      if (start_ != nullptr) std::ranges::copy(start_->row(waiting_rows_[w].row), x);
    }
    // residual = b - A x
    multiply_all(x_);
    for (std::size_t w = 0; w < waiting_; ++w) {
      float* residual = residual_.data() + w * stride_;
      float* direction = direction_.data() + w * stride_;
      for (std::size_t i = 0; i < stride_; ++i) residual[i] = -product_[w * stride_ + i];
      pass_over<true>(waiting_rows_[w], x_.data() + w * stride_, residual);
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
      pass_over<false>(waiting_rows_[w], direction, product);
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
    used_ = 0;
    for (std::size_t w = 0; w < count; ++w) {
      const auto factors = solved.row(waiting_rows_[w].row);
      float check = 0;
      for (std::size_t i = 0; i < rank_; ++i) {
        factors[i] = x_[w * stride_ + i];
        check += factors[i] * 0;
      }
      if (check == 0) continue;
      if (!exact_) exact_ = shared_->make_exact_solver();
      PUNNET_CHECK(exact_->solve(waiting_rows_[w].row, waiting_rows_[w].row + 1, solved));
    }
    return ok();
  }

  static constexpr float kConverged = 1e-20F;  // of the square of the residual

  std::shared_ptr<const Fp32HalfStep> shared_;
  const FactorMatrix* start_;
  int steps_;
  std::size_t rank_;
  std::size_t stride_;
  AlignedBuffer<float> gathered_;  // of the rows that wait; behind kMostGathered a panel for others
  AlignedBuffer<float> x_;
  AlignedBuffer<float> residual_;
  AlignedBuffer<float> direction_;
  AlignedBuffer<float> product_;
  WaitingRow waiting_rows_[kTileRows];
  float squares_[kTileRows] = {};
  std::size_t waiting_ = 0;
  std::size_t used_ = 0;
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
