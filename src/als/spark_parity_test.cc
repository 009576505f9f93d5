// Against factors that Spark itself trained; tests/data/spark-golden/ORIGIN says how.

#include <gtest/gtest.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "als/initial_factors.h"
#include "als/train_als.h"
#include "domain/id_index.h"

namespace punnet {
namespace {

std::vector<std::vector<std::string>> read_csv(const std::string& name) {
  std::ifstream file("tests/data/spark-golden/" + name);
  EXPECT_TRUE(file) << name;
  std::vector<std::vector<std::string>> rows;
  for (std::string line; std::getline(file, line);) {
    auto& cells = rows.emplace_back();
    for (std::size_t begin = 0; begin <= line.size();) {
      const auto end = std::min(line.find(',', begin), line.size());
      cells.push_back(line.substr(begin, end - begin));
      begin = end + 1;
    }
  }
  return rows;
}

struct Ratings {
  IdIndex<UserId> users;
  IdIndex<ItemId> items;
  InteractionMatrix matrix;
};

Ratings read_ratings() {
  auto rows = read_csv("ratings.csv");
  rows.erase(rows.begin());
  std::vector<UserId> users;
  std::vector<ItemId> items;
  for (const auto& row : rows) {
    users.push_back({std::stoll(row[0])});
    items.push_back({std::stoll(row[1])});
  }
  Ratings ratings{IdIndex<UserId>(users), IdIndex<ItemId>(items), {}};
  std::vector<Interaction> interactions;
  for (std::size_t n = 0; n < rows.size(); ++n) {
    interactions.push_back(
        {*ratings.users.row(users[n]), *ratings.items.row(items[n]), std::stof(rows[n][2])});
  }
  ratings.matrix =
      make_interaction_matrix(interactions, ratings.users.size(), ratings.items.size());
  return ratings;
}

std::map<std::int64_t, std::vector<float>> read_factors(const std::string& name) {
  std::map<std::int64_t, std::vector<float>> factors;
  for (const auto& row : read_csv(name)) {
    auto& values = factors[std::stoll(row[0])];
    for (std::size_t i = 1; i < row.size(); ++i) values.push_back(std::stof(row[i]));
  }
  return factors;
}

// All rows within one unit in the last place of their largest element, and 99 % of them identical.
template <typename Id>
void expect_spark_factors(const FactorMatrix& ours, const IdIndex<Id>& index,
                          const std::string& name) {
  const auto golden = read_factors(name);
  ASSERT_EQ(golden.size(), index.size()) << name;
  std::size_t identical = 0;
  for (std::size_t r = 0; r < index.size(); ++r) {
    const auto row = ours.row(r);
    const auto& expected = golden.at(index.ids()[r].value);
    ASSERT_EQ(row.size(), expected.size());
    if (std::ranges::equal(row, expected)) ++identical;
    float largest = 0;
    for (const float x : expected) largest = std::max(largest, std::fabs(x));
    const float ulp = std::nextafter(largest, std::numeric_limits<float>::infinity()) - largest;
    for (std::size_t i = 0; i < row.size(); ++i) {
      ASSERT_LE(std::fabs(row[i] - expected[i]), ulp) << name << ", row " << r;
    }
  }
  EXPECT_GE(static_cast<double>(identical), 0.99 * static_cast<double>(index.size())) << name;
}

struct GoldenCase {
  std::string name;
  AlsConfig config;
  int user_blocks = 10;
};

class SparkParity : public testing::TestWithParam<GoldenCase> {};

TEST_P(SparkParity, TrainsTheFactorsThatSparkTrains) {
  auto [name, config, blocks] = GetParam();
  config.solver = Solver::kExactCholesky;
  const auto ratings = read_ratings();
  const auto start = spark_initial_factors(ratings.users.ids(), config.rank, config.seed, blocks);
  const auto factors = train_als_from(start, ratings.matrix, config);
  ASSERT_TRUE(factors);
  expect_spark_factors(factors->items, ratings.items, name + "/item_factors.csv");
  expect_spark_factors(factors->users, ratings.users, name + "/user_factors.csv");
}

INSTANTIATE_TEST_SUITE_P(
    Golden, SparkParity,
    testing::Values(
        GoldenCase{"explicit", {.rank = 5, .iterations = 6, .regularization = 0.08, .seed = 1234}},
        GoldenCase{"implicit",
                   {.rank = 5,
                    .iterations = 6,
                    .regularization = 0.08,
                    .feedback = Feedback::kImplicit,
                    .alpha = 10,
                    .seed = 1234}},
        GoldenCase{"rank10_defaults", {.seed = 3}},
        GoldenCase{
            "blocks_3x4", {.rank = 6, .iterations = 4, .regularization = 0.2, .seed = -5}, 3}),
    [](const auto& instance) { return instance.param.name; });

// The search for a nonnegative solution stops early, where depends on rounding.
template <typename Id>
void expect_close_to_spark(const FactorMatrix& ours, const IdIndex<Id>& index,
                           const std::string& name) {
  const auto golden = read_factors(name);
  ASSERT_EQ(golden.size(), index.size()) << name;
  for (std::size_t r = 0; r < index.size(); ++r) {
    const auto row = ours.row(r);
    const auto& expected = golden.at(index.ids()[r].value);
    double squares = 0;
    double difference = 0;
    for (std::size_t i = 0; i < row.size(); ++i) {
      ASSERT_GE(row[i], 0) << name << ", row " << r;
      const double x = static_cast<double>(expected[i]);
      squares += x * x;
      difference = std::max(difference, std::fabs(static_cast<double>(row[i]) - x));
    }
    ASSERT_LE(difference, 1e-5 * std::sqrt(squares)) << name << ", row " << r;
  }
}

TEST(SparkParityNonnegative, TrainsTheFactorsThatSparkTrains) {
  const AlsConfig config{.rank = 5,
                         .iterations = 6,
                         .regularization = 0.08,
                         .solver = Solver::kNonnegative,
                         .seed = 1234};
  const auto ratings = read_ratings();
  const auto start = spark_initial_factors(ratings.users.ids(), config.rank, config.seed);
  const auto factors = train_als_from(start, ratings.matrix, config);
  ASSERT_TRUE(factors);
  expect_close_to_spark(factors->items, ratings.items, "nonnegative/item_factors.csv");
  expect_close_to_spark(factors->users, ratings.users, "nonnegative/user_factors.csv");
}

}  // namespace
}  // namespace punnet
