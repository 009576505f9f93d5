#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace punnet {

/// One observation between dense rows: user row, item row, rating.
struct Interaction {
  std::int32_t user = 0;
  std::int32_t item = 0;
  float rating = 0;
};

/// Sparse rows in compressed form: entries of row r lie in [offsets[r], offsets[r + 1]).
struct SparseRows {
  std::vector<std::int64_t> offsets{0};  ///< rows + 1 values, ascending
  std::vector<std::int32_t> columns;     ///< one per entry
  std::vector<float> values;             ///< one per entry

  std::size_t rows() const { return offsets.size() - 1; }
  std::span<const std::int32_t> row_columns(std::size_t row) const {
    return {columns.data() + offsets[row], columns.data() + offsets[row + 1]};
  }
  std::span<const float> row_values(std::size_t row) const {
    return {values.data() + offsets[row], values.data() + offsets[row + 1]};
  }
};

/// The user-item matrix, once by user and once by item. Repeated pairs stay separate observations.
struct InteractionMatrix {
  SparseRows by_user;
  SparseRows by_item;
};

/// Builds both orientations. Inside a row, entries keep the order of `interactions`.
/// Requires 0 <= user < users and 0 <= item < items for each.
InteractionMatrix make_interaction_matrix(std::span<const Interaction> interactions,
                                          std::size_t users, std::size_t items);

}  // namespace punnet
