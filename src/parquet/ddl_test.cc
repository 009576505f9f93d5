#include "parquet/ddl.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/result_matchers.h"

namespace punnet {
namespace {

TEST(Ddl, ReadsNamesAndTypesInOrder) {
  const auto columns = parse_ddl("user_id int, item_id bigint,rating FLOAT");
  ASSERT_THAT(columns, Succeeds());
  EXPECT_EQ(*columns, (TableColumns{{"user_id", ColumnType::kInteger},
                                    {"item_id", ColumnType::kLong},
                                    {"rating", ColumnType::kFloat}}));
}

TEST(Ddl, KnowsTypesByAllTheirNames) {
  const auto columns = parse_ddl(
      "a boolean, b tinyint, c BYTE, d smallint, e short, f integer, g long, h real, i double, "
      "j String, k date, l timestamp, m timestamp_ntz");
  ASSERT_THAT(columns, Succeeds());
  std::string types;
  for (const auto& column : *columns) types += std::string(ddl_name(column.type)) + ' ';
  EXPECT_EQ(types,
            "boolean tinyint tinyint smallint smallint int bigint float double string date "
            "timestamp timestamp_ntz ");
}

TEST(Ddl, ReadsOverColonsNullabilityAndComments) {
  const auto columns =
      parse_ddl(" a : int NOT NULL, `b ``c``, d` string not null comment 'it\\'s, b', e long ");
  ASSERT_THAT(columns, Succeeds());
  EXPECT_EQ(*columns, (TableColumns{{"a", ColumnType::kInteger},
                                    {"b `c`, d", ColumnType::kString},
                                    {"e", ColumnType::kLong}}))
      << columns->at(1).name;
}

TEST(Ddl, NamesTheColumnOfAnUnknownType) {
  EXPECT_THAT(parse_ddl("a int, b decimal(10,2)"),
              FailsSaying(ErrorCode::kInvalid, "column \"b\" is of type \"decimal\""));
  EXPECT_THAT(parse_ddl("a array<int>"), FailsSaying(ErrorCode::kInvalid, "none of boolean"));
}

struct Broken {
  std::string ddl;
  std::string problem;
};

class BrokenDdl : public testing::TestWithParam<Broken> {};

TEST_P(BrokenDdl, IsRefusedWithThePlace) {
  EXPECT_THAT(parse_ddl(GetParam().ddl), FailsSaying(ErrorCode::kInvalid, GetParam().problem));
}

INSTANTIATE_TEST_SUITE_P(
    All, BrokenDdl,
    testing::Values(Broken{"", "expected the name of a column at character 1"},
                    Broken{"a", "expected the type of column \"a\""},
                    Broken{"a int,", "expected the name of a column"},
                    Broken{"a int,,b int", "expected the name of a column at character 7"},
                    Broken{"a int b int", "expected a comma or the end at character 7"},
                    Broken{"a int, A long", "column \"A\" comes twice"},
                    Broken{"a int not", "expected NULL after NOT"},
                    Broken{"a int comment x", "expected a quoted text"},
                    Broken{"a int comment 'x", "a quote is left open"},
                    Broken{"`a int", "a back-quote is left open"},
                    Broken{"`` int", "expected the name of a column"}));

}  // namespace
}  // namespace punnet
