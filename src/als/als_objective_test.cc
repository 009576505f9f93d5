#include "als/als_objective.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <vector>

#include "tests/support/each_simd_target.h"
#include "tests/support/every_objective.h"
#include "tests/support/random_interactions.h"

namespace punnet {
namespace {

constexpr std::size_t kUsers = 80;
constexpr std::size_t kItems = 50;

double dot(std::span<const float> x, std::span<const float> y) {
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    sum += static_cast<double>(x[i]) * static_cast<double>(y[i]);
  }
  return sum;
}

// The definition, with a loop over every pair.
double by_definition(const std::vector<Interaction>& interactions, const FactorMatrix& users,
                     const FactorMatrix& items, const AlsConfig& config) {
  const bool implicit = config.feedback == Feedback::kImplicit;
  const bool constant = config.confidence == Confidence::kConstant;
  const double unrated = implicit ? (constant ? config.unobserved_weight : 1) : 0;
  std::vector<double> n_user(kUsers);
  std::vector<double> n_item(kItems);
  double loss = 0;
  std::vector<std::vector<double>> weight(kUsers, std::vector<double>(kItems, unrated));
  for (const auto& x : interactions) {
    const auto u = static_cast<std::size_t>(x.user);
    const auto i = static_cast<std::size_t>(x.item);
    const double predicted = dot(users.row(u), items.row(i));
    const auto r = static_cast<double>(x.rating);
    if (!implicit) {
      loss += std::pow(predicted - r, 2);
    } else {
      const double c = constant ? 1 : 1 + config.alpha * std::fabs(r);
      loss += c * std::pow(predicted - (r > 0 ? 1 : 0), 2);
      if (!constant) weight[u][i] -= 1;  // each observation brings its own 1 of confidence
    }
    if (!implicit || r > 0) {
      n_user[u] += 1;
      n_item[i] += 1;
    }
  }
  const auto scaled = [&](double n, std::size_t others) {
    if (config.scaling == RegularizationScaling::kUnscaled) return 1.0;
    if (config.scaling == RegularizationScaling::kByCount) return n;
    return std::pow(n + unrated * static_cast<double>(others), config.nu);
  };
  for (std::size_t u = 0; u < kUsers; ++u) {
    loss += config.regularization * scaled(n_user[u], kItems) * dot(users.row(u), users.row(u));
    for (std::size_t i = 0; i < kItems; ++i) {
      loss += weight[u][i] * std::pow(dot(users.row(u), items.row(i)), 2);
    }
  }
  for (std::size_t i = 0; i < kItems; ++i) {
    loss += config.regularization * scaled(n_item[i], kUsers) * dot(items.row(i), items.row(i));
  }
  return loss;
}

TEST(AlsObjective, IsWhatItsDefinitionSays) {
  const auto interactions = random_interactions(1000, kUsers, kItems, 1);
  const auto ratings = make_interaction_matrix(interactions, kUsers, kItems);
  for (const int rank : {1, 3, 4, 10, 35}) {
    const auto users = random_factors(kUsers, rank, 2);
    const auto items = random_factors(kItems, rank, 3);
    for (auto config : every_objective()) {
      config.rank = rank;
      config.regularization = 0.3;
      config.alpha = 2;
      const double expected = by_definition(interactions, users, items, config);
      for_each_simd_target([&](std::int64_t) {
        EXPECT_NEAR(als_objective(ratings, users, items, config), expected, 1e-10 * expected);
      });
    }
  }
}

TEST(AlsObjective, ByHand) {
  const std::vector<Interaction> one{{0, 0, 3}};
  const auto ratings = make_interaction_matrix(one, 1, 1);
  FactorMatrix x(1, 1);
  FactorMatrix y(1, 1);
  x.values()[0] = 1;
  y.values()[0] = 2;
  // (2 - 3)^2 + 0.1 (1 + 4)
  EXPECT_DOUBLE_EQ(als_objective(ratings, x, y, {.rank = 1}), 1.5);
  // (1 + 1 * 3) (2 - 1)^2 + 0.1 (1 + 4)
  EXPECT_DOUBLE_EQ(als_objective(ratings, x, y, {.rank = 1, .feedback = Feedback::kImplicit}), 4.5);
}

TEST(AlsObjective, IsTheSameForAnyNumberOfThreads) {
  const auto ratings = make_interaction_matrix(random_interactions(9000, 900, 700, 1), 900, 700);
  const auto users = random_factors(900, 6, 2);
  const auto items = random_factors(700, 6, 3);
  AlsConfig config{.rank = 6, .feedback = Feedback::kImplicit};
  const double once = als_objective(ratings, users, items, config);
  for (const int threads : {2, 3, 8}) {
    config.threads = threads;
    EXPECT_EQ(als_objective(ratings, users, items, config), once) << threads;
  }
}

}  // namespace
}  // namespace punnet
