#include "training/spark_train.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <utility>

#include "ranking/popularity.h"

namespace punnet {
namespace {

constexpr std::size_t kPopularItems = 1000;  // kept as the fallback of a model

Status check(std::span<const SparkRating> ratings, const SparkTrainConfig& config) {
  PUNNET_CHECK(validate(config.als));
  if (config.user_blocks < 1 || config.item_blocks < 1) {
    return Error{ErrorCode::kInvalid, "--num-user-blocks and --num-item-blocks must be at least 1"};
  }
  if (ratings.empty()) return Error{ErrorCode::kInvalid, "there are no ratings to train on"};
  return ok();
}

/// The way in which Spark computes, whatever is set.
AlsConfig as_spark(AlsConfig als) {
  if (als.solver != Solver::kNonnegative) als.solver = Solver::kExactCholesky;
  als.confidence = Confidence::kByRating;
  als.scaling = RegularizationScaling::kByCount;
  als.tolerance = 0;
  return als;
}

template <typename Id>
IdIndex<Id> index_of(std::span<const SparkRating> ratings, std::int32_t SparkRating::*id) {
  std::vector<Id> ids;
  ids.reserve(ratings.size());
  for (const auto& rating : ratings) ids.push_back({rating.*id});
  return IdIndex<Id>(std::move(ids));
}

void measure(const Model& model, std::span<const SparkRating> held_back, SparkTrainReport& report) {
  double squares = 0;
  for (const auto& rating : held_back) {
    const auto user = model.users.row(UserId{rating.user});
    const auto item = model.items.row(ItemId{rating.item});
    if (!user || !item) continue;
    const auto x = model.user_factors.row(static_cast<std::size_t>(*user));
    const auto y = model.item_factors.row(static_cast<std::size_t>(*item));
    float predicted = 0;
    for (std::size_t i = 0; i < x.size(); ++i) predicted += x[i] * y[i];
    const double error = static_cast<double>(predicted) - static_cast<double>(rating.rating);
    squares += error * error;
    ++report.predicted;
  }
  report.held_back = held_back.size();
  if (report.predicted > 0)
    report.rmse = std::sqrt(squares / static_cast<double>(report.predicted));
}

Provenance provenance_of(const SparkTrainReport& report, const SparkTrainConfig& config) {
  namespace json = boost::json;
  const auto& als = config.als;
  json::object metrics;
  if (report.rmse) metrics = {{"rmse", *report.rmse}, {"predicted", report.predicted}};
  const json::object object{{"recipe", "spark"},
                            {"parameters",
                             {{"rank", als.rank},
                              {"max_iter", als.iterations},
                              {"reg_param", als.regularization},
                              {"implicit_prefs", als.feedback == Feedback::kImplicit},
                              {"alpha", als.alpha},
                              {"nonnegative", als.solver == Solver::kNonnegative},
                              {"num_user_blocks", config.user_blocks},
                              {"num_item_blocks", config.item_blocks},
                              {"blas", config.blas == SparkBlas::kJava ? "java" : "native"}}},
                            {"seed", als.seed},
                            {"data_version", config.data_version},
                            {"counts",
                             {{"ratings", report.ratings},
                              {"users", report.users},
                              {"items", report.items},
                              {"held_back", report.held_back}}},
                            {"losses", json::value_from(report.losses)},
                            {"metrics", metrics}};
  return {.json = json::serialize(object)};
}

}  // namespace

Result<SparkTrained> train_like_spark(std::span<const SparkRating> ratings,
                                      std::span<const SparkRating> held_back,
                                      const SparkTrainConfig& config, const std::stop_token& stop,
                                      const AlsProgressCallback& progress) {
  PUNNET_CHECK(check(ratings, config));
  auto model = std::make_shared<Model>();
  model->users = index_of<UserId>(ratings, &SparkRating::user);
  model->items = index_of<ItemId>(ratings, &SparkRating::item);
  std::vector<Interaction> interactions;
  interactions.reserve(ratings.size());
  for (const auto& [user, item, rating] : ratings) {
    interactions.push_back({*model->users.row({user}), *model->items.row({item}), rating});
  }
  const auto matrix =
      make_interaction_matrix(interactions, model->users.size(), model->items.size());

  SparkTrainReport report{.ratings = ratings.size(),
                          .users = model->users.size(),
                          .items = model->items.size(),
                          .held_back = 0,
                          .predicted = 0,
                          .rmse = {},
                          .losses = {}};
  AlsProgressCallback listen;
  if (progress) {
    listen = [&](const AlsProgress& step) {
      report.losses.push_back(step.loss);
      progress(step);
    };
  }
  auto start = spark_initial_factors(model->users.ids(), config.als.rank, config.als.seed,
                                     config.user_blocks, config.blas);
  PUNNET_TRY(auto factors,
             train_als_from(std::move(start), matrix, as_spark(config.als), stop, listen));

  model->popularity = rank_by_popularity(matrix.by_item, model->users.size(), model->items);
  model->popularity.resize(std::min(model->popularity.size(), kPopularItems));
  model->user_factors = std::move(factors.users);
  model->item_factors = std::move(factors.items);
  model->exclude_own_item = false;
  measure(*model, held_back, report);
  auto provenance = provenance_of(report, config);
  return SparkTrained{std::move(model), std::move(report), std::move(provenance)};
}

}  // namespace punnet
