#include "stream/batch_table.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace punnet {
namespace {

using Rows = std::vector<std::vector<std::string>>;

TEST(BatchTable, LooksAsSparksShow) {
  const std::vector<std::string> columns{"id", "category"};
  EXPECT_EQ(
      show_table(columns, Rows{{"818981", "COLD CEREAL"}, {"7", "A CATEGORY WITH A LONG NAME"}}),
      "+------+--------------------+\n"
      "|    id|            category|\n"
      "+------+--------------------+\n"
      "|818981|         COLD CEREAL|\n"
      "|     7|A CATEGORY WITH A...|\n"
      "+------+--------------------+\n"
      "\n");
}

TEST(BatchTable, IsAtLeastThreeWideAndMayBeEmpty) {
  const std::vector<std::string> columns{"a"};
  EXPECT_EQ(show_table(columns, {}), "+---+\n|  a|\n+---+\n+---+\n\n");
}

TEST(BatchTable, SaysWhenThereIsMore) {
  const std::vector<std::string> columns{"a"};
  const Rows rows(21, {"1"});
  EXPECT_NE(show_table(columns, rows).find("+\nonly showing top 20 rows\n\n"), std::string::npos);
  EXPECT_EQ(show_table(columns, Rows(20, {"1"})).find("only showing"), std::string::npos);
  EXPECT_NE(show_table(columns, rows, {.rows = 1}).find("only showing top 1 row\n"),
            std::string::npos);
}

TEST(BatchTable, CountsCharactersNotBytes) {
  const std::vector<std::string> columns{"name"};
  const std::string twenty = "ÄÖÜÄÖÜÄÖÜÄÖÜÄÖÜÄÖÜÄÖ";
  EXPECT_NE(show_table(columns, Rows{{twenty}}).find("|" + twenty + "|"), std::string::npos);
  EXPECT_NE(show_table(columns, Rows{{twenty + "Ü"}}).find("|ÄÖÜÄÖÜÄÖÜÄÖÜÄÖÜÄÖ...|"),
            std::string::npos);
}

TEST(BatchTable, KeepsWholeCellsWhenTold) {
  const std::vector<std::string> columns{"name"};
  const std::string text(50, 'x');
  EXPECT_NE(show_table(columns, Rows{{text}}, {.cell_width = 0}).find(text), std::string::npos);
}

TEST(BatchTable, IsNotBrokenByControlCharacters) {
  const std::vector<std::string> columns{"name"};
  EXPECT_NE(show_table(columns, Rows{{"a\nb\x1b[31m"}}).find("|a b [31m|"), std::string::npos);
}

TEST(BatchTable, HeadsABatchAsSparkDoes) {
  EXPECT_EQ(batch_heading(7),
            "-------------------------------------------\n"
            "Batch: 7\n"
            "-------------------------------------------\n");
}

TEST(BatchTable, ShowsABatchInTheOriginalsColumns) {
  BatchOutcome outcome;
  outcome.rows = 3;
  EnrichedPurchase& row = outcome.shown.emplace_back();
  row.purchase.user = {1645};
  row.purchase.item = {818981};
  row.purchase.quantity = 1;
  row.purchase.sales_value = 3;
  row.offset = 12;
  row.recommendations = {{1}, {2}};
  row.source = RecommendationSource::kModel;
  row.precision_at_k = 0.4;
  row.features = {"GROCERY", "COLD CEREAL"};
  outcome.shown.push_back(row);
  outcome.shown.back().source = RecommendationSource::kNone;
  outcome.shown.back().precision_at_k.reset();
  outcome.names = {{{818981}, "FLAKES"}};
  const BatchReport batch{.batch_id = 0,
                          .started = {},
                          .start = {},
                          .next = {},
                          .latest = {},
                          .model_version = "1",
                          .outcome = outcome};
  EXPECT_EQ(show_batch(batch),
            "+-------+-------+--------+-----------+------+------+--------------+-----------+-------"
            "---+------+\n"
            "|item_id|user_id|quantity|sales_value|offset|  recs|precision_at_k|   "
            "category|department|  item|\n"
            "+-------+-------+--------+-----------+------+------+--------------+-----------+-------"
            "---+------+\n"
            "| 818981|   1645|       1|        3.0|    12|[1, 2]|           0.4|COLD CEREAL|   "
            "GROCERY|FLAKES|\n"
            "| 818981|   1645|       1|        3.0|    12|  null|          null|COLD CEREAL|   "
            "GROCERY|FLAKES|\n"
            "+-------+-------+--------+-----------+------+------+--------------+-----------+-------"
            "---+------+\n"
            "only showing top 2 rows\n\n");
}

}  // namespace
}  // namespace punnet
