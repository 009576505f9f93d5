#include "domain/interactions.h"

#include <numeric>

namespace punnet {
namespace {

SparseRows group_by(std::span<const Interaction> interactions, std::size_t rows,
                    std::int32_t Interaction::*row, std::int32_t Interaction::*column) {
  SparseRows sparse;
  sparse.offsets.assign(rows + 1, 0);
  for (const auto& x : interactions) ++sparse.offsets[static_cast<std::size_t>(x.*row) + 1];
  std::partial_sum(sparse.offsets.begin(), sparse.offsets.end(), sparse.offsets.begin());
  sparse.columns.resize(interactions.size());
  sparse.values.resize(interactions.size());
  auto place = sparse.offsets;
  for (const auto& x : interactions) {
    const auto at = static_cast<std::size_t>(place[static_cast<std::size_t>(x.*row)]++);
    sparse.columns[at] = x.*column;
    sparse.values[at] = x.rating;
  }
  return sparse;
}

}  // namespace

InteractionMatrix make_interaction_matrix(std::span<const Interaction> interactions,
                                          std::size_t users, std::size_t items) {
  return {.by_user = group_by(interactions, users, &Interaction::user, &Interaction::item),
          .by_item = group_by(interactions, items, &Interaction::item, &Interaction::user)};
}

}  // namespace punnet
