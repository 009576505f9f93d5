#include "als/fp32_half_step.h"

#include <algorithm>
#include <utility>

#include "als/padded_gramian.h"
#include "als/row_terms.h"

namespace punnet {
namespace {

/// Beyond, systems of as many unknowns as terms no longer fit in a cache side by side.
constexpr std::size_t kMostTermsDual = 64;

std::size_t most_terms_dual_for(const AlsConfig& config) {
  const auto rank = static_cast<std::size_t>(config.rank);
  const auto most = config.solver == Solver::kConjugateGradient ? rank / 8 : rank / 4;
  return std::min(most, kMostTermsDual);
}

/// Whether the eigenbasis saves more than it costs, counted in products of a row with a matrix.
bool eigenbasis_pays(const Fp32HalfStep& half, std::size_t fixed_rows, const AlsConfig& config) {
  double solved = 0;
  double turned = 0;
  for (std::size_t r = 0; r < half.rows.rows(); ++r) {
    if (half.terms(r) == 0) continue;
    ++solved;
    if (half.terms(r) <= half.most_terms_dual && half.rows.lambdas[r] > 0) ++turned;
  }
  const auto rank = static_cast<double>(half.rank);
  // Finding it takes 9 rank^3 operations in fp64, by one thread and by scalars.
  const double cost = static_cast<double>(fixed_rows) + solved + 90 * rank;
  // Conjugate gradients: a product at the start and in each step, against one of the start's
  // factors for the rows that are not turned around. Otherwise: rank^3 / 3 for those that are.
  const double saved = config.solver == Solver::kConjugateGradient
                           ? config.cg_steps * solved + turned
                           : turned * rank / 6;
  return saved > cost;
}

AlignedBuffer<float> diagonal_matrix(const AlignedBuffer<float>& values, std::size_t rank) {
  AlignedBuffer<float> matrix(values.size() * values.size());
  for (std::size_t i = 0; i < rank; ++i) matrix[i * values.size() + i] = values[i];
  return matrix;
}

}  // namespace

Fp32HalfStep::Fp32HalfStep(const AlsSide& given_side, const FactorMatrix& given_fixed,
                           const AlsConfig& given_config)
    : side(given_side),
      rows(given_side.least_squares),
      rank(static_cast<std::size_t>(given_fixed.rank())),
      most_terms_dual(most_terms_dual_for(given_config)),
      fixed(given_fixed, given_config.threads),
      original_fixed_(given_fixed),
      config_(given_config) {
  const double w = unobserved_weight(config_);
  if (w == 0) {
    diagonal = AlignedBuffer<float>(fixed.stride());
    if (config_.solver != Solver::kCholesky) return;
    heavy = HeavyRows(fixed, config_.threads);
    for (const auto r : heavy.rows()) std::fill_n(fixed.row(r), fixed.stride(), 0.0F);
    return;
  }
  gramian = padded_gramian(fixed, given_fixed.rank(), w, config_.threads);
  if (!eigenbasis_pays(*this, fixed.rows(), config_)) return;
  basis = find_eigenbasis(gramian, given_fixed.rank());
  if (!basis) return;
  multiply_rows(fixed, given_fixed.rank(), basis->axes, config_.threads);
  gramian = diagonal_matrix(basis->values, rank);
  diagonal = std::move(basis->values);
}

std::unique_ptr<RowSolver> Fp32HalfStep::make_exact_solver() const {
  std::call_once(exact_once_,
                 [this] { exact_ = exact_row_solvers(side, original_fixed_, config_); });
  return exact_();
}

Status finish(const Fp32HalfStep& shared, std::size_t begin, std::size_t end,
              std::vector<std::size_t>& failed, std::unique_ptr<RowSolver>& exact,
              FactorMatrix& solved) {
  if (shared.basis) multiply_rows(solved, begin, end, shared.basis->transposed);
  std::ranges::sort(failed);  // errors come in the order of rows
  for (const auto r : std::exchange(failed, {})) {
    if (!exact) exact = shared.make_exact_solver();
    PUNNET_CHECK(exact->solve(r, r + 1, solved));
  }
  return ok();
}

}  // namespace punnet
