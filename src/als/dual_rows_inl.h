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
#include <span>
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
    const auto count = shared_.terms(r);
    if (count <= 2) {
      if (!(count == 1 ? solve_short<1>(r, solved) : solve_short<2>(r, solved))) {
        failed.push_back(r);
      }
      return;
    }
    Systems& systems = systems_[(shared_.terms(r) - 1) / kLaneTileRows];
    write(r, systems);
    systems.rows[systems.waiting++] = r;
    if (systems.waiting == kLaneCount) solve(systems, solved, failed);
  }

  void finish(FactorMatrix& solved, std::vector<std::size_t>& failed) {
    for (Systems& systems : systems_) solve(systems, solved, failed);
  }

 private:
  static constexpr float kLargest = 3.0e38F;

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
    if (!shared_.basis) {  // D = 0
      std::fill_n(inverse_.data(), stride_, 1 / lambda);
      return;
    }
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

  // A row of one or two terms by itself, as half of a shop's items are. False when fp32 cannot.
  template <std::size_t kTerms>
  bool solve_short(std::size_t r, FactorMatrix& solved) {
    const Lanes d;
    const auto& rows = shared_.rows;
    const auto first = static_cast<std::size_t>(rows.offsets[r]);
    const auto factors_of = [&](std::size_t n) {
      return shared_.fixed.row(static_cast<std::size_t>(rows.columns[n]));
    };
    for (std::size_t n = 0; n < kTerms; ++n) prefetch_later(rows, shared_.fixed, first + n);
    const float* y = factors_of(first);
    const float* other = factors_of(first + kTerms - 1);
    invert(rows.lambdas[r]);
    auto yy = hn::Zero(d);
    auto yo = hn::Zero(d);
    auto oo = hn::Zero(d);
    for (std::size_t j = 0; j < stride_; j += kLaneCount) {
      const auto inverse = hn::Load(d, inverse_.data() + j);
      const auto divided = hn::Mul(hn::Load(d, y + j), inverse);
      yy = hn::MulAdd(hn::Load(d, y + j), divided, yy);
      if constexpr (kTerms == 2) {
        const auto o = hn::Load(d, other + j);
        yo = hn::MulAdd(o, divided, yo);
        oo = hn::MulAdd(o, hn::Mul(o, inverse), oo);
      }
    }
    const auto sum = [d](Vector lanes) HWY_ATTR { return hn::GetLane(hn::SumOfLanes(d, lanes)); };
    const auto scale = [&](std::size_t n) { return rows.scales.empty() ? 1.0F : rows.scales[n]; };
    // S = L L^T for S = I + Z (D + lambda I)^-1 Z^T, but without its roots.
    const float first_scale = scale(first);
    const float pivot = 1 + first_scale * first_scale * sum(yy);
    if (!(pivot <= kLargest)) return false;
    float s = rows.targets[first] / pivot;
    float by_other = 0;
    if constexpr (kTerms == 2) {
      const float last_scale = scale(first + 1);
      const float below = first_scale * last_scale * sum(yo) / pivot;
      const float corner = 1 + last_scale * last_scale * sum(oo);
      const float last_pivot = corner - below * below * pivot;
      if (!(last_pivot > pivot_tolerance(2) * corner) || !(last_pivot <= kLargest)) return false;
      const float last = (rows.targets[first + 1] - below * rows.targets[first]) / last_pivot;
      s -= below * last;
      by_other = last_scale * last;
    }
    return keep_short(y, first_scale * s, other, by_other, solved.row(r));
  }

  // (D + lambda I)^-1 (by_y y + by_other other). False when there is something that is not a
  // number.
  bool keep_short(const float* y, float by_y, const float* other, float by_other,
                  std::span<float> factors) {
    const Lanes d;
    auto check = hn::Zero(d);
    for (std::size_t j = 0; j < stride_; j += kLaneCount) {
      auto x = hn::Mul(hn::Set(d, by_y), hn::Load(d, y + j));
      if (by_other != 0) x = hn::MulAdd(hn::Set(d, by_other), hn::Load(d, other + j), x);
      x = hn::Mul(x, hn::Load(d, inverse_.data() + j));
      check = hn::MulAdd(x, hn::Zero(d), check);
      if (j + kLaneCount <= factors.size()) {
        hn::StoreU(x, d, factors.data() + j);
      } else if (j < factors.size()) {
        hn::Store(x, d, divided_.data());
        for (auto i = j; i < factors.size(); ++i) factors[i] = divided_[i - j];
      }
    }
    return hn::GetLane(hn::SumOfLanes(d, check)) == 0;
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
