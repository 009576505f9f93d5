#include "ranking/row_set.h"

#include <gtest/gtest.h>

namespace punnet {
namespace {

TEST(RowSet, HoldsWhatWasInserted) {
  RowSet set(130);
  for (const std::size_t row : {0U, 15U, 63U, 64U, 129U}) set.insert(row);
  for (std::size_t row = 0; row < 130; ++row) {
    const bool expected = row == 0 || row == 15 || row == 63 || row == 64 || row == 129;
    EXPECT_EQ(set.contains(row), expected) << row;
  }
}

TEST(RowSet, GivesSixteenRowsAsBits) {
  RowSet set(130);
  for (const std::size_t row : {0U, 15U, 63U, 64U, 129U}) set.insert(row);
  EXPECT_EQ(set.sixteen(0), 0x8001U);
  EXPECT_EQ(set.sixteen(16), 0U);
  EXPECT_EQ(set.sixteen(48), 0x8000U);
  EXPECT_EQ(set.sixteen(64), 1U);
  EXPECT_EQ(set.sixteen(128), 2U);
}

}  // namespace
}  // namespace punnet
