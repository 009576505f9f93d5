#pragma once

#include <cstddef>

namespace punnet {

/// The kernels inside of the fp32 solvers, for measuring them alone; src/als has their contracts.

/// sum_ij += sum_n rows_ni rows_nj, upper triangle: what a panel of `count` gathered rows costs.
void sum_panel(const float* rows, std::size_t count, std::size_t stride, std::size_t rank,
               float* sum);

/// Factorises A and solves for b, one system by itself. False when A is not positive definite.
bool solve_system(float* A, float* b, std::size_t stride, std::size_t rank);

}  // namespace punnet
