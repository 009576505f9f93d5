#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "als/initial_factors.h"
#include "als/train_als.h"
#include "base/result.h"
#include "domain/model.h"
#include "ports/model_store.h"
#include "training/spark_ratings.h"

namespace punnet {

/// Parameters of Spark's ALS. Of `als` only what Spark has counts: rank, iterations,
/// regularization, feedback, alpha, seed, and whether the solver is kNonnegative; and threads.
struct SparkTrainConfig {
  AlsConfig als;
  int user_blocks = 10;  ///< decides, with the seed, where users start
  /// Where items start; as they are solved first, no factor depends on it.
  int item_blocks = 10;
  SparkBlas blas = SparkBlas::kNative;  ///< that the Spark to be equalled computes with
  std::string data_version;             ///< where the ratings came from, in the caller's words
};

struct SparkTrainReport {
  std::size_t ratings = 0;  ///< that the model was trained on
  std::size_t users = 0;
  std::size_t items = 0;
  std::size_t held_back = 0;
  std::size_t predicted = 0;   ///< of those held back: both user and item are in the model
  std::optional<double> rmse;  ///< of the predicted ones; absent where there are none
  std::vector<double> losses;  ///< after each iteration, where somebody listened to progress
};

struct SparkTrained {
  std::shared_ptr<const Model> model;
  SparkTrainReport report;
  Provenance provenance;
};

/// The factors that Spark's ALS trains with the same parameters and seed on `ratings`: first
/// factors, order and width of all sums as there, zeros where nothing above zero was rated
/// (implicit). In every half-step the ratings of a row are summed up in their order here; Spark's
/// order depends on its shuffle, and what that changes is lost where sums are rounded to floats.
///
/// `held_back` are measured on, as Spark's RegressionEvaluator does where unknown users and items
/// are dropped. The same bytes for any number of threads. kInvalid for parameters that Spark
/// refuses and where train_als_from() fails: Spark fails there too, or goes on with noise;
/// kCancelled.
Result<SparkTrained> train_like_spark(std::span<const SparkRating> ratings,
                                      std::span<const SparkRating> held_back,
                                      const SparkTrainConfig& config,
                                      const std::stop_token& stop = {},
                                      const AlsProgressCallback& progress = {});

}  // namespace punnet
