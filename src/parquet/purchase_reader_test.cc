#include "parquet/purchase_reader.h"

#include <arrow/io/compressed.h>
#include <arrow/io/memory.h>
#include <arrow/util/compression.h>
#include <gtest/gtest.h>

#include <limits>

#include "base/rfc3339.h"
#include "embedded/memory_file_store.h"
#include "parquet/foreign_parquet.h"
#include "tests/support/calls.h"
#include "tests/support/result_matchers.h"

namespace punnet {
namespace {

std::string gzipped(const std::string& text) {
  const auto codec = arrow::util::Codec::Create(arrow::Compression::GZIP).ValueOrDie();
  const auto sink = arrow::io::BufferOutputStream::Create().ValueOrDie();
  const auto out = arrow::io::CompressedOutputStream::Make(codec.get(), sink).ValueOrDie();
  EXPECT_TRUE(out->Write(text.data(), static_cast<std::int64_t>(text.size())).ok());
  EXPECT_TRUE(out->Close().ok());
  return sink->Finish().ValueOrDie()->ToString();
}

class PurchaseReader : public testing::Test {
 protected:
  void put(const std::string& path, const std::string& content) {
    ASSERT_THAT(replace_file(*files_, path, content, patiently()), Succeeds());
  }

  Result<std::vector<Purchase>> read(const std::string& path,
                                     const PurchaseReadOptions& options = {}) {
    return read_purchases(*files_, path, options, patiently());
  }

  Result<std::vector<Purchase>> read_text(const std::string& text,
                                          const PurchaseReadOptions& options = {}) {
    put("purchases.csv", text);
    return read("purchases.csv", options);
  }

  void expect_two_purchases(const Result<std::vector<Purchase>>& read) {
    ASSERT_THAT(read, Succeeds());
    EXPECT_EQ(*read, (std::vector<Purchase>{{UserId{1}, ItemId{10}, 2, 4.99F, {}, {}},
                                            {UserId{2}, ItemId{20}, 1, 1e7F, {}, {}}}));
  }

  const std::unique_ptr<FileStore> files_ = make_memory_file_store();
};

constexpr char kTwo[] = "user_id,item_id,quantity,sales_value\n1,10,2,4.99\n2,20,1,1.0E7\n";

PurchaseReadOptions with_optional_fields() {
  PurchaseReadOptions options;
  options.columns.basket = "basket_id";
  options.columns.time = "ts";
  return options;
}

TEST_F(PurchaseReader, ReadsCsvWithAHeader) { expect_two_purchases(read_text(kTwo)); }

TEST_F(PurchaseReader, ReadsCsvInGzip) {
  put("purchases.csv.gz", gzipped(kTwo));
  expect_two_purchases(read("purchases.csv.gz"));
}

TEST_F(PurchaseReader, RefusesGzipThatWasCutShort) {
  const auto whole = gzipped(kTwo);
  put("purchases.csv.gz", whole.substr(0, whole.size() / 2));
  EXPECT_THAT(read("purchases.csv.gz"), FailsSaying(ErrorCode::kCorrupt, "purchases.csv.gz"));
}

TEST_F(PurchaseReader, TakesColumnsInAnyOrderAndIgnoresOthers) {
  expect_two_purchases(
      read_text("week,sales_value,item_id,store,quantity,user_id\n"
                "1,4.99,10,x,2,1\n1,1.0E7,20,\"y,z\",1,2\n"));
}

TEST_F(PurchaseReader, UnderstandsByteOrderMarkCarriageReturnsQuotesAndBlanks) {
  expect_two_purchases(
      read_text("\xEF\xBB\xBFuser_id,item_id,\"quantity\",sales_value\r\n"
                "\"1\",10, 2 ,\"4.99\"\r\n\r\n2,20,+1,1.0E7"));
}

TEST_F(PurchaseReader, MapsColumnNames) {
  PurchaseReadOptions options;
  options.columns.user = "household_id";
  expect_two_purchases(
      read_text("household_id,item_id,quantity,sales_value\n1,10,2,4.99\n2,20,1,1.0E7\n", options));
}

TEST_F(PurchaseReader, ReadsTheFixedOrderWithoutAHeader) {
  PurchaseReadOptions options;
  options.csv_header = false;
  expect_two_purchases(read_text("1,10,2,4.99\n2,20,1,1.0E7\n", options));
}

TEST_F(PurchaseReader, RefusesAnotherNumberOfColumnsWithoutAHeader) {
  PurchaseReadOptions options;
  options.csv_header = false;
  EXPECT_THAT(read_text("1,10,2\n", options),
              FailsSaying(ErrorCode::kInvalid, "rows have 3 columns"));
}

TEST_F(PurchaseReader, KeepsBasketAndTimeWhereMappedAndLeavesEmptyOnesAbsent) {
  const auto read = read_text(
      "user_id,item_id,quantity,sales_value,basket_id,ts\n"
      "1,10,2,4.99,41481282915,2017-01-01T11:53:26.5+02:00\n2,20,1,1,,\n",
      with_optional_fields());
  ASSERT_THAT(read, Succeeds());
  EXPECT_EQ(read->at(0).basket, 41481282915);
  EXPECT_EQ(read->at(0).time, parse_rfc3339("2017-01-01T09:53:26.5Z"));
  EXPECT_EQ(read->at(1).basket, std::nullopt);
  EXPECT_EQ(read->at(1).time, std::nullopt);
}

TEST_F(PurchaseReader, ReturnsZeroAndNegativeValuesAsTheyAre) {
  const auto read = read_text("user_id,item_id,quantity,sales_value\n1,10,0,0\n1,10,-3,-0.5\n");
  ASSERT_THAT(read, Succeeds());
  EXPECT_EQ(read->at(0).quantity, 0);
  EXPECT_EQ(read->at(1).quantity, -3);
  EXPECT_EQ(read->at(1).sales_value, -0.5F);
}

TEST_F(PurchaseReader, TakesWholeNumbersThatAreWrittenAsFractions) {
  const auto read = read_text("user_id,item_id,quantity,sales_value\n1.0,1e1,2.0,1\n");
  ASSERT_THAT(read, Succeeds());
  EXPECT_EQ(read->at(0), (Purchase{UserId{1}, ItemId{10}, 2, 1.0F, {}, {}}));
}

TEST_F(PurchaseReader, ReadsRowsAcrossManyBlocks) {
  std::string text = "user_id,item_id,quantity,sales_value\n";
  for (int i = 0; i < 300'000; ++i)
    text += std::to_string(i) + "," + std::to_string(i) + ",1,2\r\n";
  const auto read = read_text(text);
  ASSERT_THAT(read, Succeeds());
  ASSERT_EQ(read->size(), 300'000U);
  for (std::size_t i = 0; i < read->size(); ++i) {
    ASSERT_EQ((*read)[i].user.value, static_cast<std::int64_t>(i));
  }
}

TEST_F(PurchaseReader, NamesTheRowOfAnErrorFarIntoTheFile) {
  std::string text = "user_id,item_id,quantity,sales_value\n";
  for (int i = 0; i < 200'000; ++i) text += "1,2,3,4\n";
  EXPECT_THAT(read_text(text + "1,2,x,4\n"),
              FailsSaying(ErrorCode::kInvalid,
                          "purchases.csv: row 200001, column 3 (quantity): \"x\" is not a whole"));
}

TEST_F(PurchaseReader, SaysWhenAFileIsMissing) {
  EXPECT_THAT(read("nothing.csv"), FailsSaying(ErrorCode::kAbsent, "nothing.csv"));
}

TEST_F(PurchaseReader, SaysWhenADirectoryHoldsNoData) {
  put("purchases/_SUCCESS", "");
  EXPECT_THAT(read("purchases"), FailsSaying(ErrorCode::kInvalid, "without data files"));
}

TEST_F(PurchaseReader, SaysWhenAFileIsEmpty) {
  EXPECT_THAT(read_text(""), FailsSaying(ErrorCode::kInvalid, "is empty"));
}

TEST_F(PurchaseReader, GivesNothingForAHeaderWithoutRows) {
  const auto read = read_text("user_id,item_id,quantity,sales_value\n");
  ASSERT_THAT(read, Succeeds());
  EXPECT_TRUE(read->empty());
}

TEST_F(PurchaseReader, NamesTheColumnsAndTheOptionWhenOneIsMissing) {
  EXPECT_THAT(read_text("household_id,item_id,quantity,sales_value\n1,2,3,4\n"),
              FailsSaying(ErrorCode::kInvalid,
                          "has no column \"user_id\"; it has household_id, item_id, quantity, "
                          "sales_value. Name the one to read with --user-column"));
}

TEST_F(PurchaseReader, RefusesAColumnThatStandsThereTwice) {
  EXPECT_THAT(read_text("user_id,user_id,item_id,quantity,sales_value\n1,1,2,3,4\n"),
              FailsSaying(ErrorCode::kInvalid, "more than one column \"user_id\""));
}

TEST_F(PurchaseReader, RefusesARowWithTooFewFields) {
  EXPECT_THAT(read_text("user_id,item_id,quantity,sales_value\n1,2,3,4\n1,2,3\n"),
              FailsSaying(ErrorCode::kInvalid, "Expected 4 columns, got 3"));
}

TEST_F(PurchaseReader, RefusesTextThatIsNotUtf8) {
  EXPECT_THAT(read_text(std::string("\xFF\xFEu\0s\0", 6)),
              FailsSaying(ErrorCode::kInvalid, "UTF-8"));
}

TEST_F(PurchaseReader, PointsToTheIdTypeWhenAnIdIsTooWide) {
  const std::string text = "user_id,item_id,quantity,sales_value\n1,4000000000,3,4\n";
  EXPECT_THAT(read_text(text), FailsSaying(ErrorCode::kInvalid, "id_type = \"int64\""));
  PurchaseReadOptions wide;
  wide.id_type = IdType::kInt64;
  const auto read = read_text(text, wide);
  ASSERT_THAT(read, Succeeds());
  EXPECT_EQ(read->at(0).item, ItemId{4000000000});
}

struct BadValue {
  std::string row;
  std::string complaint;
};

class BadPurchase : public PurchaseReader, public testing::WithParamInterface<BadValue> {};

TEST_P(BadPurchase, IsRefusedWithRowColumnAndValue) {
  const auto read = read_text(
      "user_id,item_id,quantity,sales_value,basket_id,ts\n1,1,1,1,1,\n" + GetParam().row + "\n",
      with_optional_fields());
  EXPECT_THAT(read, FailsSaying(ErrorCode::kInvalid, "row 2, column " + GetParam().complaint));
}

INSTANTIATE_TEST_SUITE_P(
    Each, BadPurchase,
    testing::Values(
        BadValue{"x,2,3,4,5,", "1 (user_id): \"x\" is not a whole number"},
        BadValue{",2,3,4,5,", "1 (user_id): no value"},
        BadValue{"1,2.5,3,4,5,", "2 (item_id): \"2.5\" is not a whole number"},
        BadValue{"1,99999999999999999999,3,4,5,", "2 (item_id): \"99999999999999999999\""},
        BadValue{"1,2,3000000000,4,5,", "3 (quantity): 3000000000 does not fit"},
        BadValue{"1,2,3,NaN,5,", "4 (sales_value): \"NaN\" is not a finite"},
        BadValue{"1,2,3,inf,5,", "4 (sales_value): \"inf\" is not a finite"},
        BadValue{"1,2,3,1e99,5,", "4 (sales_value): \"1e99\""},
        BadValue{"1,2,3,\"4,99\",5,", "4 (sales_value): \"4,99\" is not a number"},
        BadValue{"1,2,3,4,b,", "5 (basket_id): \"b\" is not a whole number"},
        BadValue{"1,2,3,4,5,2017-02-30T00:00:00Z", "6 (ts): \"2017-02-30T00:00:00Z\""},
        BadValue{"1,2,3,4,5,yesterday", "6 (ts): \"yesterday\" is not an RFC 3339 time"}));

TEST_F(PurchaseReader, ReadsADirectoryInTheOrderOfItsNames) {
  put("purchases/part-00001.csv", "user_id,item_id,quantity,sales_value\n2,20,1,1.0E7\n");
  put("purchases/part-00000.csv", "sales_value,user_id,item_id,quantity\n4.99,1,10,2\n");
  put("purchases/_SUCCESS", "");
  put("purchases/_temporary/part-00000.csv", "rubbish");
  expect_two_purchases(read("purchases"));
  expect_two_purchases(read("purchases/"));
}

TEST_F(PurchaseReader, MixesCsvAndParquetInOneDirectory) {
  put("purchases/part-00000", "sales_value,user_id,item_id,quantity\n4.99,1,10,2\n");
  write_foreign_parquet(*files_, "purchases/part-00001",
                        {{"user_id", int64s({2})},
                         {"item_id", int64s({20})},
                         {"quantity", int64s({1})},
                         {"sales_value", doubles({1e7})}});
  expect_two_purchases(read("purchases"));
}

TEST_F(PurchaseReader, RefusesADeltaTable) {
  put("new/_delta_log/00000000000000000000.json", "{}");
  put("new/part-00000.parquet", "PAR1");
  EXPECT_THAT(read("new"), FailsSaying(ErrorCode::kInvalid, "Delta table"));
}

TEST_F(PurchaseReader, ReadsParquetOfOtherColumnTypesAndOrder) {
  arrow::Decimal128Builder decimals(arrow::decimal128(10, 2));
  ASSERT_TRUE(decimals.Append(arrow::Decimal128(499)).ok());
  ASSERT_TRUE(decimals.Append(arrow::Decimal128(1'000'000'000)).ok());
  write_foreign_parquet(*files_, "purchases.parquet",
                        {{"note", strings({"a", "b"})},
                         {"sales_value", decimals.Finish().ValueOrDie()},
                         {"quantity", doubles({2, 1})},
                         {"user_id", int32s({1, 2})},
                         {"item_id", strings({"10", "20"})}});
  expect_two_purchases(read("purchases.parquet"));
}

TEST_F(PurchaseReader, ReadsNestedColumnsBesideThePurchases) {
  arrow::ListBuilder lists(arrow::default_memory_pool(), std::make_shared<arrow::Int32Builder>());
  ASSERT_TRUE(lists.AppendEmptyValues(2).ok());
  write_foreign_parquet(*files_, "purchases.parquet",
                        {{"recs", lists.Finish().ValueOrDie()},
                         {"user_id", int32s({1, 2})},
                         {"item_id", int32s({10, 20})},
                         {"quantity", int32s({2, 1})},
                         {"sales_value", doubles({4.99, 1e7})}});
  expect_two_purchases(read("purchases.parquet"));
  PurchaseReadOptions options;
  options.columns.quantity = "recs";
  EXPECT_THAT(read("purchases.parquet", options),
              FailsSaying(ErrorCode::kInvalid, "column 1 (recs) is of type list"));
}

class TimeColumn : public PurchaseReader {
 protected:
  void expect_time(std::shared_ptr<arrow::Array> times, const ForeignOptions& foreign = {}) {
    write_foreign_parquet(*files_, "timed.parquet",
                          {{"user_id", int32s({1})},
                           {"item_id", int32s({10})},
                           {"quantity", int32s({2})},
                           {"sales_value", doubles({4.99})},
                           {"ts", std::move(times)}},
                          foreign);
    PurchaseReadOptions options;
    options.columns.time = "ts";
    const auto read = this->read("timed.parquet", options);
    ASSERT_THAT(read, Succeeds());
    EXPECT_EQ(read->at(0).time, parse_rfc3339("2017-01-01T11:53:26Z"));
  }

  static constexpr std::int64_t kSeconds = 1483271606;
};

TEST_F(TimeColumn, MayCountInMilliseconds) {
  expect_time(timestamps(arrow::TimeUnit::MILLI, {kSeconds * 1000}));
}
TEST_F(TimeColumn, MayCountInMicroseconds) {
  expect_time(timestamps(arrow::TimeUnit::MICRO, {kSeconds * 1'000'000}));
}
TEST_F(TimeColumn, MayCountInNanosecondsWhichAreCutOff) {
  expect_time(timestamps(arrow::TimeUnit::NANO, {kSeconds * 1'000'000'000 + 999}));
}
TEST_F(TimeColumn, MayBeInt96) {
  expect_time(timestamps(arrow::TimeUnit::NANO, {kSeconds * 1'000'000'000}), {.int96 = true});
}
TEST_F(TimeColumn, MayBeText) { expect_time(strings({"2017-01-01T11:53:26Z"})); }

TEST_F(PurchaseReader, NamesRowAndColumnOfBadValuesInParquet) {
  write_foreign_parquet(
      *files_, "bad.parquet",
      {{"user_id", int64s({1, 2})},
       {"item_id", int64s({10, 5'000'000'000})},
       {"quantity", int64s({1, 1})},
       {"sales_value", doubles({1.5, std::numeric_limits<double>::quiet_NaN()})}});
  EXPECT_THAT(read("bad.parquet"),
              FailsSaying(ErrorCode::kInvalid, "row 2, column 2 (item_id): 5000000000"));
  PurchaseReadOptions options;
  options.id_type = IdType::kInt64;
  EXPECT_THAT(read("bad.parquet", options),
              FailsSaying(ErrorCode::kInvalid, "row 2, column 4 (sales_value): NaN"));
}

TEST_F(PurchaseReader, RefusesNullsWhereAValueIsNeeded) {
  arrow::Int64Builder quantities;
  ASSERT_TRUE(quantities.AppendNull().ok());
  write_foreign_parquet(*files_, "nulls.parquet",
                        {{"user_id", int64s({1})},
                         {"item_id", int64s({10})},
                         {"quantity", quantities.Finish().ValueOrDie()},
                         {"sales_value", doubles({1.5})}});
  EXPECT_THAT(read("nulls.parquet"),
              FailsSaying(ErrorCode::kInvalid, "row 1, column 3 (quantity): no value"));
}

TEST_F(PurchaseReader, CallsDamagedParquetCorrupt) {
  put("damaged.parquet", "PAR1 and then nothing of the kind");
  EXPECT_THAT(read("damaged.parquet"), FailsSaying(ErrorCode::kCorrupt, "damaged.parquet"));
}

TEST_F(PurchaseReader, SurvivesParquetWithAnyByteChanged) {
  write_foreign_parquet(*files_, "whole.parquet",
                        {{"user_id", int64s({1, 2})},
                         {"item_id", strings({"10", "20"})},
                         {"quantity", int32s({1, 1})},
                         {"sales_value", doubles({1.5, 2.5})}});
  const auto whole = *read_file(*files_, "whole.parquet", 1 << 20, patiently());
  PurchaseReadOptions options;
  options.memory_limit_bytes = 1 << 20;
  int failures = 0;
  for (std::size_t at = 0; at < whole.size(); ++at) {
    auto damaged = whole;
    damaged[at] = static_cast<char>(~damaged[at]);
    put("damaged.parquet", damaged);
    if (!read("damaged.parquet", options)) ++failures;
  }
  EXPECT_GT(failures, 0);
}

TEST_F(PurchaseReader, StaysWithinItsMemory) {
  PurchaseReadOptions options;
  options.memory_limit_bytes = 64;
  EXPECT_THAT(read_text(kTwo, options), FailsWith(ErrorCode::kExhausted));
}

TEST_F(PurchaseReader, EndsWhenItIsCancelled) {
  put("purchases.csv", kTwo);
  EXPECT_THAT(read_purchases(*files_, "purchases.csv", {}, cancelled_call()),
              FailsWith(ErrorCode::kCancelled));
  EXPECT_THAT(read_purchases(*files_, "purchases.csv", {}, too_late()),
              FailsWith(ErrorCode::kTimeout));
}

TEST_F(PurchaseReader, TellsTheSchemaOfForeignParquetByItsColumns) {
  write_foreign_parquet(*files_, "narrow.parquet", {{"user_id", int32s({1})}});
  write_foreign_parquet(
      *files_, "wide.parquet",
      {{"item_id", int64s({1})}, {"ts", int64s({1})}, {"basket_id", int64s({1})}});
  const auto narrow = read_purchase_schema(*files_, "narrow.parquet", patiently());
  const auto wide = read_purchase_schema(*files_, "wide.parquet", patiently());
  ASSERT_THAT(narrow, Succeeds());
  ASSERT_THAT(wide, Succeeds());
  EXPECT_EQ(*narrow, PurchaseSchema{});
  EXPECT_EQ(*wide, (PurchaseSchema{IdType::kInt64, true, true}));
}

}  // namespace
}  // namespace punnet
