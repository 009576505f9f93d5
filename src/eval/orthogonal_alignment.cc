#include "eval/orthogonal_alignment.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

namespace punnet {
namespace {

constexpr int kMaxSweeps = 60;  // Jacobi converges quadratically; ten are the rule
constexpr double kTolerance = 1e-14;
constexpr double kSingular = 1e-12;  // of the largest singular value

using Column = std::vector<double>;

double dot(const Column& x, const Column& y) {
  return std::inner_product(x.begin(), x.end(), y.begin(), 0.0);
}

/// Turns the columns p and q by the angle of cosine c and sine s.
void turn(Column& p, Column& q, double c, double s) {
  for (std::size_t i = 0; i < p.size(); ++i) {
    const double old_p = p[i];
    p[i] = c * old_p - s * q[i];
    q[i] = s * old_p + c * q[i];
  }
}

/// One-sided Jacobi: turns pairs of columns of `m` until all are orthogonal, so that M V = U S, and
/// does the same to `v`, which begins as the identity.
void orthogonalize(std::vector<Column>& m, std::vector<Column>& v) {
  for (int sweep = 0; sweep < kMaxSweeps; ++sweep) {
    bool turned = false;
    for (std::size_t p = 0; p + 1 < m.size(); ++p) {
      for (std::size_t q = p + 1; q < m.size(); ++q) {
        const double pp = dot(m[p], m[p]);
        const double qq = dot(m[q], m[q]);
        const double pq = dot(m[p], m[q]);
        if (std::abs(pq) <= kTolerance * std::sqrt(pp * qq)) continue;
        turned = true;
        const double zeta = (qq - pp) / (2 * pq);
        const double t = (zeta >= 0 ? 1 : -1) / (std::abs(zeta) + std::sqrt(1 + zeta * zeta));
        const double c = 1 / std::sqrt(1 + t * t);
        turn(m[p], m[q], c, c * t);
        turn(v[p], v[q], c, c * t);
      }
    }
    if (!turned) return;
  }
}

/// Makes columns of length one of `m`, whose columns are orthogonal. A column that is nothing but
/// rounding becomes any direction that is orthogonal to the others.
void normalize(std::vector<Column>& m) {
  double largest = 0;
  for (const auto& column : m) largest = std::max(largest, std::sqrt(dot(column, column)));
  std::vector<std::size_t> kept;
  std::vector<std::size_t> empty;
  for (std::size_t j = 0; j < m.size(); ++j) {
    const double length = std::sqrt(dot(m[j], m[j]));
    if (length <= kSingular * largest || length == 0) {
      empty.push_back(j);
      continue;
    }
    for (auto& value : m[j]) value /= length;
    kept.push_back(j);
  }
  std::size_t axis = 0;
  for (const auto j : empty) {
    for (;; ++axis) {
      Column candidate(m.size());
      candidate[axis] = 1;
      for (int twice = 0; twice < 2; ++twice) {
        for (const auto k : kept) {
          const double share = dot(candidate, m[k]);
          for (std::size_t i = 0; i < candidate.size(); ++i) candidate[i] -= share * m[k][i];
        }
      }
      const double length = std::sqrt(dot(candidate, candidate));
      // Some axis always has at least this much outside of the space of fewer than all columns.
      if (length * length * static_cast<double>(m.size()) < 0.5) continue;
      for (auto& value : candidate) value /= length;
      m[j] = std::move(candidate);
      kept.push_back(j);
      break;
    }
  }
}

double at(std::span<const float> row, std::size_t f) {
  return f < row.size() ? double{row[f]} : 0.0;
}

}  // namespace

OrthogonalAlignment::OrthogonalAlignment(std::span<const RowPairs> pairs) {
  for (const auto& [a, b] : pairs) {
    width_ = std::max(width_, static_cast<std::size_t>(std::max(a.rank(), b.rank())));
  }
  // Column j of M = B^T A. With M = U S V^T, the R that makes trace(R^T M) largest is U V^T.
  std::vector<Column> m(width_, Column(width_));
  for (const auto& [a, b] : pairs) {
    for (std::size_t r = 0; r < a.rows(); ++r) {
      const auto x = a.row(r);
      const auto y = b.row(r);
      for (std::size_t j = 0; j < x.size(); ++j) {
        for (std::size_t i = 0; i < y.size(); ++i) m[j][i] += double{y[i]} * double{x[j]};
      }
    }
  }
  std::vector<Column> v(width_, Column(width_));
  for (std::size_t j = 0; j < width_; ++j) v[j][j] = 1;
  orthogonalize(m, v);
  normalize(m);
  rotation_.assign(width_ * width_, 0);
  for (std::size_t k = 0; k < width_; ++k) {
    for (std::size_t i = 0; i < width_; ++i) {
      for (std::size_t j = 0; j < width_; ++j) rotation_[i * width_ + j] += m[k][i] * v[k][j];
    }
  }
}

double OrthogonalAlignment::distance(const RowPairs& pairs) const {
  double difference = 0;
  double size = 0;
  Column turned(width_);
  for (std::size_t r = 0; r < pairs.a.rows(); ++r) {
    const auto x = pairs.a.row(r);
    const auto y = pairs.b.row(r);
    std::fill(turned.begin(), turned.end(), 0.0);
    for (std::size_t i = 0; i < y.size(); ++i) {
      for (std::size_t j = 0; j < width_; ++j) {
        turned[j] += double{y[i]} * rotation_[i * width_ + j];
      }
    }
    for (std::size_t j = 0; j < width_; ++j) {
      const double gap = at(x, j) - turned[j];
      difference += gap * gap;
      size += at(x, j) * at(x, j);
    }
  }
  return size > 0 ? std::sqrt(difference / size) : std::sqrt(difference);
}

}  // namespace punnet
