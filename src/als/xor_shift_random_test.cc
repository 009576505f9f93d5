#include "als/xor_shift_random.h"

#include <gtest/gtest.h>

#include <cmath>

namespace punnet {
namespace {

TEST(XorShiftRandom, ScramblesTheSeedAsSparkDoes) {
  EXPECT_EQ(scrambled_seed(100), 1088402058313200430);
}

TEST(XorShiftRandom, TheSameSeedGivesTheSameNumbers) {
  XorShiftRandom one(-5);
  XorShiftRandom two(-5);
  XorShiftRandom other(5);
  for (int n = 0; n < 10; ++n) {
    const auto drawn = one.next_long();
    EXPECT_EQ(drawn, two.next_long());
    EXPECT_NE(drawn, other.next_long());
  }
}

TEST(XorShiftRandom, DoublesFillTheUnitInterval) {
  XorShiftRandom random(1);
  double sum = 0;
  for (int n = 0; n < 10000; ++n) {
    const double x = random.next_double();
    ASSERT_GE(x, 0);
    ASSERT_LT(x, 1);
    sum += x;
  }
  EXPECT_NEAR(sum / 10000, 0.5, 0.01);
}

TEST(XorShiftRandom, GaussiansHaveMeanZeroAndVarianceOne) {
  XorShiftRandom random(1);
  double sum = 0;
  double squares = 0;
  for (int n = 0; n < 10000; ++n) {
    const double x = random.next_gaussian();
    sum += x;
    squares += x * x;
  }
  EXPECT_NEAR(sum / 10000, 0, 0.05);
  EXPECT_NEAR(squares / 10000, 1, 0.05);
}

}  // namespace
}  // namespace punnet
