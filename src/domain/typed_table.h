#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace punnet {

/// What a column of a stranger's table holds, in Spark's types.
enum class ColumnType : std::uint8_t {
  kBoolean,
  kByte,
  kShort,
  kInteger,
  kLong,
  kFloat,
  kDouble,
  kString,
  kDate,          ///< days since 1970
  kTimestamp,     ///< microseconds since 1970, UTC
  kTimestampNtz,  ///< the same of a clock on the wall
};

/// As Spark's DDL writes it: "int", "bigint", "timestamp_ntz".
std::string_view ddl_name(ColumnType type);

/// True for the types that Spark calls numeric: whole numbers and floating-point numbers.
bool is_numeric(ColumnType type);

/// A column's name and type.
struct ColumnSchema {
  std::string name;
  ColumnType type = ColumnType::kInteger;

  bool operator==(const ColumnSchema&) const = default;
};

/// The columns of a table in their order.
using TableColumns = std::vector<ColumnSchema>;

/// The values of one column, a null among them holding anything.
struct TypedColumn {
  /// Doubles for kFloat and kDouble, texts for kString, integers for the rest.
  std::variant<std::vector<std::int64_t>, std::vector<double>, std::vector<std::string>> values;
  std::vector<bool> nulls;

  bool operator==(const TypedColumn&) const = default;
};

/// A table in memory, column by column.
struct TypedTable {
  TableColumns schema;
  std::vector<TypedColumn> columns;  ///< as many, each of `rows` values
  std::size_t rows = 0;

  bool operator==(const TypedTable&) const = default;
};

/// A table of these columns without rows.
TypedTable make_empty_table(TableColumns schema);

}  // namespace punnet
