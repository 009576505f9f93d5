#include "training/spark_split.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <numeric>
#include <string>
#include <utility>

#include "als/xor_shift_random.h"
#include "base/seeded_random.h"
#include "tests/support/result_matchers.h"

namespace punnet {
namespace {

using testing::ElementsAre;

constexpr char kGolden[] = "tests/data/spark-golden/";
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// The golden ratings, from `first` up to `last`.
TypedTable golden_rows(std::size_t first, std::size_t last) {
  auto table = make_empty_table({{"user_id", ColumnType::kInteger},
                                 {"item_id", ColumnType::kInteger},
                                 {"rating", ColumnType::kFloat},
                                 {"row_id", ColumnType::kInteger}});
  std::ifstream file(std::string(kGolden) + "ratings.csv");
  EXPECT_TRUE(file);
  std::string line;
  std::getline(file, line);
  for (std::size_t n = 0; std::getline(file, line); ++n) {
    if (n < first || n >= last) continue;
    for (std::size_t i = 0; i < 4; ++i) {
      const auto cell = line.substr(0, line.find(','));
      line.erase(0, cell.size() + 1);
      auto& column = table.columns[i];
      column.nulls.push_back(false);
      if (auto* reals = std::get_if<std::vector<double>>(&column.values)) {
        reals->push_back(std::stod(cell));
      } else {
        std::get<std::vector<std::int64_t>>(column.values).push_back(std::stoll(cell));
      }
    }
    ++table.rows;
  }
  return table;
}

std::vector<std::int64_t> golden_side(const std::string& name, std::size_t side) {
  std::ifstream file(kGolden + name + "/side" + std::to_string(side) + ".txt");
  EXPECT_TRUE(file) << name;
  std::vector<std::int64_t> rows;
  for (std::int64_t row = 0; file >> row;) rows.push_back(row);
  EXPECT_FALSE(rows.empty());
  return rows;
}

struct GoldenSplit {
  std::string name;
  std::vector<double> weights;
  std::int64_t seed;
  std::size_t partitions;
};

class SparkSplit : public testing::TestWithParam<GoldenSplit> {};

TEST_P(SparkSplit, GivesEachSideTheRowsThatSparkGivesIt) {
  const auto& [name, weights, seed, partitions] = GetParam();
  std::vector<std::vector<std::int64_t>> sides(weights.size());
  for (std::size_t p = 0; p < partitions; ++p) {
    const auto table = golden_rows(1500 / partitions * p, 1500 / partitions * (p + 1));
    const auto& row_ids = std::get<std::vector<std::int64_t>>(table.columns[3].values);
    const auto split = spark_random_split(table, p, weights, seed);
    for (std::size_t side = 0; side < sides.size(); ++side) {
      for (const auto row : split[side]) sides[side].push_back(row_ids[row]);
    }
  }
  for (std::size_t side = 0; side < sides.size(); ++side) {
    EXPECT_EQ(sides[side], golden_side(name, side)) << "side " << side;
  }
}

INSTANTIATE_TEST_SUITE_P(Golden, SparkSplit,
                         testing::Values(GoldenSplit{"split_80_20", {0.8, 0.2}, 5, 1},
                                         GoldenSplit{"split_50_50", {1, 1}, 6, 1},
                                         GoldenSplit{"split_3parts", {0.6, 0.3, 0.1}, 8, 3}),
                         [](const auto& instance) { return instance.param.name; });

TEST(SparkSortedRows, PutNullFirstAndNaNLastAndKeepEqualsInOrder) {
  auto table = make_empty_table({{"x", ColumnType::kDouble}, {"s", ColumnType::kString}});
  table.rows = 8;
  table.columns[0].values = std::vector<double>{kNaN, 0.0, -0.0, 1, 0, kNaN, -1, 1};
  table.columns[0].nulls = {false, false, false, false, true, false, false, false};
  table.columns[1].values = std::vector<std::string>{"", "b", "b", "\xc3\xa9", "x", "", "", "z"};
  table.columns[1].nulls = std::vector<bool>(8);
  EXPECT_THAT(spark_sorted_rows(table), ElementsAre(4, 6, 1, 2, 7, 3, 0, 5));
}

TEST(SparkRandomSplit, PutsEveryRowIntoOneCellOfItsDraw) {
  SeededRandom random(5);
  auto table = make_empty_table({{"x", ColumnType::kLong}});
  table.rows = 500;
  std::vector<std::int64_t> values(table.rows);
  for (auto& value : values) value = static_cast<std::int64_t>(random.below(100));
  table.columns[0].values = values;
  table.columns[0].nulls = std::vector<bool>(table.rows);
  const auto sorted = spark_sorted_rows(table);
  const std::vector<double> weights{3, 0, 2, 5};
  const std::vector<double> ends{0.3, 0.3, 0.5, 1.0};
  std::vector<std::vector<std::size_t>> twin(4);
  XorShiftRandom draws(-7 + 2);
  for (const auto row : sorted) {
    const double draw = draws.next_double();
    std::size_t side = 0;
    while (draw >= ends[side]) ++side;
    twin[side].push_back(row);
  }
  EXPECT_EQ(spark_random_split(table, 2, weights, -7), twin);
  EXPECT_TRUE(twin[1].empty());
}

TEST(SparkRandomSplit, RefusesWeightsThatAreNone) {
  const std::vector<std::vector<double>> bad{{}, {0, 0}, {1, -1}, {1, kNaN}};
  for (const auto& weights : bad) {
    EXPECT_THAT(check_weights(weights), FailsSaying(ErrorCode::kInvalid, "--weights"));
  }
  EXPECT_THAT(check_weights(std::vector<double>{0, 2}), Succeeds());
}

}  // namespace
}  // namespace punnet
