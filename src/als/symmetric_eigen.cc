#include "als/symmetric_eigen.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "als/symmetric_eigen.cc"
#include "hwy/foreach_target.h"
// After foreach_target.h, as Highway wants it.
#include <algorithm>
#include <cmath>
#include <cstddef>

#include "als/aligned_buffer.h"
#include "als/rotations.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace punnet {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Doubles = hn::CappedTag<double, 8>;
inline constexpr std::size_t kDoubles = HWY_MIN(HWY_LANES(double), 8);

// Rows of V that are worked out together, in vectors: enough chains to hide that each is one long
// dependency.
inline constexpr std::size_t kRowVectors = 2;

// B -= v w^T + w v^T, and product += B next, for kRows rows of B from i on and columns from
// `first`. Four rows share what is read of the vectors.
template <std::size_t kRows>
HWY_INLINE void update_rows(double* HWY_RESTRICT B, std::size_t stride, std::size_t i,
                            std::size_t first, const double* HWY_RESTRICT v,
                            const double* HWY_RESTRICT w, const double* HWY_RESTRICT next,
                            double* HWY_RESTRICT product) {
  const Doubles d;
  for (std::size_t j = first; j < stride; j += kDoubles) {
    const auto v_j = hn::Load(d, v + j);
    const auto w_j = hn::Load(d, w + j);
    auto sum = hn::Load(d, product + j);
#pragma GCC unroll 4
    for (std::size_t r = i; r < i + kRows; ++r) {
      double* at = B + r * stride + j;
      auto b = hn::NegMulAdd(hn::Set(d, v[r]), w_j, hn::Load(d, at));
      b = hn::NegMulAdd(hn::Set(d, w[r]), v_j, b);
      hn::Store(b, d, at);
      sum = hn::MulAdd(hn::Set(d, next[r]), b, sum);
    }
    hn::Store(sum, d, product + j);
  }
}

// v and tau of the reflection I - tau v v^T that leaves of x, of `size` values, the first alone,
// which is returned. v may be x.
HWY_INLINE double reflect(const double* x, std::size_t size, double* v, double& tau) {
  double rest = 0;
  for (std::size_t i = 1; i < size; ++i) rest += x[i] * x[i];
  const double first = x[0];
  tau = 0;
  std::copy_n(x, size, v);
  if (rest == 0) return first;
  const double length = std::copysign(std::sqrt(first * first + rest), first);
  v[0] = first + length;
  tau = 1 / (length * v[0]);
  return -length;
}

// Reduces A, `size` rows `stride` apart, to a diagonal and what is beside it. Row p of V holds the
// vector of reflection p, zero up to element p; A is scratch afterwards.
void tridiagonalize(double* HWY_RESTRICT A, std::size_t size, std::size_t stride,
                    double* HWY_RESTRICT V, double* HWY_RESTRICT taus,
                    double* HWY_RESTRICT diagonal, double* HWY_RESTRICT beside) {
  AlignedBuffer<double> w(stride);
  AlignedBuffer<double> product(stride);
  AlignedBuffer<double> zeros(stride);
  const double* v = zeros.data();  // of the reflection whose update is still to be done
  for (std::size_t p = 0; p < size; ++p) {
    double* row = A + p * stride;
    for (auto j = p; j < size; ++j) row[j] -= v[p] * w[j] + w[p] * v[j];
    diagonal[p] = row[p];
    if (p + 1 == size) break;
    double* next = V + p * stride;
    beside[p] = reflect(row + p + 1, size - p - 1, next + p + 1, taus[p]);

    const auto first = (p + 1) / kDoubles * kDoubles;
    std::fill(product.data() + first, product.data() + stride, 0.0);
    auto i = p + 1;
    for (; i + 4 <= size; i += 4) {
      update_rows<4>(A, stride, i, first, v, w.data(), next, product.data());
    }
    for (; i < size; ++i) update_rows<1>(A, stride, i, first, v, w.data(), next, product.data());
    // w = tau (B v - tau (v.B v) / 2 v)
    double square = 0;
    for (auto j = p + 1; j < size; ++j) square += next[j] * product[j];
    const double half = taus[p] * square / 2;
    std::fill_n(w.data(), p + 1, 0.0);
    for (auto j = p + 1; j < size; ++j) w[j] = taus[p] * (product[j] - half * next[j]);
    v = next;
  }
}

std::size_t rows_at_once() { return kRowVectors * kDoubles; }

// Rows of what the reflections and then the rotations make of the identity, from `row` on, column
// by column of rows_at_once() values.
void turn_rows(const double* HWY_RESTRICT V, const double* HWY_RESTRICT taus, std::size_t size,
               std::size_t stride, const Rotations& rotations, std::size_t row,
               double* HWY_RESTRICT columns) {
  const Doubles d;
  constexpr std::size_t kWidth = kRowVectors * kDoubles;
  std::fill_n(columns, size * kWidth, 0.0);
  for (std::size_t r = 0; r < kWidth && row + r < size; ++r) columns[(row + r) * kWidth + r] = 1;

  for (std::size_t p = 0; p + 1 < size; ++p) {
    if (taus[p] == 0) continue;
    const double* v = V + p * stride;
    hn::Vec<Doubles> even[kRowVectors];
    hn::Vec<Doubles> odd[kRowVectors];
    for (std::size_t n = 0; n < kRowVectors; ++n) even[n] = odd[n] = hn::Zero(d);
    std::size_t j = p + 1;
    for (; j + 2 <= size; j += 2) {
      for (std::size_t n = 0; n < kRowVectors; ++n) {
        const double* at = columns + j * kWidth + n * kDoubles;
        even[n] = hn::MulAdd(hn::Set(d, v[j]), hn::Load(d, at), even[n]);
        odd[n] = hn::MulAdd(hn::Set(d, v[j + 1]), hn::Load(d, at + kWidth), odd[n]);
      }
    }
    for (std::size_t n = 0; n < kRowVectors; ++n) {
      if (j < size) {
        const double* at = columns + j * kWidth + n * kDoubles;
        even[n] = hn::MulAdd(hn::Set(d, v[j]), hn::Load(d, at), even[n]);
      }
      even[n] = hn::Mul(hn::Set(d, taus[p]), hn::Add(even[n], odd[n]));
    }
    for (j = p + 1; j < size; ++j) {
      for (std::size_t n = 0; n < kRowVectors; ++n) {
        double* at = columns + j * kWidth + n * kDoubles;
        hn::Store(hn::NegMulAdd(hn::Set(d, v[j]), even[n], hn::Load(d, at)), d, at);
      }
    }
  }

  for (const auto& chain : rotations.chains) {
    // The column that one rotation leaves and the next one takes stays in registers.
    hn::Vec<Doubles> last[kRowVectors];
    double* at = columns + chain.from * kWidth;
    for (std::size_t n = 0; n < kRowVectors; ++n) last[n] = hn::Load(d, at + n * kDoubles);
    for (std::size_t i = 0; i < chain.count; ++i) {
      const auto& turn = rotations.turns[chain.first + i];
      const auto c = hn::Set(d, turn.cosine);
      const auto s = hn::Set(d, turn.sine);
      for (std::size_t n = 0; n < kRowVectors; ++n) {
        const auto before = hn::Load(d, at - kWidth + n * kDoubles);
        hn::Store(hn::MulAdd(s, before, hn::Mul(c, last[n])), d, at + n * kDoubles);
        last[n] = hn::NegMulAdd(s, last[n], hn::Mul(c, before));
      }
      at -= kWidth;
    }
    for (std::size_t n = 0; n < kRowVectors; ++n) hn::Store(last[n], d, at + n * kDoubles);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace punnet
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

#include "base/parallel_for.h"

namespace punnet {
namespace {

HWY_EXPORT(tridiagonalize);
HWY_EXPORT(rows_at_once);
HWY_EXPORT(turn_rows);

constexpr std::size_t kLine = 8;  // doubles

}  // namespace

std::optional<SymmetricEigen> find_symmetric_eigen(const std::vector<double>& matrix,
                                                   std::size_t size, int threads) {
  const auto stride = (size + kLine - 1) / kLine * kLine;
  AlignedBuffer<double> A(size * stride);
  for (std::size_t i = 0; i < size; ++i) {
    std::copy_n(matrix.data() + i * size, size, A.data() + i * stride);
  }
  AlignedBuffer<double> V(size * stride);
  std::vector<double> taus(size);
  std::vector<double> beside(size);
  SymmetricEigen found{.values = std::vector<double>(size),
                       .vectors = std::vector<double>(size * size)};
  HWY_DYNAMIC_DISPATCH(tridiagonalize)
  (A.data(), size, stride, V.data(), taus.data(), found.values.data(), beside.data());
  const auto rotations = diagonalize(found.values, beside);
  if (!rotations) return std::nullopt;

  const auto at_once = HWY_DYNAMIC_DISPATCH(rows_at_once)();
  parallel_for((size + at_once - 1) / at_once, threads, [&](std::size_t task) {
    const auto row = task * at_once;
    AlignedBuffer<double> columns(size * at_once);
    HWY_DYNAMIC_DISPATCH(turn_rows)
    (V.data(), taus.data(), size, stride, *rotations, row, columns.data());
    for (std::size_t r = 0; r < at_once && row + r < size; ++r) {
      for (std::size_t j = 0; j < size; ++j) {
        found.vectors[(row + r) * size + j] = columns[j * at_once + r];
      }
    }
  });
  return found;
}

}  // namespace punnet

#endif  // HWY_ONCE
