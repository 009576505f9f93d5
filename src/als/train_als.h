#pragma once

#include <functional>
#include <stop_token>

#include "als/als_config.h"
#include "base/result.h"
#include "domain/factors.h"
#include "domain/interactions.h"

namespace punnet {

/// What training yields: a row for each row of the interactions, zeros where there was nothing to
/// learn.
struct AlsFactors {
  FactorMatrix users;
  FactorMatrix items;
};

struct AlsProgress {
  int iteration = 0;   ///< finished so far, from 1
  int iterations = 0;  ///< of how many
  double loss = 0;     ///< the objective, see als_objective()
};

/// Called after every iteration on the caller's thread. When empty, and `tolerance` zero, no loss
/// is computed.
using AlsProgressCallback = std::function<void(const AlsProgress&)>;

/// Alternating least squares from `initial_users`: every iteration solves the items from the users,
/// then the users from the items. The users of the result are thus exactly the half-step of its
/// items (of Solver::kConjugateGradient: towards it). Ends early as `tolerance` says.
///
/// The same bytes for any number of threads. kInvalid for a config that validate() refuses, for no
/// ratings at all, for a rating that is not finite (its user and item rows are named), for initial
/// factors of another shape, and for a row without a finite, unique solution; kCancelled soon after
/// `stop` is requested.
Result<AlsFactors> train_als_from(FactorMatrix initial_users, const InteractionMatrix& ratings,
                                  const AlsConfig& config, const std::stop_token& stop = {},
                                  const AlsProgressCallback& progress = {});

/// The same, starting at initial_factors(users, config.rank, config.seed).
Result<AlsFactors> train_als(const InteractionMatrix& ratings, const AlsConfig& config,
                             const std::stop_token& stop = {},
                             const AlsProgressCallback& progress = {});

}  // namespace punnet
