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

}  // namespace
}  // namespace punnet
