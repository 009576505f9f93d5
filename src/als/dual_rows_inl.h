// Rows of few terms, solved in as many unknowns as they have terms. Included once per target by
// files that use hwy/foreach_target.h.

#if defined(PUNNET_ALS_DUAL_ROWS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PUNNET_ALS_DUAL_ROWS_INL_H_
#undef PUNNET_ALS_DUAL_ROWS_INL_H_
#else
#define PUNNET_ALS_DUAL_ROWS_INL_H_
#endif

#include <algorithm>
#include <cstddef>
#include <vector>

#include "als/aligned_buffer.h"
#include "als/cholesky_inl.h"
#include "als/fp32_half_step.h"
#include "als/gather_inl.h"
#include "als/gram_tiles_inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace punnet {
namespace HWY_NAMESPACE {

// Where the Gramian is a diagonal D, a row's equation (D + lambda I + Z^T Z) x = Z^T t turns around
// to x = (D + lambda I)^-1 Z^T s with (I + Z (D + lambda I)^-1 Z^T) s = t, Z being its scaled
// terms: the same x from as many unknowns as there are terms. As many rows as a vector has lanes,
// and of about as many terms, are solved side by side.
class DualRows {
 public:
  explicit DualRows(const Fp32HalfStep& shared)
      : shared_(shared),
        stride_(shared.fixed.stride()),
        terms_((shared.most_terms_dual + kDotsAtOnce) * stride_),
        divided_(stride_),
        inverse_(stride_) {
    if (shared.diagonal.empty()) return;
    for (auto size = kLaneTileRows; size < shared.most_terms_dual + kLaneTileRows;
         size += kLaneTileRows) {
      systems_.push_back({.size = size,
                          .S = AlignedBuffer<float>(size * (size + 1) / 2 * kLaneCount),
                          .s = AlignedBuffer<float>(size * kLaneCount)});
    }
  }

  // Requires is_dual(r). The row is solved by now or by the next finish().
  void add(std::size_t r, FactorMatrix& solved, std::vector<std::size_t>& failed) {
    Systems& systems = systems_[(shared_.terms(r) - 1) / kLaneTileRows];
    write(r, systems);
    systems.rows[systems.waiting++] = r;
    if (systems.waiting == kLaneCount) solve(systems, solved, failed);
  }

  void finish(FactorMatrix& solved, std::vector<std::size_t>& failed) {
    for (Systems& systems : systems_) solve(systems, solved, failed);
  }

 private:
  // Equations of at most `size` unknowns, one in each lane; what a row does not need is the
  // identity.
  struct Systems {
    std::size_t size = 0;
    AlignedBuffer<float> S = {};
    AlignedBuffer<float> s = {};
    std::size_t rows[kLaneCount] = {};
    std::size_t waiting = 0;
  };

  // inverse_ = (D + lambda I)^-1
  void invert(float lambda) {
    const Lanes d;
    for (std::size_t j = 0; j < stride_; j += kLaneCount) {
      const auto sum = hn::Add(hn::Load(d, shared_.diagonal.data() + j), hn::Set(d, lambda));
      hn::Store(hn::Div(hn::Set(d, 1.0F), sum), d, inverse_.data() + j);
    }
  }

  // `to` may be `from`.
  void divide(const float* from, float* to) const {
    const Lanes d;
    for (std::size_t j = 0; j < stride_; j += kLaneCount) {
      hn::Store(hn::Mul(hn::Load(d, from + j), hn::Load(d, inverse_.data() + j)), d, to + j);
    }
  }

  void write(std::size_t r, Systems& systems) {
    const auto& rows = shared_.rows;
    const auto first = static_cast<std::size_t>(rows.offsets[r]);
    const auto count = shared_.terms(r);
    const auto size = systems.size;
    float* S = systems.S.data() + systems.waiting;
    float* s = systems.s.data() + systems.waiting;
    gather(rows, shared_.fixed, first, count, terms_.data());
    invert(rows.lambdas[r]);
    for (std::size_t i = 0; i < size; ++i) {
      float* row = S + packed_row(i, size) * kLaneCount;
      for (std::size_t j = std::max(i, count); j < size; ++j) row[j * kLaneCount] = 0;
      if (i < count) {
        divide(terms_.data() + i * stride_, divided_.data());
        for (std::size_t j = i; j < count; j += kDotsAtOnce) {
          float products[kDotsAtOnce];
          dots(terms_.data() + j * stride_, stride_, divided_.data(), stride_, products);
          for (std::size_t n = 0; n < kDotsAtOnce && j + n < count; ++n) {
            row[(j + n) * kLaneCount] = products[n];
          }
        }
      }
      row[i * kLaneCount] += 1;
      s[i * kLaneCount] = i < count ? rows.targets[first + i] : 0;
    }
  }

  // Lanes that nobody waits for are solved too, whatever they hold; no lane looks at another.
  void solve(Systems& systems, FactorMatrix& solved, std::vector<std::size_t>& failed) {
    if (systems.waiting == 0) return;
    const auto good = solve_lanes(systems.S.data(), systems.size, systems.size, systems.s.data());
    for (std::size_t lane = 0; lane < systems.waiting; ++lane) {
      const auto r = systems.rows[lane];
      if ((good >> lane & 1) == 0 || !keep(r, systems.s.data() + lane, solved)) {
        failed.push_back(r);
      }
    }
    systems.waiting = 0;
  }

  // False when there is something that is not a number.
  bool keep(std::size_t r, const float* s, FactorMatrix& solved) {
    const Lanes d;
    const auto first = static_cast<std::size_t>(shared_.rows.offsets[r]);
    const auto count = shared_.terms(r);
    invert(shared_.rows.lambdas[r]);
    float* x = divided_.data();
    std::fill_n(x, stride_, 0.0F);
    for (std::size_t n = 0; n < count; ++n) {
      const auto column = static_cast<std::size_t>(shared_.rows.columns[first + n]);
      const float* y = shared_.fixed.row(column);
      const float scale = shared_.rows.scales.empty() ? 1.0F : shared_.rows.scales[first + n];
      const auto by = hn::Set(d, scale * s[n * kLaneCount]);
      for (std::size_t j = 0; j < stride_; j += kLaneCount) {
        hn::Store(hn::MulAdd(by, hn::Load(d, y + j), hn::Load(d, x + j)), d, x + j);
      }
    }
    divide(x, x);
    float check = 0;
    const auto factors = solved.row(r);
    for (std::size_t i = 0; i < shared_.rank; ++i) {
      factors[i] = x[i];
      check += factors[i] * 0;
    }
    return check == 0;
  }

  const Fp32HalfStep& shared_;
  std::size_t stride_;
  AlignedBuffer<float> terms_;  // of one row, scaled; what lies behind the last is not used
  AlignedBuffer<float> divided_;
  AlignedBuffer<float> inverse_;
  std::vector<Systems> systems_;  // by their size
};

}  // namespace HWY_NAMESPACE
}  // namespace punnet
HWY_AFTER_NAMESPACE();

#endif  // PUNNET_ALS_DUAL_ROWS_INL_H_
