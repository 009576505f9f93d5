#include "parquet/csv_table.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "embedded/memory_file_store.h"
#include "tests/support/calls.h"
#include "tests/support/result_matchers.h"

namespace punnet {
namespace {

TEST(CsvTable, QuotesOnlyWhatMustBe) {
  EXPECT_EQ(to_csv({{"a", "b"}, {{"plain", "with,comma"}, {"say \"x\"", ""}}}),
            "a,b\nplain,\"with,comma\"\n\"say \"\"x\"\"\",\n");
}

TEST(CsvTable, KeepsAByteOrderMarkThatIsPartOfAName) {
  for (const std::string mark : {"\xEF\xBB\xBF", "\xFF\xFE", "\xFE\xFF"}) {
    const auto files = make_memory_file_store();
    const CsvTable table{{mark + "a", "b"}, {{mark + "1", mark}}};
    ASSERT_THAT(write_csv_table(*files, "t.csv", table, patiently()), Succeeds());
    const auto again = read_csv_table(*files, "t.csv", 1 << 20, patiently());
    ASSERT_THAT(again, Succeeds());
    EXPECT_EQ(*again, table);
  }
}

RC_GTEST_PROP(CsvTable, ComesBackAsItWas, ()) {
  const auto text =
      rc::gen::container<std::string>(rc::gen::element('a', ',', '"', '\n', ' ', 'b'));
  const auto width = *rc::gen::inRange<std::size_t>(1, 4);
  CsvTable table;
  for (std::size_t i = 0; i < width; ++i) table.header.push_back("c" + std::to_string(i));
  const auto rows = *rc::gen::inRange<std::size_t>(0, 20);
  for (std::size_t i = 0; i < rows; ++i) {
    table.rows.push_back(*rc::gen::container<std::vector<std::string>>(width, text));
  }
  const auto files = make_memory_file_store();
  RC_ASSERT(static_cast<bool>(write_csv_table(*files, "t.csv", table, patiently())));
  RC_ASSERT(*read_csv_table(*files, "t.csv", 1 << 20, patiently()) == table);
}

TEST(CsvTable, HasALimit) {
  const auto files = make_memory_file_store();
  ASSERT_THAT(write_csv_table(*files, "t.csv", {{"a"}, {{"12345678"}}}, patiently()), Succeeds());
  EXPECT_THAT(read_csv_table(*files, "t.csv", 7, patiently()), FailsWith(ErrorCode::kExhausted));
  EXPECT_THAT(read_csv_table(*files, "u.csv", 7, patiently()), FailsWith(ErrorCode::kAbsent));
}

}  // namespace
}  // namespace punnet
