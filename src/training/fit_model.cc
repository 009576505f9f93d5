#include "training/fit_model.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "ranking/popularity.h"
#include "training/rate_purchases.h"

namespace punnet {
namespace {

constexpr std::size_t kPopularItems = 1000;  // kept as the fallback of a model

ValueRange predicted_range(std::span<const Interaction> ratings, const AlsConfig& config) {
  if (config.feedback == Feedback::kImplicit) return {.least = 0, .greatest = 1};
  const auto [least, greatest] =
      std::ranges::minmax(ratings, {}, [](const Interaction& x) { return x.rating; });
  return {.least = double{least.rating}, .greatest = double{greatest.rating}};
}

}  // namespace

Result<FittedModel> fit_model(std::span<const Purchase> purchases,
                              std::span<const ItemId> catalogue, const Recipe& recipe,
                              const std::stop_token& stop, const AlsProgressCallback& progress,
                              const AlsEngine& engine) {
  auto rated = rate_purchases(purchases, recipe.rating,
                              recipe.catalogue_only ? catalogue : std::span<const ItemId>{});
  if (rated.interactions.empty()) {
    return Error{
        ErrorCode::kInvalid,
        "train: none of " + std::to_string(purchases.size()) +
            " purchases is of an item of the catalogue; was it prepared from the same shop?"};
  }
  const auto matrix =
      make_interaction_matrix(rated.interactions, rated.users.size(), rated.items.size());

  FittedModel fitted;
  fitted.ratings = rated.interactions.size();
  fitted.predicted = predicted_range(rated.interactions, recipe.als);
  AlsProgressCallback listen;
  if (progress) {
    listen = [&](const AlsProgress& step) {
      fitted.losses.push_back(step.loss);
      progress(step);
    };
  }
  PUNNET_TRY(auto factors, engine ? engine(matrix, recipe.als, stop, listen)
                                  : train_als(matrix, recipe.als, stop, listen));

  auto& model = fitted.model;
  model.popularity = rank_by_popularity(matrix.by_item, rated.users.size(), rated.items, catalogue);
  model.popularity.resize(std::min(model.popularity.size(), kPopularItems));
  model.users = std::move(rated.users);
  model.items = std::move(rated.items);
  model.user_factors = std::move(factors.users);
  model.item_factors = std::move(factors.items);
  if (recipe.catalogue_only) model.catalogue.assign(catalogue.begin(), catalogue.end());
  model.exclude_own_item = recipe.exclude_own_item;
  return fitted;
}

}  // namespace punnet
