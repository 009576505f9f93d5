#include "als/train_als.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <utility>

#include "als/als_objective.h"
#include "als/half_step.h"
#include "als/initial_factors.h"

namespace punnet {
namespace {

Status check_ratings(const SparseRows& by_user) {
  if (by_user.values.empty()) return Error{ErrorCode::kInvalid, "there are no ratings to train on"};
  for (std::size_t u = 0; u < by_user.rows(); ++u) {
    const auto values = by_user.row_values(u);
    const auto bad = std::ranges::find_if_not(values, [](float r) { return std::isfinite(r); });
    if (bad == values.end()) continue;
    const auto item = by_user.row_columns(u)[static_cast<std::size_t>(bad - values.begin())];
    return Error{ErrorCode::kInvalid, "the rating of user row " + std::to_string(u) +
                                          ", item row " + std::to_string(item) +
                                          " is not a finite number: " + std::to_string(*bad)};
  }
  return ok();
}

Status check_shape(const FactorMatrix& initial_users, std::size_t users, int rank) {
  if (initial_users.rows() == users && initial_users.rank() == rank) return ok();
  return Error{ErrorCode::kInvalid,
               "the initial factors are " + std::to_string(initial_users.rows()) + " x " +
                   std::to_string(initial_users.rank()) + ", but there are " +
                   std::to_string(users) + " users and rank is " + std::to_string(rank)};
}

// Users without ratings will end as zeros; they must not weigh on the first items either.
void forget_unrated(FactorMatrix& users, const SparseRows& by_user) {
  for (std::size_t u = 0; u < users.rows(); ++u) {
    if (by_user.row_columns(u).empty()) std::ranges::fill(users.row(u), 0.0F);
  }
}

Status solve_side(const char* name, const AlsSide& side, const FactorMatrix& fixed,
                  FactorMatrix& solved, const AlsConfig& config, const std::stop_token& stop) {
  auto done = half_step(side, fixed, solved, config, stop);
  if (!done && done.error().code != ErrorCode::kCancelled) {
    return with_context(std::move(done).error(), name);
  }
  return done;
}

}  // namespace

Result<AlsFactors> train_als_from(FactorMatrix initial_users, const InteractionMatrix& ratings,
                                  const AlsConfig& config, const std::stop_token& stop,
                                  const AlsProgressCallback& progress) {
  PUNNET_CHECK(validate(config));
  PUNNET_CHECK(check_ratings(ratings.by_user));
  PUNNET_CHECK(check_shape(initial_users, ratings.by_user.rows(), config.rank));
  forget_unrated(initial_users, ratings.by_user);

  const auto user_side = prepare_side(ratings.by_user, ratings.by_item.rows(), config);
  const auto item_side = prepare_side(ratings.by_item, ratings.by_user.rows(), config);
  AlsFactors factors{.users = std::move(initial_users), .items = {}};
  double last_loss = std::numeric_limits<double>::infinity();
  for (int iteration = 1; iteration <= config.iterations; ++iteration) {
    PUNNET_CHECK(solve_side("item", item_side, factors.users, factors.items, config, stop));
    PUNNET_CHECK(solve_side("user", user_side, factors.items, factors.users, config, stop));
    if (!progress && config.tolerance == 0) continue;
    const double loss = als_objective(ratings, factors.users, factors.items, config);
    if (progress) {
      progress({.iteration = iteration, .iterations = config.iterations, .loss = loss});
    }
    if (config.tolerance > 0 && last_loss - loss < config.tolerance * last_loss) break;
    last_loss = loss;
  }
  return factors;
}

Result<AlsFactors> train_als(const InteractionMatrix& ratings, const AlsConfig& config,
                             const std::stop_token& stop, const AlsProgressCallback& progress) {
  PUNNET_CHECK(validate(config));
  return train_als_from(initial_factors(ratings.by_user.rows(), config.rank, config.seed), ratings,
                        config, stop, progress);
}

}  // namespace punnet
