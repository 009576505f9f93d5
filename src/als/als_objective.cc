#include "als/als_objective.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <vector>

#include "als/gramian.h"
#include "als/row_terms.h"
#include "base/parallel_for.h"

namespace punnet {
namespace {

constexpr std::size_t kRowsPerTask = 64;
constexpr std::size_t kLanes = 4;

// Four running sums, so that the order of additions is fixed and still as wide as the machine.
double dot(const double* x, const float* y, std::size_t rank) {
  double sums[kLanes] = {};
  std::size_t i = 0;
  for (; i + kLanes <= rank; i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      sums[lane] += x[i + lane] * static_cast<double>(y[i + lane]);
    }
  }
  double rest = 0;
  for (; i < rank; ++i) rest += x[i] * static_cast<double>(y[i]);
  return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + rest;
}

// What a rated pair adds to the objective. Implicit: beyond the (x.y)^2 that every pair adds.
double pair_loss(double predicted, double r, const AlsConfig& config) {
  if (config.feedback == Feedback::kExplicit) return (predicted - r) * (predicted - r);
  const double p = r > 0 ? 1 : 0;
  const double square = (predicted - p) * (predicted - p);
  if (config.confidence == Confidence::kConstant) return square;
  const double c = 1 + config.alpha * std::fabs(r);
  return c * square - predicted * predicted;
}

// sum n |x|^2
double weighted_norms(const SparseRows& ratings, const FactorMatrix& factors,
                      std::size_t fixed_rows, const AlsConfig& config) {
  double sum = 0;
  for (std::size_t r = 0; r < factors.rows(); ++r) {
    double norm = 0;
    for (const float x : factors.row(r)) norm += static_cast<double>(x) * static_cast<double>(x);
    sum += regularization_factor(ratings.row_values(r), fixed_rows, config) * norm;
  }
  return sum;
}

// sum over all pairs of (x.y)^2 = sum_ij (X^T X)_ij (Y^T Y)_ij
double all_pairs(const FactorMatrix& users, const FactorMatrix& items, int threads) {
  const auto user_gramian = gramian(users, threads);
  const auto item_gramian = gramian(items, threads);
  const auto rank = static_cast<std::size_t>(users.rank());
  double sum = 0;
  for (std::size_t i = 0; i < rank; ++i) {
    sum += user_gramian.at(i, i) * item_gramian.at(i, i);
    for (std::size_t j = i + 1; j < rank; ++j)
      sum += 2 * user_gramian.at(i, j) * item_gramian.at(i, j);
  }
  return sum;
}

double rated_pairs(const SparseRows& ratings, const FactorMatrix& users, const FactorMatrix& items,
                   const AlsConfig& config) {
  const auto rank = static_cast<std::size_t>(users.rank());
  const auto tasks = (ratings.rows() + kRowsPerTask - 1) / kRowsPerTask;
  std::vector<double> sums(tasks);
  parallel_for(tasks, config.threads, [&](std::size_t task) {
    std::vector<double> x(rank);
    double sum = 0;
    const auto end = std::min(ratings.rows(), (task + 1) * kRowsPerTask);
    for (auto u = task * kRowsPerTask; u < end; ++u) {
      std::ranges::copy(users.row(u), x.begin());
      const auto columns = ratings.row_columns(u);
      const auto values = ratings.row_values(u);
      for (std::size_t n = 0; n < columns.size(); ++n) {
        const float* y = items.row(static_cast<std::size_t>(columns[n])).data();
        sum += pair_loss(dot(x.data(), y, rank), static_cast<double>(values[n]), config);
      }
    }
    sums[task] = sum;
  });
  return std::accumulate(sums.begin(), sums.end(), 0.0);
}

}  // namespace

double als_objective(const InteractionMatrix& ratings, const FactorMatrix& users,
                     const FactorMatrix& items, const AlsConfig& config) {
  double loss = rated_pairs(ratings.by_user, users, items, config);
  if (config.feedback == Feedback::kImplicit) {
    loss += unobserved_weight(config) * all_pairs(users, items, config.threads);
  }
  return loss +
         config.regularization * (weighted_norms(ratings.by_user, users, items.rows(), config) +
                                  weighted_norms(ratings.by_item, items, users.rows(), config));
}

}  // namespace punnet
