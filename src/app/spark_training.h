#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/command.h"
#include "app/options.h"
#include "base/result.h"
#include "training/spark_train.h"

namespace punnet {

/// What `train --spark-compatible` takes beside the settings of training.
struct SparkTrainingOptions {
  std::optional<std::string> schema;
  std::optional<std::string> rating_column;
  std::optional<std::int64_t> user_blocks;
  std::optional<std::int64_t> item_blocks;
  std::string blas = "native";

  void declare(Options& options);

  /// The first of them that was given, as it is written; empty when none was.
  std::string any_given() const;
};

/// Reads the ratings, divides them as randomSplit([0.8, 0.2]) where validation is on, and trains as
/// Spark's ALS with the parameters of the settings, Spark's own where nothing is set.
Result<SparkTrained> train_spark_compatible(const CommandContext& context,
                                            const std::vector<std::string>& inputs,
                                            const SparkTrainingOptions& options);

/// What came of it, for a person.
std::string spark_report_text(const SparkTrained& trained, const CommandContext& context);

}  // namespace punnet
