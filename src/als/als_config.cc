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

Status zero_or_more(const std::string& option, double value) {
  if (std::isfinite(value) && value >= 0) return ok();
  return out_of_bounds(option, "zero or more and finite", std::to_string(value));
}

Status at_least_one(const std::string& option, int value) {
  if (value >= 1) return ok();
  return out_of_bounds(option, "at least 1", std::to_string(value));
}

}  // namespace

std::string_view solver_name(Solver solver) {
  switch (solver) {
    case Solver::kCholesky:
      return "cholesky";
    case Solver::kExactCholesky:
      return "exact";
    case Solver::kConjugateGradient:
      return "cg";
    case Solver::kNonnegative:
      return "nonnegative";
  }
  return "unknown";
}

Status validate(const AlsConfig& config) {
  if (config.rank < 1 || config.rank > kMaxRank) {
    return out_of_bounds("rank", "between 1 and " + std::to_string(kMaxRank),
                         std::to_string(config.rank));
  }
  PUNNET_CHECK(at_least_one("iterations", config.iterations));
  PUNNET_CHECK(zero_or_more("regularization", config.regularization));
  PUNNET_CHECK(zero_or_more("alpha", config.alpha));
  PUNNET_CHECK(zero_or_more("unobserved_weight", config.unobserved_weight));
  PUNNET_CHECK(zero_or_more("nu", config.nu));
  PUNNET_CHECK(at_least_one("cg_steps", config.cg_steps));
  PUNNET_CHECK(zero_or_more("tolerance", config.tolerance));
  return at_least_one("threads", config.threads);
}

}  // namespace punnet
