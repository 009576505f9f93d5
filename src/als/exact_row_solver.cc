#include "als/exact_row_solver.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "als/gramian.h"
#include "als/nonnegative_least_squares.h"
#include "als/row_equation.h"

namespace punnet {
namespace {

using SharedGramian = std::shared_ptr<const SymmetricMatrix>;

class ExactRowSolver final : public RowSolver {
 public:
  ExactRowSolver(const AlsSide& side, const FactorMatrix& fixed, const AlsConfig& config,
                 SharedGramian gramian)
      : ratings_(*side.ratings),
        fixed_(fixed),
        config_(config),
        gramian_(std::move(gramian)),
        equation_(fixed.rank()) {
    if (config.solver != Solver::kNonnegative) return;
    nonnegative_.emplace(fixed.rank());
    x_.resize(static_cast<std::size_t>(fixed.rank()));
  }

  Status solve(std::size_t begin, std::size_t end, FactorMatrix& solved) override {
    for (auto r = begin; r < end; ++r) {
      auto done = solve_row({ratings_.row_columns(r), ratings_.row_values(r)}, solved.row(r));
      if (!done) return with_context(std::move(done).error(), "row " + std::to_string(r));
    }
    return ok();
  }

 private:
  Status solve_row(const ObservedRow& row, std::span<float> factors) {
    if (wants_nothing(row.ratings, config_)) {
      std::ranges::fill(factors, 0.0F);
      return ok();
    }
    equation_.assemble(row, fixed_, gramian_.get(), config_);
    std::span<const double> x = equation_.b();
    if (nonnegative_) {
      nonnegative_->solve(equation_.matrix(), equation_.b(), x_);
      x = x_;
    } else if (!solve_in_place(equation_.matrix(), equation_.b())) {
      return Error{ErrorCode::kInvalid,
                   "its equation has no unique solution; raise regularization or lower rank"};
    }
    for (std::size_t i = 0; i < factors.size(); ++i) {
      factors[i] = static_cast<float>(x[i]);
      if (!std::isfinite(factors[i])) {
        return Error{ErrorCode::kInvalid,
                     "its factors do not fit in a float; scale the ratings down or raise "
                     "regularization"};
      }
    }
    return ok();
  }

  const SparseRows& ratings_;
  const FactorMatrix& fixed_;
  const AlsConfig& config_;
  SharedGramian gramian_;
  RowEquation equation_;
  std::optional<NonnegativeLeastSquares> nonnegative_;
  std::vector<double> x_;
};

}  // namespace

RowSolverFactory exact_row_solvers(const AlsSide& side, const FactorMatrix& fixed,
                                   const AlsConfig& config) {
  SharedGramian products;
  if (config.feedback == Feedback::kImplicit) {
    products = std::make_shared<const SymmetricMatrix>(gramian(fixed, config.threads));
  }
  return [&side, &fixed, &config, products] {
    return std::make_unique<ExactRowSolver>(side, fixed, config, products);
  };
}

}  // namespace punnet
