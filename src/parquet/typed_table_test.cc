#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "embedded/memory_file_store.h"
#include "parquet/ddl.h"
#include "parquet/foreign_parquet.h"
#include "parquet/typed_table_reader.h"
#include "parquet/typed_table_writer.h"
#include "tests/support/calls.h"
#include "tests/support/result_matchers.h"

namespace punnet {
namespace {

TableColumns columns_of(const std::string& ddl) { return *parse_ddl(ddl); }

class TypedTables : public testing::Test {
 protected:
  void put(const std::string& path, const std::string& content) {
    ASSERT_THAT(replace_file(*files_, path, content, patiently()), Succeeds());
  }

  Result<std::vector<TypedFile>> read(const std::string& path, const std::string& ddl,
                                      std::vector<std::string> columns = {}) {
    TypedReadOptions options;
    if (!ddl.empty()) options.schema = columns_of(ddl);
    options.columns = std::move(columns);
    return read_typed_files(*files_, path, options, patiently());
  }

  Result<std::vector<TypedFile>> read_text(const std::string& text, const std::string& ddl) {
    put("table.csv", text);
    return read("table.csv", ddl);
  }

  /// What comes out when `text` is read and written as CSV again.
  std::string rewritten(const std::string& text, const std::string& ddl) {
    const auto read = read_text(text, ddl);
    EXPECT_THAT(read, Succeeds());
    if (!read) return {};
    write(read->front().table, {.parquet = false, .csv_header = read->front().csv_header});
    return *read_file(*files_, "out/part-00000.csv", 1 << 20, patiently());
  }

  void write(const TypedTable& table, const TypedWriteOptions& options) {
    ASSERT_THAT(remove_tree(*files_, "out", patiently()), Succeeds());
    TypedSelection all{&table, std::vector<std::size_t>(table.rows)};
    std::iota(all.rows.begin(), all.rows.end(), std::size_t{0});
    auto staged = stage_typed_parts(*files_, "out", {&all, 1}, options, patiently());
    ASSERT_THAT(staged, Succeeds());
    ASSERT_THAT(staged->finish(patiently()), Succeeds());
  }

  const std::unique_ptr<FileStore> files_ = make_memory_file_store();
};

TEST_F(TypedTables, ReadsEveryTypeOfCsvAndWritesItAgain) {
  EXPECT_EQ(
      rewritten("true,-128,+32767,-2147483648,9223372036854775807,1,0.1,x y,2020-01-02,"
                "2020-01-02 03:04:05.123456,2020-01-02T03:04:05\n",
                "a boolean, b tinyint, c smallint, d int, e bigint, f float, g double, h string, "
                "i date, j timestamp, k timestamp_ntz"),
      "true,-128,32767,-2147483648,9223372036854775807,1.0,0.1,x y,2020-01-02,"
      "2020-01-02T03:04:05.123456Z,2020-01-02T03:04:05\n");
}

TEST_F(TypedTables, KeepsAHeaderAndNulls) {
  EXPECT_EQ(rewritten("a,b\n,x\n1,\"\"\n2,\"p,\"\"q\"\"\"\n", "a int, b string"),
            "a,b\n,x\n1,\n2,\"p,\"\"q\"\"\"\n");
  EXPECT_EQ(rewritten("1,x\n", "a int, b string"), "1,x\n");
}

TEST_F(TypedTables, RoundsFloatsAsJavaDoes) {
  EXPECT_EQ(rewritten("0.1,NaN\n16777217,Inf\n1e400,-Infinity\n1e-400,+1.5\n", "a float, b double"),
            "0.1,NaN\n1.6777216E7,Infinity\nInfinity,-Infinity\n0.0,1.5\n");
}

TEST_F(TypedTables, NamesRowColumnValueAndTypeOfWhatDoesNotFit) {
  const std::vector<std::pair<std::string, std::string>> bad{
      {"1.0", "int"},         {"2147483648", "int"}, {" 1", "int"},      {"x", "double"},
      {"0x1p3", "float"},     {"yes", "boolean"},    {"128", "tinyint"}, {"1e", "float"},
      {"2020-02-30", "date"}, {"12:00", "timestamp"}};
  for (const auto& [value, type] : bad) {
    EXPECT_THAT(read_text("a,b\n7,\n7," + value + "\n", "a int, b " + type),
                FailsSaying(ErrorCode::kInvalid,
                            "row 2, column 2 (b): \"" + value + "\" is not of type " + type));
  }
}

TEST_F(TypedTables, RefusesAHeaderOfOtherNames) {
  EXPECT_THAT(read_text("b,a\n1,2\n", "a int, b int"),
              FailsSaying(ErrorCode::kInvalid, "has the columns b, a where --schema has a, b"));
  EXPECT_THAT(read_text("a,c\n1,2\n", "a int, b int"),
              FailsSaying(ErrorCode::kInvalid, "--schema"));
  EXPECT_THAT(read_text("a\n1\n", "a int, b int"), FailsSaying(ErrorCode::kInvalid, "--schema"));
  EXPECT_THAT(read_text("1,2,3\n", "a int, b int"),
              FailsSaying(ErrorCode::kInvalid, "rows have 3 columns"));
}

TEST_F(TypedTables, ReadsOverColumnsBehindThoseOfTheSchema) {
  EXPECT_EQ(rewritten("a,b,c\n1,2,x\n", "a int, b int"), "a,b\n1,2\n");
}

TEST_F(TypedTables, AsksForTheSchemaOfCsv) {
  EXPECT_THAT(read_text("a\n1\n", ""), FailsSaying(ErrorCode::kInvalid, "--schema"));
}

TEST_F(TypedTables, ReadsFilesOfADirectoryOneByOneEmptyOnesToo) {
  put("many/part-00001.csv", "");
  put("many/part-00002.csv", "a\n3\n");
  put("many/part-00000.csv", "1\n2\n");
  put("many/_SUCCESS", "");
  const auto read = this->read("many", "a int");
  ASSERT_THAT(read, Succeeds());
  ASSERT_EQ(read->size(), 3U);
  EXPECT_EQ((*read)[0].table.rows, 2U);
  EXPECT_EQ((*read)[1].table.rows, 0U);
  EXPECT_EQ((*read)[2].table.rows, 1U);
  EXPECT_FALSE((*read)[0].csv_header);
  EXPECT_TRUE((*read)[2].csv_header);
}

TEST_F(TypedTables, KeepsTheWantedColumnsAlone) {
  put("table.csv", "a,b,c\n1,not looked at,3\n");
  const auto read = this->read("table.csv", "a int, b int, c int", {"c", "a"});
  ASSERT_THAT(read, Succeeds());
  EXPECT_EQ(read->front().table.schema, columns_of("a int, c int"));
}

TEST_F(TypedTables, TakesParquetTypesFromTheFile) {
  write_foreign_parquet(*files_, "table.parquet",
                        {{"i", int32s({1, -2})},
                         {"l", int64s({3, 1LL << 40})},
                         {"d", doubles({0.5, -0.0})},
                         {"s", strings({"x", ""})},
                         {"t", timestamps(arrow::TimeUnit::MILLI, {1, 2})},
                         {"b", array_of(arrow::BooleanBuilder(), std::vector<bool>{true, false})}},
                        {.store_arrow_schema = true});
  const auto read = this->read("table.parquet", "");
  ASSERT_THAT(read, Succeeds());
  const auto& table = read->front().table;
  EXPECT_EQ(table.schema,
            columns_of("i int, l bigint, d double, s string, t timestamp, b boolean"));
  EXPECT_EQ(std::get<std::vector<std::int64_t>>(table.columns[4].values),
            (std::vector<std::int64_t>{1000, 2000}));
  EXPECT_EQ(std::get<std::vector<std::int64_t>>(table.columns[5].values),
            (std::vector<std::int64_t>{1, 0}));
}

TEST_F(TypedTables, TakesOldTimesOfSparkAsUtc) {
  write_foreign_parquet(*files_, "table.parquet",
                        {{"t", timestamps(arrow::TimeUnit::MICRO, {1, 2})}}, {.int96 = true});
  const auto read = this->read("table.parquet", "");
  ASSERT_THAT(read, Succeeds());
  EXPECT_EQ(read->front().table.schema, columns_of("t timestamp"));
  EXPECT_EQ(std::get<std::vector<std::int64_t>>(read->front().table.columns[0].values),
            (std::vector<std::int64_t>{1, 2}));
}

TEST_F(TypedTables, ReadsParquetBySchemaWhereValuesFit) {
  write_foreign_parquet(*files_, "table.parquet",
                        {{"l", int64s({3, 4})}, {"d", doubles({0.5, 2})}});
  const auto read = this->read("table.parquet", "d float, l int");
  ASSERT_THAT(read, Succeeds());
  EXPECT_EQ(read->front().table.schema, columns_of("d float, l int"));
  EXPECT_THAT(this->read("table.parquet", "l tinyint, x int"),
              FailsSaying(ErrorCode::kInvalid, "no column \"x\""));
  write_foreign_parquet(*files_, "wide.parquet",
                        {{"l", int64s({3, 1LL << 40})}, {"d", doubles({1, 0.1})}});
  EXPECT_THAT(this->read("wide.parquet", "l int"),
              FailsSaying(ErrorCode::kInvalid, "1099511627776 is not of type int"));
  EXPECT_THAT(this->read("wide.parquet", "d float"),
              FailsSaying(ErrorCode::kInvalid, "0.1 is not of type float"));
}

TEST_F(TypedTables, SaysWhichColumnIsOfATypeThatIsNotRead) {
  arrow::ListBuilder lists(arrow::default_memory_pool(), std::make_shared<arrow::Int32Builder>());
  ASSERT_TRUE(lists.AppendNull().ok());
  write_foreign_parquet(*files_, "table.parquet",
                        {{"i", int32s({1})}, {"many", lists.Finish().ValueOrDie()}});
  EXPECT_THAT(read("table.parquet", ""), FailsSaying(ErrorCode::kInvalid, "column \"many\""));
  EXPECT_THAT(read("table.parquet", "", {"i"}), Succeeds());
}

TEST_F(TypedTables, RefusesToWriteWhereThereAreFiles) {
  put("out/x", "y");
  const auto table = make_empty_table(columns_of("a int"));
  const TypedSelection nothing{&table, {}};
  EXPECT_THAT(stage_typed_parts(*files_, "out", {&nothing, 1}, {}, patiently()),
              FailsWith(ErrorCode::kExists));
}

TypedTable random_table() {
  auto table = make_empty_table(columns_of(
      "a boolean, b tinyint, c smallint, d int, e bigint, f float, g double, h string, i date, "
      "j timestamp, k timestamp_ntz"));
  table.rows = *rc::gen::inRange<std::size_t>(0, 20);
  const auto within = [](ColumnType type) -> std::int64_t {
    switch (type) {
      case ColumnType::kBoolean:
        return *rc::gen::inRange(0, 2);
      case ColumnType::kByte:
        return *rc::gen::arbitrary<std::int8_t>();
      case ColumnType::kShort:
        return *rc::gen::arbitrary<std::int16_t>();
      case ColumnType::kInteger:
        return *rc::gen::arbitrary<std::int32_t>();
      case ColumnType::kDate:
        return *rc::gen::inRange<std::int64_t>(-700'000, 2'900'000);
      case ColumnType::kTimestamp:
      case ColumnType::kTimestampNtz:
        return *rc::gen::inRange<std::int64_t>(-60'000'000'000'000'000, 250'000'000'000'000'000);
      default:
        return *rc::gen::arbitrary<std::int64_t>();
    }
  };
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    auto& column = table.columns[i];
    const auto type = table.schema[i].type;
    for (std::size_t row = 0; row < table.rows; ++row) {
      column.nulls.push_back(*rc::gen::inRange(0, 5) == 0);
      const bool null = column.nulls.back();
      if (auto* texts = std::get_if<std::vector<std::string>>(&column.values)) {
        // An empty text is null in CSV.
        texts->push_back(null ? ""
                              : "x" + *rc::gen::container<std::string>(
                                          rc::gen::elementOf(std::string("ab,\"\n\r 1"))));
      } else if (auto* reals = std::get_if<std::vector<double>>(&column.values)) {
        const auto value = *rc::gen::arbitrary<double>();
        const auto stored = type == ColumnType::kFloat
                                ? static_cast<double>(static_cast<float>(std::fmod(value, 1e30)))
                                : value;
        reals->push_back(null ? 0 : stored);
      } else {
        std::get<std::vector<std::int64_t>>(column.values).push_back(null ? 0 : within(type));
      }
    }
  }
  return table;
}

RC_GTEST_PROP(TypedTableProperties, ReadsWhatItWrote, ()) {
  const auto table = random_table();
  const bool parquet = *rc::gen::arbitrary<bool>();
  const bool header = *rc::gen::arbitrary<bool>();
  const auto files = make_memory_file_store();
  TypedSelection all{&table, std::vector<std::size_t>(table.rows)};
  std::iota(all.rows.begin(), all.rows.end(), std::size_t{0});
  auto staged = stage_typed_parts(*files, "out", {&all, 1},
                                  {.parquet = parquet, .csv_header = header}, patiently());
  RC_ASSERT(staged);
  RC_ASSERT(staged->finish(patiently()));
  TypedReadOptions options;
  options.schema = table.schema;
  const auto read = read_typed_files(*files, "out", options, patiently());
  RC_ASSERT(read);
  RC_ASSERT(read->front().table == table);
}

}  // namespace
}  // namespace punnet
