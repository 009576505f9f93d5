#include "training/train_model.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "training/fit_model.h"
#include "training/provenance.h"
#include "training/split.h"
#include "training/unit_guard.h"

namespace punnet {
namespace {

constexpr std::size_t kUsersLookedAt = 10'000;  // whose lists tell what all lists look like

/// Ascending. Empty only when every item may be recommended.
std::vector<ItemId> choose_catalogue(std::span<const Purchase> purchases,
                                     std::span<const ItemId> given, const Recipe& recipe) {
  std::vector<ItemId> catalogue(given.begin(), given.end());
  if (given.empty() && recipe.catalogue_only) {
    for (const auto& purchase : purchases) catalogue.push_back(purchase.item);
  }
  std::sort(catalogue.begin(), catalogue.end());
  catalogue.erase(std::unique(catalogue.begin(), catalogue.end()), catalogue.end());
  if (!given.empty() || !recipe.guard_units) return catalogue;

  const auto outliers = find_outlier_units(purchases, {}, {}).ids();
  std::vector<ItemId> left;
  std::set_difference(catalogue.begin(), catalogue.end(), outliers.begin(), outliers.end(),
                      std::back_inserter(left));
  return left;
}

bool all_have_times(std::span<const Purchase> purchases) {
  return std::all_of(purchases.begin(), purchases.end(),
                     [](const Purchase& purchase) { return purchase.time.has_value(); });
}

std::optional<Timestamp> last_time(std::span<const Purchase> purchases) {
  std::optional<Timestamp> last;
  for (const auto& purchase : purchases) last = std::max(last, purchase.time);
  return last;
}

void measure(const Model& model, const Split& parts, std::span<const ItemId> catalogue,
             const TrainConfig& config, TrainReport& report) {
  const Recommender recommender(std::make_shared<const Model>(model), config.recipe.unknown_users);
  const Contender contender{.name = "model", .recommender = &recommender};
  report.original =
      measure_original_precision(recommender, parts.train, parts.test, config.k, config.threads);
  const HeldOutConfig held_out{
      .k = config.k, .seed = config.seed, .resamples = 1000, .threads = config.threads};
  report.held_out =
      evaluate_held_out(parts.train, parts.test, catalogue, {&contender, 1}, held_out);
  if (!config.served) return;
  report.with_served = compare_with_served(recommender, *report.held_out,
                                           {.history = parts.train,
                                            .later = parts.test,
                                            .catalogue = catalogue,
                                            .data_version = config.data_version,
                                            .by_time = report.validated_by_time},
                                           *config.served, held_out);
}

void describe(const FittedModel& fitted, std::span<const Purchase> seen, TrainReport& report) {
  report.train_purchases = seen.size();
  report.users = fitted.model.users.size();
  report.items = fitted.model.items.size();
  report.ratings = fitted.ratings;
  report.losses = fitted.losses;
  report.predicted = fitted.predicted;
  report.last_time = last_time(seen);
}

AlsProgressCallback listen(const TrainProgressCallback& progress, bool refit) {
  if (!progress) return {};
  return [&progress, refit](const AlsProgress& step) { progress({.refit = refit, .als = step}); };
}

Status check(std::span<const Purchase> purchases, const TrainConfig& config) {
  if (purchases.empty()) return Error{ErrorCode::kInvalid, "train: there are no purchases"};
  if (config.k == 0) return Error{ErrorCode::kInvalid, "train: -k must be at least 1"};
  return validate(config.recipe.als);
}

TrainedModel finish(FittedModel fitted, TrainReport report, const TrainConfig& config) {
  TrainedModel trained;
  trained.model = std::make_shared<const Model>(std::move(fitted.model));
  report.lists = describe_lists(trained.model, config.k, kUsersLookedAt, config.threads);
  trained.provenance = make_provenance(report, config);
  trained.report = std::move(report);
  return trained;
}

}  // namespace

Result<TrainedModel> train_model(std::vector<Purchase> purchases, std::span<const ItemId> catalogue,
                                 const TrainConfig& given, const std::stop_token& stop,
                                 const TrainProgressCallback& progress) {
  auto config = given;
  config.recipe.als.seed = static_cast<std::int64_t>(given.seed);
  config.recipe.als.threads = given.threads;
  const auto& recipe = config.recipe;
  PUNNET_CHECK(check(purchases, config));

  const auto items = choose_catalogue(purchases, catalogue, recipe);
  TrainReport report;
  report.purchases = purchases.size();
  if (!config.validate) {
    PUNNET_TRY(auto fitted,
               fit_model(purchases, items, recipe, stop, listen(progress, false), config.fit));
    describe(fitted, purchases, report);
    return finish(std::move(fitted), std::move(report), config);
  }

  report.validated_by_time = recipe.refit && all_have_times(purchases);
  SplitConfig split;
  split.mode = report.validated_by_time ? SplitMode::kTime : SplitMode::kRandom;
  split.fraction = config.train_share;
  split.seed = config.seed;
  split.shuffle_test = false;
  PUNNET_TRY(auto parts, split_purchases(std::move(purchases), split));
  report.validation_purchases = parts.test.size();

  PUNNET_TRY(auto fitted,
             fit_model(parts.train, items, recipe, stop, listen(progress, false), config.fit));
  measure(fitted.model, parts, items, config, report);
  describe(fitted, parts.train, report);
  if (recipe.refit) {
    report.refitted = true;
    auto& all = parts.train;
    all.insert(all.end(), parts.test.begin(), parts.test.end());
    PUNNET_TRY(fitted, fit_model(all, items, recipe, stop, listen(progress, true), config.fit));
    describe(fitted, all, report);
  }
  return finish(std::move(fitted), std::move(report), config);
}

}  // namespace punnet
