#include "eval/text_table.h"

#include <gtest/gtest.h>

namespace punnet {
namespace {

TEST(TextTable, LinesUpTheFirstColumnLeftAndTheOthersRight) {
  TextTable table({"name", "n"});
  table.add_row({"café", "1"});
  table.add_row({"b", "1,000"});
  EXPECT_EQ(table.text(),
            "  name      n\n"
            "  ----  -----\n"
            "  café      1\n"
            "  b     1,000\n");
}

TEST(TextTable, GroupsDigits) {
  EXPECT_EQ(with_commas(0), "0");
  EXPECT_EQ(with_commas(999), "999");
  EXPECT_EQ(with_commas(1458032), "1,458,032");
  EXPECT_EQ(with_commas(-123456), "-123,456");
}

TEST(TextTable, WritesSharesAsPercent) { EXPECT_EQ(percent(0.98763), "98.76 %"); }

}  // namespace
}  // namespace punnet
