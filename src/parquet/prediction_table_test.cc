#include "parquet/prediction_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <memory>

#include "embedded/memory_file_store.h"
#include "parquet/foreign_parquet.h"
#include "tests/support/calls.h"
#include "tests/support/result_matchers.h"

namespace punnet {
namespace {

using testing::ElementsAre;

const float kNan = std::numeric_limits<float>::quiet_NaN();
const std::vector<Prediction> kPredictions{
    {{UserId{1}, ItemId{20}}, 0.1F}, {{UserId{-3}, ItemId{4}}, kNan}, {{UserId{5}, ItemId{6}}, 3}};

class PredictionTable : public testing::Test {
 protected:
  Result<std::vector<UserItemPair>> read(const std::string& path, const PairColumns& columns = {},
                                         IdType id_type = IdType::kInt32) {
    return read_pairs(*files_, path, columns, id_type, patiently());
  }
  void put(const std::string& path, const std::string& content) {
    ASSERT_THAT(replace_file(*files_, path, content, patiently()), Succeeds());
  }

  const std::unique_ptr<FileStore> files_ = make_memory_file_store();
};

TEST_F(PredictionTable, ReadsPairsOutOfCsvWithOtherColumns) {
  put("pairs.csv", "when,i,u\nmonday,7,1\ntuesday,8,-2\n");
  EXPECT_THAT(*read("pairs.csv", {.user = "u", .item = "i"}),
              ElementsAre(UserItemPair{UserId{1}, ItemId{7}}, UserItemPair{UserId{-2}, ItemId{8}}));
}

TEST_F(PredictionTable, ReadsPairsOutOfSeveralParts) {
  write_foreign_parquet(*files_, "pairs/part-0.parquet",
                        {{"item_id", int64s({7})}, {"user_id", int32s({1})}});
  write_foreign_parquet(*files_, "pairs/part-1.parquet",
                        {{"user_id", doubles({2})}, {"item_id", int32s({8})}});
  EXPECT_THAT(*read("pairs"),
              ElementsAre(UserItemPair{UserId{1}, ItemId{7}}, UserItemPair{UserId{2}, ItemId{8}}));
}

TEST_F(PredictionTable, SaysWhatIsNoPair) {
  EXPECT_THAT(read("pairs.csv"), FailsWith(ErrorCode::kAbsent));
  put("pairs.csv", "user_id,item_id\n1,x\n");
  EXPECT_THAT(read("pairs.csv"), FailsSaying(ErrorCode::kInvalid, "row 1, column 2 (item_id)"));
  put("pairs.csv", "user_id,item_id\n1,\n");
  EXPECT_THAT(read("pairs.csv"), FailsSaying(ErrorCode::kInvalid, "no value"));
  put("pairs.csv", "user_id,item_id\n5000000000,1\n");
  EXPECT_THAT(read("pairs.csv"), FailsSaying(ErrorCode::kInvalid, "32 bits"));
  EXPECT_THAT(read("pairs.csv", {}, IdType::kInt64), Succeeds());
  put("pairs.csv", "user,item_id\n1,1\n");
  EXPECT_THAT(read("pairs.csv"), FailsSaying(ErrorCode::kInvalid, "--user-column"));
}

TEST_F(PredictionTable, WritesScoresAsSparkDoes) {
  EXPECT_EQ(predictions_csv(kPredictions, {.user = "u", .item = "i"}),
            "u,i,prediction\n1,20,0.1\n-3,4,NaN\n5,6,3.0\n");
  ASSERT_THAT(write_predictions_csv(*files_, "p.csv", kPredictions, {}, patiently()), Succeeds());
  EXPECT_EQ(*read_file(*files_, "p.csv", 1000, patiently()), predictions_csv(kPredictions, {}));
}

TEST_F(PredictionTable, WritesParquetThatReadsBackAsPairs) {
  for (const auto id_type : {IdType::kInt32, IdType::kInt64}) {
    const auto path = id_type == IdType::kInt32 ? "narrow.parquet" : "wide.parquet";
    ASSERT_THAT(write_predictions_parquet(*files_, path, kPredictions, {}, id_type, patiently()),
                Succeeds());
    EXPECT_THAT(*read(path),
                ElementsAre(kPredictions[0].pair, kPredictions[1].pair, kPredictions[2].pair));
  }
}

TEST_F(PredictionTable, ReplacesNothingAndCutsNoId) {
  put("p", "x");
  EXPECT_THAT(write_predictions_csv(*files_, "p", {}, {}, patiently()),
              FailsWith(ErrorCode::kExists));
  EXPECT_THAT(write_predictions_parquet(*files_, "p", {}, {}, IdType::kInt32, patiently()),
              FailsWith(ErrorCode::kExists));
  const Prediction wide{{UserId{5'000'000'000}, ItemId{1}}, 1};
  EXPECT_THAT(write_predictions_parquet(*files_, "q", {&wide, 1}, {}, IdType::kInt32, patiently()),
              FailsSaying(ErrorCode::kInvalid, "32 bits"));
  EXPECT_THAT(files_->stat("q", patiently()), FailsWith(ErrorCode::kAbsent));
}

}  // namespace
}  // namespace punnet
