#include "app/spark_engine.h"

#include <sstream>
#include <string>
#include <utility>

#include "app/open_ports.h"
#include "spark/spark_training_job.h"

namespace punnet {
namespace {

Result<SparkAlsParameters> parameters_of(const AlsConfig& config) {
  if (config.scaling != RegularizationScaling::kByCount ||
      config.confidence != Confidence::kByRating) {
    return Error{ErrorCode::kInvalid,
                 "Spark scales regularisation by the number of ratings and confidence by the "
                 "rating; --engine native trains otherwise"};
  }
  return SparkAlsParameters{.rank = config.rank,
                            .iterations = config.iterations,
                            .regularization = config.regularization,
                            .implicit_prefs = config.feedback == Feedback::kImplicit,
                            .alpha = config.alpha,
                            .nonnegative = config.solver == Solver::kNonnegative,
                            .seed = config.seed};
}

SparkJobOptions job_options(const TrainingSettings& settings) {
  SparkJobOptions options;
  options.program = settings.spark_submit;
  options.master = settings.spark_master;
  std::istringstream words(settings.spark_arguments);
  for (std::string word; words >> word;) options.arguments.push_back(word);
  return options;
}

}  // namespace

AlsEngine spark_engine(const CommandContext& context) {
  return [&context](const InteractionMatrix& ratings, const AlsConfig& config,
                    const std::stop_token& stop, const AlsProgressCallback&) -> Result<AlsFactors> {
    PUNNET_TRY(const auto parameters, parameters_of(config));
    PUNNET_TRY(const auto files, open_files(context.config));
    const auto listen = [&](std::string_view line) {
      const auto message = job_message(line);
      if (message.empty()) {
        context.log.debug("spark", line);
      } else {
        context.log.info("spark", message);
      }
    };
    PUNNET_TRY(auto factors,
               train_on_spark(*files, ratings, parameters, job_options(context.config.training),
                              listen, CallContext::within(std::chrono::hours{24 * 365}, stop)));
    return AlsFactors{.users = std::move(factors.users), .items = std::move(factors.items)};
  };
}

}  // namespace punnet
