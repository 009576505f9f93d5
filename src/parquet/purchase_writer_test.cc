#include "parquet/purchase_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <vector>

#include "base/rfc3339.h"
#include "embedded/memory_file_store.h"
#include "parquet/purchase_reader.h"
#include "tests/support/calls.h"
#include "tests/support/full_file_store.h"
#include "tests/support/result_matchers.h"

namespace punnet {
namespace {

std::vector<std::string> paths_in(FileStore& files, std::string_view prefix) {
  std::vector<std::string> paths;
  const auto listed = files.list(prefix, patiently());
  EXPECT_THAT(listed, Succeeds());
  for (const auto& info : *listed) paths.push_back(info.path);
  return paths;
}

std::vector<Purchase> some_purchases() {
  return {
      {UserId{1645}, ItemId{9416653}, 1, 4.99F, 31198570044, parse_rfc3339("2017-01-01T11:53:26Z")},
      {UserId{1}, ItemId{10}, -2, 1e7F, {}, {}},
      {UserId{2}, ItemId{20}, 0, 3.0F, 7, parse_rfc3339("1969-12-31T23:59:59.000001Z")}};
}

PurchaseReadOptions reading(const PurchaseSchema& schema) {
  PurchaseReadOptions options;
  options.columns = own_columns(schema);
  options.id_type = schema.id_type;
  return options;
}

constexpr PurchaseSchema kFull{.id_type = IdType::kInt32, .has_basket = true, .has_time = true};

class PurchaseWriter : public testing::Test {
 protected:
  const std::unique_ptr<FileStore> files_ = make_memory_file_store();
};

RC_GTEST_PROP(PurchaseRoundTrip, GivesBackEveryPurchase, ()) {
  const auto schema = PurchaseSchema{*rc::gen::element(IdType::kInt32, IdType::kInt64),
                                     *rc::gen::arbitrary<bool>(), *rc::gen::arbitrary<bool>()};
  const auto id = schema.id_type == IdType::kInt64
                      ? rc::gen::arbitrary<std::int64_t>()
                      : rc::gen::cast<std::int64_t>(rc::gen::arbitrary<std::int32_t>());
  std::vector<Purchase> purchases(*rc::gen::inRange<std::size_t>(0, 40));
  for (auto& purchase : purchases) {
    purchase.user = UserId{*id};
    purchase.item = ItemId{*id};
    purchase.quantity = *rc::gen::arbitrary<std::int32_t>();
    purchase.sales_value = *rc::gen::arbitrary<float>();
    if (schema.has_basket && *rc::gen::arbitrary<bool>()) purchase.basket = *id;
    if (schema.has_time && *rc::gen::arbitrary<bool>()) {
      purchase.time = Timestamp{std::chrono::microseconds{
          *rc::gen::inRange<std::int64_t>(-2'000'000'000'000'000, 4'000'000'000'000'000)}};
    }
  }
  const auto files = make_memory_file_store();
  RC_ASSERT(static_cast<bool>(write_purchases_parquet(
      *files, "p", purchases, schema,
      {.rows_per_file = 16, .rows_per_group = 5, .metadata = {}, .existing = {}}, patiently())));
  RC_ASSERT(static_cast<bool>(write_purchases_csv(
      *files, "c", purchases, schema,
      {.rows_per_file = 16, .header = *rc::gen::arbitrary<bool>(), .existing = {}}, patiently())));
  RC_ASSERT(*read_purchases(*files, "p", reading(schema), patiently()) == purchases);
  RC_ASSERT(*read_purchase_schema(*files, "p", patiently()) == schema);

  auto csv = reading(schema);
  csv.csv_header = read_file(*files, "c/part-00000.csv", 1 << 20, patiently())->starts_with("user");
  RC_ASSERT(*read_purchases(*files, "c", csv, patiently()) == purchases);
}

TEST_F(PurchaseWriter, WritesTheOriginalsCsvByteForByte) {
  ASSERT_THAT(write_purchases_csv(*files_, "for_topic", some_purchases(), {}, {}, patiently()),
              Succeeds());
  EXPECT_EQ(*read_file(*files_, "for_topic/part-00000.csv", 1000, patiently()),
            "1645,9416653,1,4.99\n1,10,-2,1.0E7\n2,20,0,3.0\n");
}

TEST_F(PurchaseWriter, AddsOptionalColumnsToCsv) {
  ASSERT_THAT(
      write_purchases_csv(*files_, "for_topic", some_purchases(), kFull,
                          {.rows_per_file = 10, .header = true, .existing = {}}, patiently()),
      Succeeds());
  EXPECT_EQ(*read_file(*files_, "for_topic/part-00000.csv", 1000, patiently()),
            "user_id,item_id,quantity,sales_value,basket_id,ts\n"
            "1645,9416653,1,4.99,31198570044,2017-01-01T11:53:26Z\n"
            "1,10,-2,1.0E7,,\n"
            "2,20,0,3.0,7,1969-12-31T23:59:59.000001Z\n");
}

TEST_F(PurchaseWriter, CutsFilesByRowsAndMarksSuccess) {
  ASSERT_THAT(
      write_purchases_parquet(
          *files_, "history", some_purchases(), kFull,
          {.rows_per_file = 2, .rows_per_group = 1, .metadata = {}, .existing = {}}, patiently()),
      Succeeds());
  EXPECT_THAT(paths_in(*files_, "history"),
              testing::ElementsAre("history/_SUCCESS", "history/part-00000.parquet",
                                   "history/part-00001.parquet"));
  EXPECT_EQ(*read_purchases(*files_, "history", reading(kFull), patiently()), some_purchases());
}

TEST_F(PurchaseWriter, WritesTheSameBytesForTheSamePurchases) {
  for (const auto* directory : {"a", "b"}) {
    ASSERT_THAT(
        write_purchases_parquet(*files_, directory, some_purchases(), kFull, {}, patiently()),
        Succeeds());
  }
  EXPECT_EQ(*read_file(*files_, "a/part-00000.parquet", 1 << 20, patiently()),
            *read_file(*files_, "b/part-00000.parquet", 1 << 20, patiently()));
}

TEST_F(PurchaseWriter, WritesAFileWithoutRowsForNoPurchases) {
  ASSERT_THAT(write_purchases_parquet(*files_, "none", {}, kFull, {}, patiently()), Succeeds());
  const auto read = read_purchases(*files_, "none", reading(kFull), patiently());
  ASSERT_THAT(read, Succeeds());
  EXPECT_TRUE(read->empty());
  EXPECT_EQ(*read_purchase_schema(*files_, "none", patiently()), kFull);
}

TEST_F(PurchaseWriter, RefusesADirectoryWithFiles) {
  ASSERT_THAT(write_purchases_csv(*files_, "out", some_purchases(), {}, {}, patiently()),
              Succeeds());
  EXPECT_THAT(write_purchases_parquet(*files_, "out", some_purchases(), kFull, {}, patiently()),
              FailsSaying(ErrorCode::kExists, "name another place"));
}

TEST_F(PurchaseWriter, ReplacesADirectoryWhenTold) {
  ASSERT_THAT(write_purchases_csv(*files_, "out", some_purchases(), {}, {}, patiently()),
              Succeeds());
  PurchaseParquetOptions options;
  options.existing = ExistingFiles::kReplace;
  ASSERT_THAT(
      write_purchases_parquet(*files_, "out", some_purchases(), kFull, options, patiently()),
      Succeeds());
  EXPECT_THAT(paths_in(*files_, "out"),
              testing::ElementsAre("out/_SUCCESS", "out/part-00000.parquet"));
}

TEST_F(PurchaseWriter, LeavesTheOldFilesWhenItFails) {
  ASSERT_THAT(write_purchases_csv(*files_, "out", some_purchases(), {}, {}, patiently()),
              Succeeds());
  PurchaseParquetOptions options;
  options.existing = ExistingFiles::kReplace;
  const std::vector<Purchase> too_wide{{UserId{5'000'000'000}, ItemId{1}, 1, 1, {}, {}}};
  EXPECT_THAT(write_purchases_parquet(*files_, "out", too_wide, kFull, options, patiently()),
              FailsSaying(ErrorCode::kInvalid, "id_type"));
  EXPECT_THAT(paths_in(*files_, "out"), testing::ElementsAre("out/_SUCCESS", "out/part-00000.csv"));
}

TEST_F(PurchaseWriter, LeavesNothingWhenItIsCancelled) {
  EXPECT_THAT(
      write_purchases_parquet(*files_, "out", some_purchases(), kFull, {}, cancelled_call()),
      FailsWith(ErrorCode::kCancelled));
  EXPECT_THAT(paths_in(*files_, "out"), testing::IsEmpty());
}

TEST_F(PurchaseWriter, LeavesTheOldFilesHoweverSoonTheDiskIsFull) {
  ASSERT_THAT(write_purchases_parquet(*files_, "out", some_purchases(), kFull, {}, patiently()),
              Succeeds());
  const auto before = *read_file(*files_, "out/part-00000.parquet", 1 << 20, patiently());
  PurchaseParquetOptions options;
  options.existing = ExistingFiles::kReplace;
  for (std::int64_t room = 0; room < static_cast<std::int64_t>(before.size()); room += 3) {
    FullFileStore full(*files_, room);
    ASSERT_THAT(write_purchases_parquet(full, "out", some_purchases(), kFull, options, patiently()),
                FailsSaying(ErrorCode::kExhausted, "no space left"))
        << room;
    ASSERT_EQ(*read_file(*files_, "out/part-00000.parquet", 1 << 20, patiently()), before);
  }
}

TEST_F(PurchaseWriter, LeavesADirectoryThatTellsWhenItIsNotWhole) {
  ASSERT_THAT(write_purchases_parquet(*files_, "out", some_purchases(), kFull, {}, patiently()),
              Succeeds());
  ASSERT_THAT(files_->remove("out/_SUCCESS", patiently()), Succeeds());
  EXPECT_THAT(read_purchases(*files_, "out", reading(kFull), patiently()),
              FailsSaying(ErrorCode::kCorrupt, "not written to its end"));
}

TEST_F(PurchaseWriter, KeepsFurtherKeyValuesInTheFooter) {
  PurchaseParquetOptions options;
  options.metadata = {{"punnet.seed", "42"}};
  ASSERT_THAT(
      write_purchases_parquet(*files_, "out", some_purchases(), kFull, options, patiently()),
      Succeeds());
  EXPECT_THAT(*read_file(*files_, "out/part-00000.parquet", 1 << 20, patiently()),
              testing::HasSubstr("punnet.seed"));
}

}  // namespace
}  // namespace punnet
