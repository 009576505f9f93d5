#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "domain/factors.h"
#include "domain/interactions.h"
#include "ports/file_store.h"
#include "spark/run_program.h"

namespace punnet {

/// Parameters of Spark's ALS.
struct SparkAlsParameters {
  int rank = 10;
  int iterations = 10;
  double regularization = 0.1;
  bool implicit_prefs = false;
  double alpha = 1.0;
  bool nonnegative = false;
  std::int64_t seed = 0;
};

/// Where and how a job runs.
struct SparkJobOptions {
  std::string program = "spark-submit";
  std::string master = "local[*]";          ///< local[2], spark://host:7077, yarn, …
  std::vector<std::string> arguments;       ///< further ones of spark-submit
  std::string directory = "training_jobs";  ///< of the store; ratings and model pass through it
};

/// Factors for the rows of the ratings; zeros for those that Spark knows nothing of.
struct SparkFactors {
  FactorMatrix users;
  FactorMatrix items;
};

/// Has a Spark cluster factorise `ratings`: writes them below `options.directory`, submits a job
/// that punnet carries, waits for its end, and reads the model that it saved. Every machine of the
/// cluster must see what lies in `files` under the same URI. `on_line` hears what job and Spark
/// say. Nothing of it stays in `files`, but for empty directories.
///
/// kUnavailable, with the last that was heard, when spark-submit is not there or the job fails;
/// kCorrupt when the model is not one of these rows; kCancelled, the job ended, when `call` is.
Result<SparkFactors> train_on_spark(FileStore& files, const InteractionMatrix& ratings,
                                    const SparkAlsParameters& parameters,
                                    const SparkJobOptions& options, const LineHandler& on_line,
                                    const CallContext& call);

/// What the job said of itself in `line`; empty for a line of Spark.
std::string_view job_message(std::string_view line);

}  // namespace punnet
