#include "spark/als_model_directory.h"

#include <arrow/api.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "base/rfc3339.h"
#include "embedded/local_file_store.h"
#include "embedded/memory_file_store.h"
#include "parquet/csv_table.h"
#include "parquet/foreign_parquet.h"
#include "tests/support/calls.h"
#include "tests/support/result_matchers.h"

namespace punnet {
namespace {

Model small_model(std::vector<std::int64_t> users, std::vector<std::int64_t> items, int rank) {
  const auto ids = []<typename Id>(const std::vector<std::int64_t>& values, Id) {
    std::vector<Id> out;
    for (const auto value : values) out.push_back(Id{value});
    return IdIndex<Id>(out);
  };
  Model model;
  model.users = ids(users, UserId{});
  model.items = ids(items, ItemId{});
  model.user_factors = FactorMatrix(users.size(), rank);
  model.item_factors = FactorMatrix(items.size(), rank);
  std::iota(model.user_factors.values().begin(), model.user_factors.values().end(), 0.5F);
  std::iota(model.item_factors.values().begin(), model.item_factors.values().end(), -7.25F);
  return model;
}

void expect_same_factors(const Model& a, const Model& b) {
  EXPECT_TRUE(std::ranges::equal(a.users.ids(), b.users.ids()));
  EXPECT_TRUE(std::ranges::equal(a.items.ids(), b.items.ids()));
  EXPECT_EQ(a.user_factors, b.user_factors);
  EXPECT_EQ(a.item_factors, b.item_factors);
}

class AlsModelDirectory : public testing::Test {
 protected:
  Status write(const Model& model, std::string_view directory = "m") {
    AlsModelWriteOptions options;
    options.written = *parse_rfc3339("2020-01-02T03:04:05.678Z");
    return write_als_model(*files_, directory, model, options, patiently());
  }
  Result<AlsModel> read(std::string_view directory = "m") {
    return read_als_model(*files_, directory, {}, patiently());
  }
  void put(const std::string& path, const std::string& content) {
    ASSERT_THAT(replace_file(*files_, path, content, patiently()), Succeeds());
  }
  std::string text(const std::string& path) {
    return *read_file(*files_, path, 1 << 20, patiently());
  }
  /// Writes a part of factors as a stranger would.
  void put_factors(const std::string& path, const std::vector<std::int32_t>& ids,
                   const std::vector<std::vector<float>>& rows,
                   const ForeignOptions& options = {}) {
    const auto values = std::make_shared<arrow::FloatBuilder>();
    arrow::ListBuilder lists(arrow::default_memory_pool(), values,
                             arrow::list(arrow::field("element", arrow::float32())));
    for (const auto& row : rows) {
      ASSERT_TRUE(lists.Append().ok());
      ASSERT_TRUE(values->AppendValues(row).ok());
    }
    write_foreign_parquet(
        *files_, path, {{"id", int32s(ids)}, {"features", lists.Finish().ValueOrDie()}}, options);
  }

  const std::unique_ptr<FileStore> files_ = make_memory_file_store();
};

class SparkGolden : public testing::TestWithParam<const char*> {};

TEST_P(SparkGolden, PredictsWhatSparkPredicted) {
  const auto opened = open_local_file_store({.directory = "tests/data/spark-golden"});
  ASSERT_THAT(opened, Succeeds());
  auto& files = **opened;
  const std::string folder = GetParam();
  const auto read = read_als_model(files, folder + "/model", {}, patiently());
  ASSERT_THAT(read, Succeeds());
  const auto& model = read->model;
  EXPECT_EQ(read->metadata.rank, 5);
  EXPECT_EQ(read->metadata.user_column, "user_id");
  EXPECT_EQ(read->metadata.cold_start_strategy, "nan");
  EXPECT_EQ(model.users.size(), 120U);
  EXPECT_EQ(model.items.size(), 60U);

  const auto expected = read_csv_table(files, folder + "/predictions.csv", 1 << 20, patiently());
  ASSERT_THAT(expected, Succeeds());
  ASSERT_EQ(expected->rows.size(), 600U);
  int unknown = 0;
  for (const auto& row : expected->rows) {
    const auto user = model.users.row(UserId{std::stoll(row[0])});
    const auto item = model.items.row(ItemId{std::stoll(row[1])});
    if (row[2] == "NaN") {
      ++unknown;
      EXPECT_FALSE(user && item);
      continue;
    }
    ASSERT_TRUE(user && item);
    const auto x = model.user_factors.row(static_cast<std::size_t>(*user));
    const auto y = model.item_factors.row(static_cast<std::size_t>(*item));
    double product = 0;
    double x_squared = 0;
    double y_squared = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      product += double{x[i]} * double{y[i]};
      x_squared += double{x[i]} * double{x[i]};
      y_squared += double{y[i]} * double{y[i]};
    }
    EXPECT_NEAR(product, std::stod(row[2]), 1e-6 * std::sqrt(x_squared * y_squared));
  }
  EXPECT_EQ(unknown, 60);
}

INSTANTIATE_TEST_SUITE_P(Each, SparkGolden, testing::Values("explicit", "explicit_spark4"));

TEST_F(AlsModelDirectory, ComesBackAsItWasWritten) {
  const auto model = small_model({3, 1, 2147483647}, {-5, 7}, 4);
  ASSERT_THAT(write(model), Succeeds());
  const auto back = read();
  ASSERT_THAT(back, Succeeds());
  expect_same_factors(back->model, model);
  EXPECT_EQ(back->metadata.rank, 4);
  EXPECT_EQ(back->metadata.written, parse_rfc3339("2020-01-02T03:04:05.678Z"));
}

TEST_F(AlsModelDirectory, HasTheFilesThatSparkLooksFor) {
  ASSERT_THAT(write(small_model({1}, {2}, 2)), Succeeds());
  std::vector<std::string> paths;
  const auto listed = files_->list("m", patiently());
  for (const auto& info : *listed) paths.push_back(info.path);
  EXPECT_THAT(paths, testing::ElementsAre(
                         "m/itemFactors/_SUCCESS", "m/itemFactors/part-00000.snappy.parquet",
                         "m/metadata/_SUCCESS", "m/metadata/part-00000", "m/userFactors/_SUCCESS",
                         "m/userFactors/part-00000.snappy.parquet"));
  EXPECT_THAT(text("m/metadata/part-00000"),
              testing::MatchesRegex(
                  R"(\{"class":"org\.apache\.spark\.ml\.recommendation\.ALSModel",)"
                  R"("timestamp":1577934245678,"sparkVersion":"3\.5\.9","uid":"ALS_[0-9a-f]{12}",)"
                  R"("paramMap":\{"userCol":"user_id","itemCol":"item_id",)"
                  R"("coldStartStrategy":"drop","blockSize":4096\},)"
                  R"("defaultParamMap":\{.*"blockSize":4096\},"rank":2\})"
                  "\n"));
}

TEST_F(AlsModelDirectory, IsTheSameForTheSameModel) {
  const auto model = small_model({1, 2}, {3, 4, 5}, 3);
  ASSERT_THAT(write(model, "a"), Succeeds());
  ASSERT_THAT(write(model, "b"), Succeeds());
  for (const std::string name : {"metadata/part-00000", "userFactors/part-00000.snappy.parquet",
                                 "itemFactors/part-00000.snappy.parquet"}) {
    EXPECT_EQ(text("a/" + name), text("b/" + name)) << name;
  }
}

TEST_F(AlsModelDirectory, KeepsIdsOf64BitsInATableBesideTheFactors) {
  const auto model = small_model({1, 5'000'000'000}, {-6'000'000'000, 2}, 2);
  ASSERT_THAT(write(model), Succeeds());
  EXPECT_THAT(files_->stat("m/_ids/users/part-00000.snappy.parquet", patiently()), Succeeds());
  const auto back = read();
  ASSERT_THAT(back, Succeeds());
  expect_same_factors(back->model, model);
}

TEST_F(AlsModelDirectory, KeepsIdsAsTheyAreOrByRowsAsItIsTold) {
  const auto narrow = small_model({1, 9}, {2}, 2);
  AlsModelWriteOptions options;
  options.id_type = IdType::kInt64;
  ASSERT_THAT(write_als_model(*files_, "wide", narrow, options, patiently()), Succeeds());
  EXPECT_THAT(files_->stat("wide/_ids/users/part-00000.snappy.parquet", patiently()), Succeeds());
  expect_same_factors(read("wide")->model, narrow);
  options.id_type = IdType::kInt32;
  EXPECT_THAT(
      write_als_model(*files_, "cut", small_model({1}, {5'000'000'000}, 2), options, patiently()),
      FailsSaying(ErrorCode::kInvalid, "32 bits"));
  EXPECT_TRUE(files_->list("cut", patiently())->empty());
}

TEST_F(AlsModelDirectory, RefusesWhatCannotBeAModel) {
  EXPECT_THAT(write(Model{}), FailsSaying(ErrorCode::kInvalid, "no factors"));
  auto model = small_model({1}, {2}, 2);
  model.item_factors.row(0)[1] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(write(model), FailsSaying(ErrorCode::kInvalid, "not finite"));
  model = small_model({1}, {2}, 2);
  model.users = {};
  EXPECT_THAT(write(model), FailsSaying(ErrorCode::kInvalid, "other numbers of ids"));
  model = small_model({1}, {2}, 2);
  model.item_factors = FactorMatrix(1, 3);
  EXPECT_THAT(write(model), FailsSaying(ErrorCode::kInvalid, "two ranks"));
}

TEST_F(AlsModelDirectory, NeverReplacesAModel) {
  ASSERT_THAT(write(small_model({1}, {2}, 2)), Succeeds());
  EXPECT_THAT(write(small_model({1}, {2}, 3)), FailsWith(ErrorCode::kExists));
  EXPECT_EQ(read()->metadata.rank, 2);
}

TEST_F(AlsModelDirectory, IsAbsentWhereThereIsNothing) {
  EXPECT_THAT(read(), FailsSaying(ErrorCode::kAbsent, "no model"));
}

TEST_F(AlsModelDirectory, ReadsTheMetadataOfOldReleases) {
  ASSERT_THAT(write(small_model({1}, {2}, 2)), Succeeds());
  put("m/metadata/part-00000",
      R"({"class":"org.apache.spark.ml.recommendation.ALSModel","timestamp":1,"sparkVersion":"2.3.1",)"
      R"("uid":"ALS_417ebb19a9e106540d2f","paramMap":{"userCol":"u","coldStartStrategy":"drop"},)"
      R"("rank":2})");
  const auto back = read();
  ASSERT_THAT(back, Succeeds());
  EXPECT_EQ(back->metadata.user_column, "u");
  EXPECT_EQ(back->metadata.item_column, "item");
  EXPECT_EQ(back->metadata.cold_start_strategy, "drop");
  EXPECT_EQ(back->metadata.block_size, 4096);
}

TEST_F(AlsModelDirectory, ReadsPartsOfAnyCompressionEmptyOnesAmongThem) {
  ASSERT_THAT(write(small_model({5}, {2}, 2)), Succeeds());
  std::int32_t id = 10;
  for (const auto compression :
       {parquet::Compression::UNCOMPRESSED, parquet::Compression::SNAPPY,
        parquet::Compression::GZIP, parquet::Compression::ZSTD, parquet::Compression::BROTLI}) {
    const auto name = "m/userFactors/part-000" + std::to_string(id) + "-tid.parquet";
    put_factors(name, {id, --id - 10}, {{1, 2}, {3, 4}}, {.compression = compression});
    id += 2;
  }
  put_factors("m/userFactors/part-00099.parquet", {}, {});
  const auto back = read();
  ASSERT_THAT(back, Succeeds());
  EXPECT_EQ(back->model.users.size(), 11U);
  const auto last = back->model.users.row(UserId{14});
  ASSERT_TRUE(last);
  EXPECT_THAT(back->model.user_factors.row(static_cast<std::size_t>(*last)),
              testing::ElementsAre(1, 2));
}

TEST_F(AlsModelDirectory, ReadsASideWithoutAnybody) {
  ASSERT_THAT(write(small_model({1}, {}, 2)), Succeeds());
  const auto back = read();
  ASSERT_THAT(back, Succeeds());
  EXPECT_EQ(back->model.items.size(), 0U);
}

TEST_F(AlsModelDirectory, RefusesAnotherKindOfModel) {
  ASSERT_THAT(write(small_model({1}, {2}, 2)), Succeeds());
  put("m/metadata/part-00000", R"({"class":"org.apache.spark.ml.feature.PCAModel","rank":2})");
  EXPECT_THAT(read(), FailsSaying(ErrorCode::kInvalid, "PCAModel"));
  put("m/metadata/part-00000", "not json");
  EXPECT_THAT(read(), FailsSaying(ErrorCode::kCorrupt, "metadata/part-00000"));
  put("m/metadata/part-00000",
      R"({"class":"org.apache.spark.ml.recommendation.ALSModel","rank":0})");
  EXPECT_THAT(read(), FailsSaying(ErrorCode::kInvalid, "rank 0"));
}

TEST_F(AlsModelDirectory, NoticesARowOfAnotherRank) {
  ASSERT_THAT(write(small_model({1}, {2}, 2)), Succeeds());
  put_factors("m/userFactors/part-00001.parquet", {8, 9}, {{1, 2}, {1, 2, 3}});
  EXPECT_THAT(read(), FailsSaying(ErrorCode::kCorrupt,
                                  "part-00001.parquet: row 2 (id 9) has 3 factors in a model of "
                                  "rank 2"));
}

TEST_F(AlsModelDirectory, NoticesFactorsThatAreNotFinite) {
  ASSERT_THAT(write(small_model({1}, {2}, 2)), Succeeds());
  put_factors("m/itemFactors/part-00001.parquet", {8},
              {{1, std::numeric_limits<float>::infinity()}});
  EXPECT_THAT(read(), FailsSaying(ErrorCode::kCorrupt, "row 1 (id 8) holds a factor"));
}

TEST_F(AlsModelDirectory, NoticesAnIdThatComesTwice) {
  ASSERT_THAT(write(small_model({1}, {2}, 2)), Succeeds());
  put_factors("m/userFactors/part-00001.parquet", {1}, {{1, 2}});
  EXPECT_THAT(read(), FailsSaying(ErrorCode::kCorrupt, "id 1 more than once"));
}

TEST_F(AlsModelDirectory, NoticesColumnsOfOtherTypes) {
  ASSERT_THAT(write(small_model({1}, {2}, 2)), Succeeds());
  write_foreign_parquet(*files_, "m/userFactors/part-00001.parquet",
                        {{"id", int64s({7})}, {"features", int64s({7})}});
  EXPECT_THAT(read(), FailsSaying(ErrorCode::kCorrupt, "holds int64"));
}

TEST_F(AlsModelDirectory, NoticesMissingFactors) {
  ASSERT_THAT(write(small_model({1}, {2}, 2)), Succeeds());
  ASSERT_THAT(remove_tree(*files_, "m/itemFactors", patiently()), Succeeds());
  EXPECT_THAT(read(), FailsSaying(ErrorCode::kCorrupt, "no itemFactors"));
}

TEST_F(AlsModelDirectory, NoticesPartsCutShortAtAnyPlace) {
  ASSERT_THAT(write(small_model({1, 2, 3}, {2}, 2)), Succeeds());
  const std::string path = "m/userFactors/part-00000.snappy.parquet";
  const auto whole = text(path);
  for (std::size_t size = 0; size < whole.size(); size += 7) {
    put(path, whole.substr(0, size));
    EXPECT_FALSE(read()) << size << " bytes";
  }
}

TEST_F(AlsModelDirectory, NoticesIdsThatDoNotMatchTheFactors) {
  ASSERT_THAT(write(small_model({1, 5'000'000'000}, {2}, 2), "wide"), Succeeds());
  put_factors("wide/userFactors/part-00001.parquet", {9}, {{1, 2}});
  EXPECT_THAT(read("wide"), FailsSaying(ErrorCode::kCorrupt, "_ids/users maps 2 rows"));
}

TEST_F(AlsModelDirectory, StaysWithinItsMemory) {
  ASSERT_THAT(write(small_model({1, 2, 3}, {2}, 200)), Succeeds());
  EXPECT_THAT(read_als_model(*files_, "m", {.limit_bytes = 1000}, patiently()),
              FailsWith(ErrorCode::kExhausted));
}

}  // namespace
}  // namespace punnet
