#include "ports/read_shares.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <numeric>
#include <vector>

namespace punnet {
namespace {

using Shares = std::vector<std::int64_t>;

std::int64_t sum(const Shares& shares) {
  return std::accumulate(shares.begin(), shares.end(), std::int64_t{0});
}

TEST(ReadShares, AreAllThereIsBelowTheLimit) {
  EXPECT_EQ(read_shares(Shares{3, 0, 4}, 7), (Shares{3, 0, 4}));
  EXPECT_EQ(read_shares(Shares{}, 7), Shares{});
}

TEST(ReadShares, AreInProportionRoundedDown) {
  EXPECT_EQ(read_shares(Shares{600, 300, 100}, 100), (Shares{60, 30, 10}));
  EXPECT_EQ(read_shares(Shares{10, 10, 10}, 10), (Shares{3, 3, 3}));
}

TEST(ReadShares, LeaveNobodyWithoutWhereThereIsRoom) {
  EXPECT_EQ(read_shares(Shares{1000, 1}, 10), (Shares{9, 1}));
  EXPECT_EQ(read_shares(Shares{1, 1000, 1}, 10), (Shares{1, 9, 0}));
}

TEST(ReadShares, ServeTheFullestFirstWhereThereIsNot) {
  EXPECT_EQ(read_shares(Shares{5, 9, 7}, 1), (Shares{0, 1, 0}));
  EXPECT_EQ(read_shares(Shares{5, 5, 5}, 2), (Shares{1, 1, 0}));
  EXPECT_EQ(read_shares(Shares{5, 5}, 0), (Shares{0, 0}));
}

RC_GTEST_PROP(ReadShares, NeverExceedTheLimitNorWhatIsHeldAndAlwaysMoveOn, ()) {
  const auto held = *rc::gen::container<Shares>(rc::gen::inRange<std::int64_t>(0, 1000));
  const auto limit = *rc::gen::inRange<std::int64_t>(1, 2000);
  const auto shares = read_shares(held, limit);
  RC_ASSERT(shares.size() == held.size());
  RC_ASSERT(sum(shares) <= limit);
  for (std::size_t i = 0; i < held.size(); ++i) {
    RC_ASSERT(shares[i] >= 0);
    RC_ASSERT(shares[i] <= held[i]);
  }
  RC_ASSERT(sum(held) == 0 || sum(shares) > 0);
  RC_ASSERT(sum(shares) > std::min(limit, sum(held)) - static_cast<std::int64_t>(held.size()) ||
            held.empty());
}

}  // namespace
}  // namespace punnet
