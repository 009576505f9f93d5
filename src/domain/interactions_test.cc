#include "domain/interactions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "tests/support/random_interactions.h"

namespace punnet {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(InteractionMatrix, HoldsEveryPairInBothOrientations) {
  const std::vector<Interaction> interactions{{2, 0, 1.5F}, {0, 1, 2.5F}, {2, 1, 3.5F}};
  const auto matrix = make_interaction_matrix(interactions, 3, 2);

  ASSERT_EQ(matrix.by_user.rows(), 3U);
  EXPECT_THAT(matrix.by_user.row_columns(0), ElementsAre(1));
  EXPECT_THAT(matrix.by_user.row_columns(1), IsEmpty());
  EXPECT_THAT(matrix.by_user.row_columns(2), ElementsAre(0, 1));
  EXPECT_THAT(matrix.by_user.row_values(2), ElementsAre(1.5F, 3.5F));

  ASSERT_EQ(matrix.by_item.rows(), 2U);
  EXPECT_THAT(matrix.by_item.row_columns(0), ElementsAre(2));
  EXPECT_THAT(matrix.by_item.row_columns(1), ElementsAre(0, 2));
  EXPECT_THAT(matrix.by_item.row_values(1), ElementsAre(2.5F, 3.5F));
}

TEST(InteractionMatrix, RepeatedPairsStaySeparateAndInOrder) {
  const std::vector<Interaction> interactions{{0, 0, 3}, {0, 0, 1}, {0, 0, 2}};
  const auto matrix = make_interaction_matrix(interactions, 1, 1);
  EXPECT_THAT(matrix.by_user.row_values(0), ElementsAre(3, 1, 2));
  EXPECT_THAT(matrix.by_item.row_values(0), ElementsAre(3, 1, 2));
}

TEST(InteractionMatrix, CanBeEmpty) {
  const auto rows_only = make_interaction_matrix({}, 4, 5);
  EXPECT_EQ(rows_only.by_user.rows(), 4U);
  EXPECT_EQ(rows_only.by_item.rows(), 5U);
  EXPECT_THAT(rows_only.by_user.row_columns(3), IsEmpty());
  EXPECT_EQ(make_interaction_matrix({}, 0, 0).by_user.rows(), 0U);
  EXPECT_EQ(SparseRows().rows(), 0U);
}

TEST(InteractionMatrix, AgreesWithVectorsOfVectorsOnRandomInput) {
  const auto interactions = random_interactions(2000, 70, 40, 1);
  using Entries = std::vector<std::pair<std::int32_t, float>>;
  std::vector<Entries> users(70);
  std::vector<Entries> items(40);
  for (const auto& x : interactions) {
    users[static_cast<std::size_t>(x.user)].emplace_back(x.item, x.rating);
    items[static_cast<std::size_t>(x.item)].emplace_back(x.user, x.rating);
  }
  const auto matrix = make_interaction_matrix(interactions, 70, 40);
  const auto expect_equal = [](const SparseRows& sparse, const std::vector<Entries>& twin) {
    ASSERT_EQ(sparse.rows(), twin.size());
    for (std::size_t r = 0; r < twin.size(); ++r) {
      Entries entries;
      for (std::size_t n = 0; n < sparse.row_columns(r).size(); ++n) {
        entries.emplace_back(sparse.row_columns(r)[n], sparse.row_values(r)[n]);
      }
      ASSERT_EQ(entries, twin[r]) << r;
    }
  };
  expect_equal(matrix.by_user, users);
  expect_equal(matrix.by_item, items);
}

}  // namespace
}  // namespace punnet
