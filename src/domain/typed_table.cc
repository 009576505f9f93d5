#include "domain/typed_table.h"

#include <utility>

namespace punnet {

std::string_view ddl_name(ColumnType type) {
  switch (type) {
    case ColumnType::kBoolean:
      return "boolean";
    case ColumnType::kByte:
      return "tinyint";
    case ColumnType::kShort:
      return "smallint";
    case ColumnType::kInteger:
      return "int";
    case ColumnType::kLong:
      return "bigint";
    case ColumnType::kFloat:
      return "float";
    case ColumnType::kDouble:
      return "double";
    case ColumnType::kString:
      return "string";
    case ColumnType::kDate:
      return "date";
    case ColumnType::kTimestamp:
      return "timestamp";
    case ColumnType::kTimestampNtz:
      break;
  }
  return "timestamp_ntz";
}

bool is_numeric(ColumnType type) {
  return type >= ColumnType::kByte && type <= ColumnType::kDouble;
}

TypedTable make_empty_table(TableColumns schema) {
  TypedTable table;
  for (const auto& column : schema) {
    auto& made = table.columns.emplace_back();
    if (column.type == ColumnType::kString) {
      made.values = std::vector<std::string>();
    } else if (column.type == ColumnType::kFloat || column.type == ColumnType::kDouble) {
      made.values = std::vector<double>();
    }
  }
  table.schema = std::move(schema);
  return table;
}

}  // namespace punnet
