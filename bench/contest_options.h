#pragma once

#include <string>

#include "als/als_config.h"
#include "base/result.h"
#include "bench/ratings_file.h"

namespace punnet {

/// What a contestant in training and the referee are told, in the same words.
struct ContestOptions {
  std::string ratings_file;
  std::string users_file;  ///< factors to start from
  AlsConfig als;
};

/// kInvalid with what to write instead; `--help` is not an error of its own.
Result<ContestOptions> parse_contest_options(int count, const char* const* arguments);

/// A ratings file and its other orientation.
struct ContestData {
  InteractionMatrix ratings;
  double read_seconds = 0;
  double transpose_seconds = 0;
};

Result<ContestData> read_contest_data(const std::string& ratings_file);

}  // namespace punnet
