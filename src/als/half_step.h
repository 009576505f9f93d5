#pragma once

#include <stop_token>

#include "als/als_config.h"
#include "als/als_side.h"
#include "base/result.h"
#include "domain/factors.h"
#include "domain/interactions.h"

namespace punnet {

/// Solves every row of one side while the other, `fixed`, stays: nothing in it says user or item.
/// Row r of `solved` answers row r of the side's ratings, whose columns are rows of `fixed`. A
/// solver that works in steps sets out from the factors that `solved` has, which are replaced; from
/// zeros when it is empty. The same bytes for any number of threads. Fails with the first row, in
/// order, that cannot be solved, or with kCancelled; nothing can be said of `solved` then.
Status half_step(const AlsSide& side, const FactorMatrix& fixed, FactorMatrix& solved,
                 const AlsConfig& config, const std::stop_token& stop = {});

/// The same for ratings of which only one half-step is wanted.
Result<FactorMatrix> half_step(const SparseRows& ratings, const FactorMatrix& fixed,
                               const AlsConfig& config, const std::stop_token& stop = {});

}  // namespace punnet
