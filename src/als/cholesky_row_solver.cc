#include "als/cholesky_row_solver.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "als/cholesky_row_solver.cc"
#include "hwy/foreach_target.h"
// After foreach_target.h, as Highway wants it.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "als/aligned_buffer.h"
#include "als/cholesky_inl.h"
#include "als/dual_rows_inl.h"
#include "als/fp32_half_step.h"
#include "als/gather_inl.h"
#include "als/gram_tiles_inl.h"
#include "als/small_rows_inl.h"
#include "als/split_equation.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace punnet {
namespace HWY_NAMESPACE {

// Up to this rank systems side by side are faster than one after the other.
inline constexpr std::size_t kMostRankInLanes = HWY_TARGET <= HWY_AVX3 ? 96 : 64;

class CholeskyRowSolver final : public RowSolver {
 public:
  explicit CholeskyRowSolver(std::shared_ptr<const Fp32HalfStep> shared)
      : shared_(std::move(shared)),
        rank_(shared_->rank),
        stride_(shared_->fixed.stride()),
        small_(kSmallRows && stride_ == kLaneCount),
        at_once_(terms_per_panel(stride_)),
        panel_(at_once_ * stride_),
        dual_(*shared_) {
    const bool lanes = rank_ <= kMostRankInLanes;
    const std::size_t systems = lanes ? kSystemsAtOnce : 1;
    A_ = AlignedBuffer<float>(systems * stride_ * stride_);
    b_ = AlignedBuffer<float>(systems * stride_);
    if (lanes) {
      lane_A_ = AlignedBuffer<float>(lane_rank() * (lane_rank() + 1) / 2 * kLaneCount);
      lane_b_ = AlignedBuffer<float>(lane_rank() * kLaneCount);
    }
    smallest_ = AlignedBuffer<float>(stride_);
    inverse_ = AlignedBuffer<float>(stride_);
  }

  Status solve(std::size_t begin, std::size_t end, FactorMatrix& solved) override {
    const bool lanes = rank_ <= kMostRankInLanes;
    for (auto r = begin; r < end; ++r) {
      shared_->heavy.find(shared_->columns(r), heavy_terms_);
      if (shared_->terms(r) == 0) {
        for (float& x : solved.row(r)) x = 0;
      } else if (!heavy_terms_.empty()) {
        solve_split(r, solved);
      } else if (shared_->is_dual(r)) {
        dual_.add(r, solved, failed_);
      } else if (lanes) {
        add_to_lanes(r, solved);
      } else {
        solve_one(r, solved);
      }
    }
    dual_.finish(solved, failed_);
    solve_lanes_of(solved);
    return finish(*shared_, begin, end, failed_, exact_, solved);
  }

 private:
  // Columns, and rows, of the triangle whose elements lie side by side.
  std::size_t lane_rank() const {
    return (rank_ + kLaneTileRows - 1) / kLaneTileRows * kLaneTileRows;
  }

  // A = w Y^T Y + sum z z^T + lambda I, b = sum target z, with z = scale y. One triangle of A: the
  // lower one where small_.
  void assemble(std::size_t r, float* HWY_RESTRICT A, float* HWY_RESTRICT b) {
    const auto& rows = shared_->rows;
    std::fill_n(b, stride_, 0.0F);
    const float* sum_so_far = shared_->gramian.size() > 0 ? shared_->gramian.data() : nullptr;
    const auto end = static_cast<std::size_t>(rows.offsets[r + 1]);
    for (auto n = static_cast<std::size_t>(rows.offsets[r]); n < end; n += at_once_) {
      const auto count = std::min(at_once_, end - n);
      if (small_) {
        sum_small_row(rows, shared_->fixed, rank_, n, count, sum_so_far, A, b);
      } else {
        gather(rows, shared_->fixed, n, count, panel_.data());
        add_products(panel_.data(), count, stride_, rank_, sum_so_far, A);
        add_targets(panel_.data(), count, stride_, rows.targets.data() + n, b);
      }
      sum_so_far = A;
    }
    for (std::size_t i = 0; i < rank_; ++i) A[i * stride_ + i] += rows.lambdas[r];
    for (std::size_t i = rank_; i < stride_; ++i) A[i * stride_ + i] = 1;
  }

  void solve_one(std::size_t r, FactorMatrix& solved) {
    assemble(r, A_.data(), b_.data());
    bool good = factorize(A_.data(), stride_, rank_, smallest_.data(), inverse_.data());
    if (good) {
      substitute(A_.data(), stride_, inverse_.data(), b_.data());
      good = keep(b_.data(), 1, solved.row(r));
    }
    if (!good) failed_.push_back(r);
  }

  // A row with heavy_terms_, in the slot of the system that comes next.
  void solve_split(std::size_t r, FactorMatrix& solved) {
    const auto& rows = shared_->rows;
    const auto slot = waiting_ % kSystemsAtOnce;
    float* A = A_.data() + slot * stride_ * stride_;
    float* b = b_.data() + slot * stride_;
    assemble(r, A, b);
    if (!split_) split_.emplace(static_cast<int>(rank_));
    split_->begin(A, small_ ? 1 : stride_, small_ ? stride_ : 1, b);
    const auto first = static_cast<std::size_t>(rows.offsets[r]);
    for (const auto n : heavy_terms_) {
      const float scale = rows.scales.empty() ? 1.0F : rows.scales[first + n];
      split_->add(shared_->heavy_factors(rows.columns[first + n]), static_cast<double>(scale),
                  static_cast<double>(rows.targets[first + n]));
    }
    if (!split_->solve(solved.row(r))) failed_.push_back(r);
  }

  void add_to_lanes(std::size_t r, FactorMatrix& solved) {
    const auto slot = waiting_ % kSystemsAtOnce;
    assemble(r, A_.data() + slot * stride_ * stride_, b_.data() + slot * stride_);
    rows_[waiting_++] = r;
    if (slot + 1 == kSystemsAtOnce) interleave(waiting_ - kSystemsAtOnce);
    if (waiting_ == kLaneCount) solve_lanes_of(solved);
  }

  // The systems that A_ and b_ hold, to lanes from `lane` on.
  void interleave(std::size_t lane) {
    const auto rank = lane_rank();
    const float* rows[kSystemsAtOnce];
    for (std::size_t i = 0; i < rank && !small_; ++i) {
      for (std::size_t s = 0; s < kSystemsAtOnce; ++s)
        rows[s] = A_.data() + (s * stride_ + i) * stride_;
      float* to = lane_A_.data() + packed_row(i, rank) * kLaneCount + lane;
      interleave_row(rows, i, rank, [to](std::size_t j) { return to + j * kLaneCount; });
    }
    if (small_) interleave_small_rows(A_.data(), rank, lane_A_.data() + lane);
    for (std::size_t s = 0; s < kSystemsAtOnce; ++s) rows[s] = b_.data() + s * stride_;
    float* to = lane_b_.data() + lane;
    interleave_row(rows, 0, rank, [to](std::size_t j) { return to + j * kLaneCount; });
  }

  // What waits. Lanes that nobody waits for are solved too, whatever they hold; no lane looks at
  // another.
  void solve_lanes_of(FactorMatrix& solved) {
    if (waiting_ == 0) return;
    const auto in_slots = waiting_ % kSystemsAtOnce;
    if (in_slots > 0) interleave(waiting_ - in_slots);
    const auto good = solve_lanes(lane_A_.data(), lane_rank(), rank_, lane_b_.data());
    const auto count = std::exchange(waiting_, 0);
    for (std::size_t lane = 0; lane < count; ++lane) {
      const auto r = rows_[lane];
      if ((good >> lane & 1) == 0 || !keep(lane_b_.data() + lane, kLaneCount, solved.row(r))) {
        failed_.push_back(r);
      }
    }
  }

  // False when there is something that is not a number.
  bool keep(const float* x, std::size_t step, std::span<float> factors) const {
    float check = 0;
    for (std::size_t i = 0; i < rank_; ++i) {
      factors[i] = x[i * step];
      check += factors[i] * 0;
    }
    return check == 0;
  }

  std::shared_ptr<const Fp32HalfStep> shared_;
  std::size_t rank_;
  std::size_t stride_;
  bool small_;
  std::size_t at_once_;
  AlignedBuffer<float> panel_;
  DualRows dual_;
  std::optional<SplitEquation> split_;
  std::vector<std::size_t> heavy_terms_;  // of the row at hand
  AlignedBuffer<float> A_;
  AlignedBuffer<float> b_;
  AlignedBuffer<float> smallest_;
  AlignedBuffer<float> inverse_;
  AlignedBuffer<float> lane_A_;
  AlignedBuffer<float> lane_b_;
  std::size_t rows_[kLaneCount] = {};
  std::size_t waiting_ = 0;
  std::vector<std::size_t> failed_;  // fp32 could not solve them
  std::unique_ptr<RowSolver> exact_;
};

std::unique_ptr<RowSolver> make_cholesky_row_solver(std::shared_ptr<const Fp32HalfStep> shared) {
  return std::make_unique<CholeskyRowSolver>(std::move(shared));
}

}  // namespace HWY_NAMESPACE
}  // namespace punnet
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace punnet {

HWY_EXPORT(make_cholesky_row_solver);

RowSolverFactory cholesky_row_solvers(const AlsSide& side, const FactorMatrix& fixed,
                                      const AlsConfig& config) {
  auto shared = std::make_shared<const Fp32HalfStep>(side, fixed, config);
  return [shared] { return HWY_DYNAMIC_DISPATCH(make_cholesky_row_solver)(shared); };
}

}  // namespace punnet

#endif  // HWY_ONCE
