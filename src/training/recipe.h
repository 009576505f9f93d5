#pragma once

#include <string>
#include <string_view>

#include "als/als_config.h"
#include "base/result.h"
#include "ranking/recommender.h"
#include "training/rate_purchases.h"

namespace punnet {

/// A way to make a model out of purchases. Seed and threads of `als` are set by who trains.
struct Recipe {
  std::string name;
  AlsConfig als;
  RatingRule rating = RatingRule::kQuantity;
  bool catalogue_only = false;  ///< learn from, and recommend, items of the catalogue alone
  bool guard_units = false;     ///< where no catalogue is given, leave out items with outlier units
  bool exclude_own_item = false;  ///< a list never holds the event's own item
  bool refit = false;             ///< after validation, train once more on everything
  UnknownUserPolicy unknown_users = UnknownUserPolicy::kNone;
};

/// What the original did: explicit ratings, rank 10, 10 iterations, 0.1 n, rating = quantity of
/// every line; all items of the model ranked; nothing for users that the model does not know; the
/// model that is kept saw only its 80 %.
Recipe original_recipe();

/// Implicit feedback over the catalogue, settings chosen by measurement; docs/model.md has the
/// figures.
Recipe default_recipe();

/// The recipe called "original" or "default". kInvalid, with these names, for another one.
Result<Recipe> find_recipe(std::string_view name);

}  // namespace punnet
