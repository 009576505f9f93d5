#include "app/spark_training.h"

#include <array>
#include <cstddef>
#include <cstdio>
#include <numeric>
#include <utility>

#include "app/spark_inputs.h"
#include "app/train_report.h"
#include "app/training_data.h"
#include "eval/text_table.h"
#include "telemetry/progress_bar.h"
#include "training/spark_split.h"

namespace punnet {
namespace {

constexpr std::array kTrainWeights{0.8, 0.2};
constexpr std::int64_t kMostBlocks = 1'000'000;

/// Ratings to train on, and to measure on.
struct Sides {
  std::vector<SparkRating> train;
  std::vector<SparkRating> held_back;
};

AlsConfig als_config(const CommandContext& context) {
  AlsConfig als;
  apply_settings(context.config.training, als);
  als.seed = context.config.training.seed;
  als.threads = context.threads;
  return als;
}

RatingColumns rating_columns(const CommandContext& context, const SparkTrainingOptions& options) {
  return {.user = context.config.prepare.user_column,
          .item = context.config.prepare.item_column,
          .rating = options.rating_column.value_or("rating")};
}

Status add_partition(const TypedFile& partition, std::size_t number, const RatingColumns& columns,
                     const TrainingSettings& settings, Sides& sides) {
  PUNNET_TRY(const auto ratings, spark_ratings(partition.table, columns, partition.location));
  if (!settings.validation) {
    sides.train.insert(sides.train.end(), ratings.begin(), ratings.end());
    return ok();
  }
  const auto rows = spark_random_split(partition.table, number, kTrainWeights, settings.seed);
  for (const auto row : rows[0]) sides.train.push_back(ratings[row]);
  for (const auto row : rows[1]) sides.held_back.push_back(ratings[row]);
  return ok();
}

std::string count(std::size_t number) { return with_commas(static_cast<std::int64_t>(number)); }

}  // namespace

void SparkTrainingOptions::declare(Options& options) {
  options.value("--schema", schema, "DDL",
                "With --spark-compatible: columns of the input, in Spark's DDL: 'user_id int, "
                "item_id int, rating float'. Parquet does without.");
  options.value("--rating-column", rating_column, "TEXT",
                "With --spark-compatible: column of the ratings; '' rates every row 1 [rating].");
  options.value("--num-user-blocks", user_blocks,
                "With --spark-compatible: Spark's blocks of users, which decide where their "
                "factors start [10].",
                1, kMostBlocks);
  options.value(
      "--num-item-blocks", item_blocks,
      "With --spark-compatible: Spark's blocks of items, on which no factor depends [10].", 1,
      kMostBlocks);
  options.choice(
      "--blas", blas, {"native", "java"},
      "With --spark-compatible: what the Spark to be equalled computes with: a native "
      "library such as OpenBLAS, or, where it finds none, Java. Last bits depend on it.");
}

std::string SparkTrainingOptions::any_given() const {
  if (schema) return "--schema";
  if (rating_column) return "--rating-column";
  if (user_blocks) return "--num-user-blocks";
  if (item_blocks) return "--num-item-blocks";
  if (blas != "native") return "--blas";
  return {};
}

Result<SparkTrained> train_spark_compatible(const CommandContext& context,
                                            const std::vector<std::string>& inputs,
                                            const SparkTrainingOptions& options) {
  const auto& settings = context.config.training;
  const auto columns = rating_columns(context, options);
  // randomSplit sorts by all columns; without it those of the ratings are enough.
  std::vector<std::string> wanted;
  if (!settings.validation) wanted = {columns.user, columns.item, columns.rating};
  PUNNET_TRY(const auto read, read_spark_inputs(context, inputs, options.schema, wanted));
  Sides sides;
  for (std::size_t n = 0; n < read.partitions.size(); ++n) {
    PUNNET_CHECK(add_partition(read.partitions[n], n, columns, settings, sides));
  }

  SparkTrainConfig config;
  config.als = als_config(context);
  config.user_blocks = static_cast<int>(options.user_blocks.value_or(config.user_blocks));
  config.item_blocks = static_cast<int>(options.item_blocks.value_or(config.item_blocks));
  config.blas = options.blas == "java" ? SparkBlas::kJava : SparkBlas::kNative;
  config.data_version = read.version;
  ProgressBar bar("train", config.als.iterations, stderr);
  const auto progress = [&](const AlsProgress& step) {
    char loss[64];
    std::snprintf(loss, sizeof loss, "loss %.6g", step.loss);
    bar.show(step.iteration, loss);
    context.log.debug("train", "iteration",
                      {{"iteration", std::int64_t{step.iteration}},
                       {"iterations", std::int64_t{step.iterations}},
                       {"loss", step.loss}});
  };
  return train_like_spark(sides.train, sides.held_back, config, context.stop, progress);
}

std::string spark_report_text(const SparkTrained& trained, const CommandContext& context) {
  const auto& report = trained.report;
  std::string text = "As Spark: " + als_parameters_text(als_config(context)) + '\n';
  text += "Learned from " + count(report.ratings) + " ratings of " + count(report.items) +
          " items by " + count(report.users) + " users\n";
  if (!report.losses.empty()) {
    text += "Loss " + number_text(report.losses.front()) + " after the first iteration, " +
            number_text(report.losses.back()) + " after the last\n";
  }
  if (report.rmse) {
    text += "RMSE " + number_text(*report.rmse) + " on " + count(report.predicted) + " of the " +
            count(report.held_back) + " ratings held back\n";
  }
  return text;
}

}  // namespace punnet
