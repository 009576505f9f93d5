#include "training/recipe.h"

namespace punnet {

Recipe original_recipe() {
  Recipe recipe;
  recipe.name = "original";
  recipe.als.rank = 10;
  recipe.als.iterations = 10;
  recipe.als.regularization = 0.1;
  recipe.als.feedback = Feedback::kExplicit;
  recipe.als.scaling = RegularizationScaling::kByCount;
  recipe.rating = RatingRule::kQuantity;
  return recipe;
}

Recipe default_recipe() {
  Recipe recipe;
  recipe.name = "default";
  recipe.als.rank = 96;
  recipe.als.iterations = 5;
  recipe.als.regularization = 0.3;
  recipe.als.feedback = Feedback::kImplicit;
  recipe.als.alpha = 1.2;
  recipe.als.scaling = RegularizationScaling::kByCount;
  recipe.rating = RatingRule::kBm25;
  recipe.catalogue_only = true;
  recipe.guard_units = true;
  recipe.exclude_own_item = true;
  recipe.refit = true;
  recipe.unknown_users = UnknownUserPolicy::kPopularity;
  return recipe;
}

Result<Recipe> find_recipe(std::string_view name) {
  if (name == "original") return original_recipe();
  if (name == "default") return default_recipe();
  return Error{ErrorCode::kInvalid,
               "there is no recipe \"" + std::string(name) + "\"; --recipe is default or original"};
}

}  // namespace punnet
