// How the default recipe's settings were chosen: trains on weeks 1 to 36 of the Complete Journey
// data and measures on weeks 37 to 40. With --final it measures the chosen recipe once on weeks 50
// to 53.
//
//   recipe_search DIRECTORY [--final]     DIRECTORY holds transactions.parquet and products.parquet

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/rfc3339.h"
#include "embedded/local_file_store.h"
#include "eval/held_out.h"
#include "eval/report.h"
#include "eval/text_table.h"
#include "parquet/product_reader.h"
#include "parquet/purchase_reader.h"
#include "training/fit_model.h"
#include "training/prepare.h"
#include "training/recipe.h"

namespace punnet {
namespace {

constexpr int kThreads = 2;
constexpr std::uint64_t kSeed = 1;
constexpr double kMostOfLists = 0.25;  // the choice keeps a margin to what is called degenerate

Result<Prepared> read_shop(const std::string& directory) {
  const auto call = CallContext::within(std::chrono::minutes{10});
  PUNNET_TRY(const auto files, open_local_file_store({.directory = directory, .sync = false}));
  PurchaseReadOptions options;
  options.columns = {.user = "household_id",
                     .item = "product_id",
                     .quantity = "quantity",
                     .sales_value = "sales_value",
                     .basket = "basket_id",
                     .time = "transaction_timestamp"};
  ProductReadOptions product_options;
  product_options.columns.category = "product_category";
  product_options.columns.name = "product_type";
  PUNNET_TRY(auto purchases, read_purchases(*files, "transactions.parquet", options, call));
  PUNNET_TRY(const auto products, read_products(*files, "products.parquet", product_options, call));
  return prepare(std::move(purchases), products, {});
}

/// Week 1 of the data is one day, and week 2 begins on Monday the 2nd of January, in New York.
Timestamp start_of_week(int week) {
  return *parse_rfc3339("2017-01-02T00:00:00-05:00") + std::chrono::days{7 * (week - 2)};
}

struct Weeks {
  std::vector<Purchase> train;
  std::vector<Purchase> test;
};

Weeks cut_weeks(std::span<const Purchase> purchases, int last_train, int first_test,
                int last_test) {
  Weeks weeks;
  for (const auto& purchase : purchases) {
    if (*purchase.time < start_of_week(last_train + 1)) weeks.train.push_back(purchase);
    if (*purchase.time >= start_of_week(first_test) &&
        *purchase.time < start_of_week(last_test + 1)) {
      weeks.test.push_back(purchase);
    }
  }
  return weeks;
}

std::vector<Recipe> candidates() {
  std::vector<Recipe> recipes{original_recipe()};
  auto recipe = default_recipe();
  const auto add = [&](RatingRule rating, int rank, double regularization, double alpha) {
    recipe.rating = rating;
    recipe.als.rank = rank;
    recipe.als.regularization = regularization;
    recipe.als.alpha = alpha;
    recipes.push_back(recipe);
  };
  for (const auto rating : {RatingRule::kCount, RatingRule::kLogCount, RatingRule::kBm25}) {
    for (const int rank : {32, 64, 96}) add(rating, rank, 0.1, 1.0);
  }
  for (const int rank : {64, 96}) {
    for (const double regularization : {0.1, 0.2, 0.3}) {
      for (const double alpha : {0.8, 1.2, 1.6})
        add(RatingRule::kBm25, rank, regularization, alpha);
    }
  }
  return recipes;
}

struct Trial {
  Recipe recipe;
  double seconds = 0;
  HeldOutReport report;

  const ContenderScore& model(std::size_t track) const { return report.tracks[track].scores[0]; }
  const Estimate& over_popularity(std::size_t track) const {
    return find_score(report.tracks[track], kPopularityName)->first_minus[0];
  }
};

Result<Trial> try_recipe(Recipe recipe, const Weeks& weeks, std::span<const ItemId> catalogue) {
  recipe.als.seed = kSeed;
  recipe.als.threads = kThreads;
  const auto start = std::chrono::steady_clock::now();
  PUNNET_TRY(auto fitted, fit_model(weeks.train, catalogue, recipe));
  Trial trial;
  trial.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const Recommender recommender(std::make_shared<const Model>(std::move(fitted.model)),
                                recipe.unknown_users);
  const Contender contender{.name = "model", .recommender = &recommender};
  trial.report = evaluate_held_out(weeks.train, weeks.test, catalogue, {&contender, 1},
                                   {.k = 5, .seed = kSeed, .resamples = 1000, .threads = kThreads});
  trial.recipe = std::move(recipe);
  return trial;
}

/// A row of a Markdown table.
void print_trial(const Trial& trial) {
  const auto& als = trial.recipe.als;
  const auto& all = trial.model(0);
  const auto& fresh = trial.model(1);
  fmt::print(
      "| {} | {} | {} | {:g} | {:g} | {:.1f} | {:.4f} | {:+.4f}, {:+.4f} | {} | {} | {:.4f} |\n",
      name(trial.recipe.rating), als.feedback == Feedback::kImplicit ? "implicit" : "explicit",
      als.rank, als.regularization, als.alpha, trial.seconds, all.metrics[0].mean,
      trial.over_popularity(0).low, trial.over_popularity(0).high, all.coverage.distinct_items,
      percent(all.coverage.share_of_lists), fresh.metrics[0].mean);
  std::fflush(stdout);
}

Status search(const Prepared& shop, std::span<const ItemId> catalogue) {
  const auto weeks = cut_weeks(shop.purchases, 36, 37, 40);
  fmt::print(
      "| rating | feedback | rank | reg | alpha | s | P@5 all | minus popularity | items shown | "
      "top item in | P@5 new |\n"
      "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n");
  std::unique_ptr<Trial> best;
  for (const auto& recipe : candidates()) {
    PUNNET_TRY(auto trial, try_recipe(recipe, weeks, catalogue));
    print_trial(trial);
    const auto& score = trial.model(0);
    if (score.coverage.share_of_lists > kMostOfLists) continue;
    if (!best || score.metrics[0].mean > best->model(0).metrics[0].mean) {
      best = std::make_unique<Trial>(std::move(trial));
    }
  }
  if (!best) return Error{ErrorCode::kInternal, "every candidate shows one item nearly everywhere"};
  fmt::print("\nBest P@5 with no item in more than {} of lists:\n", percent(kMostOfLists));
  print_trial(*best);
  fmt::print("\n{}", to_text(best->report));
  return ok();
}

Status measure_once(const Prepared& shop, std::span<const ItemId> catalogue) {
  const auto weeks = cut_weeks(shop.purchases, 49, 50, 53);
  for (const auto& recipe : {default_recipe(), original_recipe()}) {
    PUNNET_TRY(const auto trial, try_recipe(recipe, weeks, catalogue));
    fmt::print("Recipe {}: {:.1f} s\n{}\n", recipe.name, trial.seconds,
               to_text(trial.report, {shop.items.begin(), shop.items.end()}));
  }
  return ok();
}

Status run(const std::string& directory, bool final) {
  PUNNET_TRY(const auto shop, read_shop(directory));
  std::vector<ItemId> catalogue;
  for (const auto& [item, features] : shop.item_features) catalogue.push_back(item);
  return final ? measure_once(shop, catalogue) : search(shop, catalogue);
}

}  // namespace
}  // namespace punnet

int main(int argc, char** argv) {
  const bool final = argc == 3 && std::string_view(argv[2]) == "--final";
  if (argc != 2 && !final) {
    std::fprintf(stderr, "usage: recipe_search DIRECTORY [--final]\n");
    return 64;
  }
  if (const auto status = punnet::run(argv[1], final); !status) {
    std::fprintf(stderr, "recipe_search: %s\n", status.error().message.c_str());
    return punnet::traits(status.error().code).exit_code;
  }
  return 0;
}
