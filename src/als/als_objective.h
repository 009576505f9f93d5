#pragma once

#include "als/als_config.h"
#include "domain/factors.h"
#include "domain/interactions.h"

namespace punnet {

/// The value that training minimises, in fp64, constants included: never negative, and zero for
/// factors that explain every rating at no cost.
///
///   explicit   sum (x.y - r)^2                   + lambda (sum n_u |x_u|^2 + sum n_i |y_i|^2)
///   implicit   sum over all pairs of c (x.y - p)^2 + the same
///
/// The same bits for any number of threads.
double als_objective(const InteractionMatrix& ratings, const FactorMatrix& users,
                     const FactorMatrix& items, const AlsConfig& config);

}  // namespace punnet
