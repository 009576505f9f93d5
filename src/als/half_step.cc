#include "als/half_step.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "als/gramian.h"
#include "als/row_solver.h"
#include "base/parallel_for.h"

namespace punnet {
namespace {

constexpr std::size_t kRowsPerTask = 32;

}  // namespace

Result<FactorMatrix> half_step(const SparseRows& ratings, const FactorMatrix& fixed,
                               const AlsConfig& config, const std::stop_token& stop) {
  std::optional<SymmetricMatrix> fixed_gramian;
  if (config.feedback == Feedback::kImplicit) fixed_gramian = gramian(fixed, config.threads);

  FactorMatrix solved(ratings.rows(), fixed.rank());
  const auto tasks = (ratings.rows() + kRowsPerTask - 1) / kRowsPerTask;
  std::vector<std::optional<Error>> errors(tasks);
  parallel_for(tasks, config.threads, [&](std::size_t task) {
    if (stop.stop_requested()) return;
    RowWorkspace workspace(fixed.rank());
    const auto end = std::min(ratings.rows(), (task + 1) * kRowsPerTask);
    for (auto r = task * kRowsPerTask; r < end; ++r) {
      const ObservedRow row{.columns = ratings.row_columns(r), .ratings = ratings.row_values(r)};
      auto done = solve_row(row, fixed, fixed_gramian ? &*fixed_gramian : nullptr, config,
                            workspace, solved.row(r));
      if (!done) {
        errors[task] = with_context(std::move(done).error(), "row " + std::to_string(r));
        return;
      }
    }
  });

  if (stop.stop_requested()) return Error{ErrorCode::kCancelled, "training was cancelled"};
  for (auto& error : errors) {
    if (error) return *std::move(error);
  }
  return solved;
}

}  // namespace punnet
