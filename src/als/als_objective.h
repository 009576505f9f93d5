#pragma once

#include "als/als_config.h"
#include "domain/factors.h"
#include "domain/interactions.h"

namespace punnet {

/// The value that training minimises, in fp64, constants included: never negative, and zero for
/// factors that explain every rating at no cost.
///
///   explicit   sum (x.y - r)^2                                + lambda (sum n_u |x_u|^2 + ...)
///   implicit   kByRating: sum over all pairs of c (x.y - p)^2  + the same
///              kConstant: sum over ratings of (x.y - p)^2
///                         + unobserved_weight sum over all pairs of (x.y)^2  + the same
///
/// with c = 1 + alpha |r|, p = 1 for r > 0, otherwise (and without rating) c = 1 or 1 + alpha |r|
/// and p = 0, and lambda n by regularization_factor(). The same bits for any number of
/// threads, on one kind of machine.
double als_objective(const InteractionMatrix& ratings, const FactorMatrix& users,
                     const FactorMatrix& items, const AlsConfig& config);

}  // namespace punnet
