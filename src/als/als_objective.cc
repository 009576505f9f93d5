#include "als/als_objective.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <numeric>
#include <vector>

#include "als/aligned_buffer.h"
#include "als/gramian.h"
#include "als/padded_factors.h"
#include "als/predictions.h"
#include "als/row_terms.h"
#include "base/parallel_for.h"

namespace punnet {
namespace {

constexpr std::size_t kRowsPerTask = 64;

// What a rated pair adds to the objective. Implicit: beyond the (x.y)^2 that every pair adds.
double pair_loss(double predicted, double r, const AlsConfig& config) {
  if (config.feedback == Feedback::kExplicit) return (predicted - r) * (predicted - r);
  const double p = r > 0 ? 1 : 0;
  const double square = (predicted - p) * (predicted - p);
  if (config.confidence == Confidence::kConstant) return square;
  const double c = 1 + config.alpha * std::fabs(r);
  return c * square - predicted * predicted;
}

// Adds up what `block` says of each block of rows: blocks side by side, their sums in order.
double sum_over_blocks(std::size_t rows, int threads,
                       const std::function<double(std::size_t, std::size_t)>& block) {
  std::vector<double> sums((rows + kRowsPerTask - 1) / kRowsPerTask);
  parallel_for(sums.size(), threads, [&](std::size_t task) {
    sums[task] = block(task * kRowsPerTask, std::min(rows, (task + 1) * kRowsPerTask));
  });
  return std::accumulate(sums.begin(), sums.end(), 0.0);
}

// sum n |x|^2
double weighted_norms(const SparseRows& ratings, const FactorMatrix& factors,
                      std::size_t fixed_rows, const AlsConfig& config) {
  const auto block = [&](std::size_t begin, std::size_t end) {
    double sum = 0;
    for (auto r = begin; r < end; ++r) {
      double norm = 0;
      for (const float x : factors.row(r)) norm += static_cast<double>(x) * static_cast<double>(x);
      sum += regularization_factor(ratings.row_values(r), fixed_rows, config) * norm;
    }
    return sum;
  };
  return sum_over_blocks(factors.rows(), config.threads, block);
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
  const PaddedFactors padded(items, config.threads);
  const auto block = [&](std::size_t begin, std::size_t end) {
    AlignedBuffer<double> x(padded.stride());
    std::vector<double> predicted;
    double sum = 0;
    for (auto u = begin; u < end; ++u) {
      std::ranges::copy(users.row(u), x.data());
      const auto values = ratings.row_values(u);
      predicted.resize(values.size());
      predict_pairs(x.data(), padded, ratings.row_columns(u), predicted);
      for (std::size_t n = 0; n < values.size(); ++n) {
        sum += pair_loss(predicted[n], static_cast<double>(values[n]), config);
      }
    }
    return sum;
  };
  return sum_over_blocks(ratings.rows(), config.threads, block);
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
