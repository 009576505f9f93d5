#include "parquet/product_reader.h"

#include <gtest/gtest.h>

#include "embedded/memory_file_store.h"
#include "parquet/foreign_parquet.h"
#include "tests/support/calls.h"
#include "tests/support/result_matchers.h"

namespace punnet {
namespace {

class ProductReader : public testing::Test {
 protected:
  Result<std::vector<Product>> read_text(const std::string& text,
                                         const ProductReadOptions& options = {}) {
    EXPECT_THAT(replace_file(*files_, "products.csv", text, patiently()), Succeeds());
    return read_products(*files_, "products.csv", options, patiently());
  }

  const std::unique_ptr<FileStore> files_ = make_memory_file_store();
};

TEST_F(ProductReader, ReadsCsvWithQuotedTexts) {
  const auto read = read_text(
      "name,product_id,department,category\n"
      "\"milk, \"\"whole\"\"\",995242,GROCERY,FLUID MILK\n,1,,\n");
  ASSERT_THAT(read, Succeeds());
  EXPECT_EQ(*read,
            (std::vector<Product>{{ItemId{995242}, "GROCERY", "FLUID MILK", "milk, \"whole\""},
                                  {ItemId{1}, "", "", ""}}));
}

TEST_F(ProductReader, LeavesNamesEmptyWithoutAColumnOfNames) {
  const auto read = read_text("product_id,department,category\n1,D,C\n");
  ASSERT_THAT(read, Succeeds());
  EXPECT_EQ(*read, (std::vector<Product>{{ItemId{1}, "D", "C", ""}}));
}

TEST_F(ProductReader, NamesTheOptionOfAMissingColumn) {
  EXPECT_THAT(read_text("product_id,department,product_category\n1,D,C\n"),
              FailsSaying(ErrorCode::kInvalid, "--category-column"));
}

TEST_F(ProductReader, RefusesTextThatIsNotUtf8) {
  EXPECT_THAT(
      read_text("product_id,department,category\n1,D,caf\xE9\n"),
      FailsSaying(ErrorCode::kInvalid, "row 1, column 3 (category): the text is not UTF-8"));
}

TEST_F(ProductReader, PointsToTheIdTypeWhenAnIdIsTooWide) {
  EXPECT_THAT(read_text("product_id,department,category\n5000000000,D,C\n"),
              FailsSaying(ErrorCode::kInvalid, "id_type = \"int64\""));
}

TEST_F(ProductReader, ReadsParquetWithNullsAndDictionaries) {
  arrow::StringBuilder categories;
  ASSERT_TRUE(categories.Append("FUEL").ok());
  ASSERT_TRUE(categories.AppendNull().ok());
  arrow::StringDictionaryBuilder departments;
  ASSERT_TRUE(departments.Append("GROCERY").ok());
  ASSERT_TRUE(departments.Append("GROCERY").ok());
  write_foreign_parquet(*files_, "products.parquet",
                        {{"product_id", int64s({1, 2})},
                         {"department", departments.Finish().ValueOrDie()},
                         {"product_category", categories.Finish().ValueOrDie()},
                         {"product_type", strings({"PETROL", "MILK"})}},
                        {.store_arrow_schema = true});
  ProductReadOptions options;
  options.columns.category = "product_category";
  options.columns.name = "product_type";
  const auto read = read_products(*files_, "products.parquet", options, patiently());
  ASSERT_THAT(read, Succeeds());
  EXPECT_EQ(*read, (std::vector<Product>{{ItemId{1}, "GROCERY", "FUEL", "PETROL"},
                                         {ItemId{2}, "GROCERY", "", "MILK"}}));
}

}  // namespace
}  // namespace punnet
