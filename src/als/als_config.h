#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace punnet {

/// What a rating says.
enum class Feedback : std::uint8_t {
  kExplicit,  ///< the value to predict
  kImplicit,  ///< r > 0: liked; r <= 0: not liked; how sure that is, and what is assumed of pairs
              ///< without rating, Confidence says
};

/// Implicit only: how much the error of a pair weighs.
enum class Confidence : std::uint8_t {
  kByRating,  ///< 1, and alpha |r| more where there is a rating (Hu, Koren, Volinsky; Spark)
  kConstant,  ///< unobserved_weight, towards not liked, and 1 more where there is a rating (Rendle)
};

/// What regularization is multiplied with for one user or item.
enum class RegularizationScaling : std::uint8_t {
  kByCount,   ///< its number of ratings (implicit: of those above zero), as ALS-WR and Spark do
  kUnscaled,  ///< one
  kByWeight,  ///< (that number + w R)^nu, R being the rows of the other side and w what a pair
              ///< without rating weighs: 0, 1 or unobserved_weight (Rendle)
};

/// How the equation of a row is solved.
enum class Solver : std::uint8_t {
  kCholesky,           ///< fp32 as fast as the machine allows; fp64 where that is not enough
  kExactCholesky,      ///< fp64, rounded once: the same bits on every machine, and Spark's
  kNonnegative,        ///< fp64 without negative factors, by Spark's NNLS: near Spark's bits
  kConjugateGradient,  ///< cg_steps steps from the row's last factors, fp32: an approximation
};

/// "cholesky", "exact", "cg", "nonnegative".
std::string_view solver_name(Solver solver);

/// How to train. The defaults are Spark's, the solver aside.
struct AlsConfig {
  int rank = 10;                ///< factors per user and item
  int iterations = 10;          ///< at most; in each, items are solved first, then users
  double regularization = 0.1;  ///< lambda
  Feedback feedback = Feedback::kExplicit;
  Confidence confidence = Confidence::kByRating;
  double alpha = 1.0;              ///< kByRating only: growth of confidence with |r|
  double unobserved_weight = 0.1;  ///< kConstant only
  RegularizationScaling scaling = RegularizationScaling::kByCount;
  double nu = 1.0;  ///< kByWeight only
  Solver solver = Solver::kCholesky;
  int cg_steps = 3;  ///< kConjugateGradient only
  /// Training ends early after an iteration that lowered the loss by less than this part of it;
  /// zero: never.
  double tolerance = 0;
  std::int64_t seed = 0;
  int threads = 1;  ///< changes the time taken, never the result
};

/// kInvalid, naming the option and its bounds, unless training with `config` makes sense.
Status validate(const AlsConfig& config);

}  // namespace punnet
