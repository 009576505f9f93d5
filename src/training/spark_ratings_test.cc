#include "training/spark_ratings.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/support/result_matchers.h"

namespace punnet {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// One row: whole user and item ids and a rating in fp64.
TypedTable one_row(std::int64_t user, double item, double rating) {
  auto table = make_empty_table({{"u", ColumnType::kLong},
                                 {"i", ColumnType::kDouble},
                                 {"r", ColumnType::kDouble},
                                 {"s", ColumnType::kString}});
  table.rows = 1;
  table.columns[0].values = std::vector<std::int64_t>{user};
  table.columns[1].values = std::vector<double>{item};
  table.columns[2].values = std::vector<double>{rating};
  table.columns[3].values = std::vector<std::string>{"x"};
  for (auto& column : table.columns) column.nulls = {false};
  return table;
}

const RatingColumns kColumns{.user = "u", .item = "i", .rating = "r"};

Result<std::vector<SparkRating>> ratings_of(const TypedTable& table,
                                            const RatingColumns& columns = kColumns) {
  return spark_ratings(table, columns, "data.csv");
}

TEST(SparkRatings, TakesAnyNumericTypeAndEveryRating) {
  for (const double rating : {2.5, 0.0, -3.0}) {
    const auto ratings = ratings_of(one_row(-7, 2147483647, rating));
    ASSERT_THAT(ratings, Succeeds());
    EXPECT_EQ(*ratings, (std::vector<SparkRating>{{-7, 2147483647, static_cast<float>(rating)}}));
  }
}

TEST(SparkRatings, AreOneWithoutAColumn) {
  const auto ratings = ratings_of(one_row(1, 2, 3), {.user = "u", .item = "i", .rating = ""});
  ASSERT_THAT(ratings, Succeeds());
  EXPECT_EQ(*ratings, (std::vector<SparkRating>{{1, 2, 1}}));
}

TEST(SparkRatings, NameTheOptionOfAMissingColumn) {
  EXPECT_THAT(ratings_of(one_row(1, 2, 3), {.user = "U", .item = "i", .rating = "r"}),
              FailsSaying(ErrorCode::kInvalid,
                          "data.csv has no column \"U\"; it has u, i, r, s. "
                          "Name the one to read with --user-column"));
  EXPECT_THAT(ratings_of(one_row(1, 2, 3), {.user = "u", .item = "x", .rating = "r"}),
              FailsSaying(ErrorCode::kInvalid, "--item-column"));
  EXPECT_THAT(ratings_of(one_row(1, 2, 3), {.user = "u", .item = "i", .rating = "x"}),
              FailsSaying(ErrorCode::kInvalid, "--rating-column"));
}

TEST(SparkRatings, AreNumbers) {
  EXPECT_THAT(
      ratings_of(one_row(1, 2, 3), {.user = "u", .item = "i", .rating = "s"}),
      FailsSaying(ErrorCode::kInvalid,
                  "column \"s\" (--rating-column) must be of a numeric type but is string"));
}

TEST(SparkRatings, NameRowAndOptionOfWhatSparkRefuses) {
  const auto refused = [](const TypedTable& table, const std::string& problem) {
    EXPECT_THAT(ratings_of(table), FailsSaying(ErrorCode::kInvalid, problem));
  };
  refused(one_row(1LL << 31, 2, 3),
          "data.csv: row 1, column \"u\" (--user-column): 2147483648 is not a whole number of 32");
  refused(one_row(1, 2.5, 3), "column \"i\" (--item-column): 2.5");
  refused(one_row(1, kInfinity, 3), "column \"i\" (--item-column): inf");
  refused(one_row(1, 2, std::numeric_limits<double>::quiet_NaN()),
          "column \"r\" (--rating-column): nan");
  refused(one_row(1, 2, kInfinity), "column \"r\" (--rating-column): inf");
  refused(one_row(1, 2, 1e200), "column \"r\" (--rating-column)");
  for (const std::size_t column : {0U, 1U, 2U}) {
    auto table = one_row(1, 2, 3);
    table.columns[column].nulls = {true};
    refused(table, "no value");
  }
}

}  // namespace
}  // namespace punnet
