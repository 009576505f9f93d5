#include "als/half_step.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <stop_token>
#include <vector>

#include "als/exact_row_solver.h"
#include "tests/support/random_interactions.h"

namespace punnet {
namespace {

using testing::HasSubstr;

TEST(HalfStep, SolvesEveryRowOnItsOwn) {
  const auto ratings =
      make_interaction_matrix(random_interactions(30'000, 900, 60, 1), 900, 60).by_user;
  const auto fixed = random_factors(60, 5, 2);
  const AlsConfig config{
      .rank = 5, .feedback = Feedback::kImplicit, .solver = Solver::kExactCholesky, .threads = 2};
  const auto solved = half_step(ratings, fixed, config);
  ASSERT_TRUE(solved);

  const auto side = prepare_side(ratings, 60, config);
  EXPECT_GT(side.borders.size(), 3U);
  const auto solver = exact_row_solvers(side, fixed, config)();
  FactorMatrix expected(900, 5);
  for (std::size_t r = 0; r < 900; ++r) ASSERT_TRUE(solver->solve(r, r + 1, expected));
  EXPECT_EQ(*solved, expected);
}

TEST(HalfStep, FailsWithTheFirstRowThatCannotBeSolved) {
  // Without regularization a row needs as many ratings as there are factors; rows 70 and 90 have
  // one.
  std::vector<Interaction> interactions;
  for (int u = 0; u < 100; ++u) {
    const int count = u == 70 || u == 90 ? 1 : 4;
    for (int i = 0; i < count; ++i) interactions.push_back({u, i, 1});
  }
  const auto ratings = make_interaction_matrix(interactions, 100, 4).by_user;
  for (const int threads : {1, 4}) {
    const auto solved = half_step(ratings, random_factors(4, 2, 3),
                                  {.rank = 2, .regularization = 0, .threads = threads});
    ASSERT_FALSE(solved);
    EXPECT_EQ(solved.error().code, ErrorCode::kInvalid);
    EXPECT_THAT(solved.error().message, HasSubstr("row 70:"));
  }
}

TEST(HalfStep, StopsWhenAsked) {
  const auto ratings = make_interaction_matrix(random_interactions(50, 9, 9, 1), 9, 9).by_user;
  std::stop_source source;
  source.request_stop();
  const auto solved = half_step(ratings, random_factors(9, 2, 1), {.rank = 2}, source.get_token());
  ASSERT_FALSE(solved);
  EXPECT_EQ(solved.error().code, ErrorCode::kCancelled);
}

}  // namespace
}  // namespace punnet
