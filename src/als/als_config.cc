#include "als/als_config.h"

#include <cmath>
#include <string>

namespace punnet {
namespace {

constexpr int kMaxRank = 1024;

Error out_of_bounds(const std::string& option, const std::string& bounds,
                    const std::string& value) {
  return {ErrorCode::kInvalid, option + " must be " + bounds + ", got " + value};
}

}  // namespace

Status validate(const AlsConfig& config) {
  if (config.rank < 1 || config.rank > kMaxRank) {
    return out_of_bounds("rank", "between 1 and " + std::to_string(kMaxRank),
                         std::to_string(config.rank));
  }
  if (config.iterations < 1) {
    return out_of_bounds("iterations", "at least 1", std::to_string(config.iterations));
  }
  if (!std::isfinite(config.regularization) || config.regularization < 0) {
    return out_of_bounds("regularization", "zero or more and finite",
                         std::to_string(config.regularization));
  }
  if (!std::isfinite(config.alpha) || config.alpha < 0) {
    return out_of_bounds("alpha", "zero or more and finite", std::to_string(config.alpha));
  }
  if (config.threads < 1) {
    return out_of_bounds("threads", "at least 1", std::to_string(config.threads));
  }
  return ok();
}

}  // namespace punnet
