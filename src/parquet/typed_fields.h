#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "domain/typed_table.h"
#include "parquet/row_sink.h"

namespace punnet {

/// Puts a value that stands in a file into row `row` of a column, which is made long enough before.
/// Only what converts exactly is taken; where a function reports a problem the row holds null.
class TypedField {
 public:
  TypedField(ColumnType type, TypedColumn& column, std::size_t row)
      : type_(type), column_(column), row_(row) {}

  /// Text of a CSV file as Spark reads it: empty is null; times without zone are UTC. No blanks
  /// around values.
  Problem set_text(std::string_view text);
  Problem set_integer(std::int64_t value);
  Problem set_real(double value);
  Problem set_time(std::int64_t micros);

 private:
  Problem set_whole(std::int64_t value);
  Problem set_floating(double value);

  ColumnType type_;
  TypedColumn& column_;
  std::size_t row_;
};

/// Appends the value as Spark writes it to CSV, but times with all their digits. Null is empty.
void append_text(std::string& out, ColumnType type, const TypedColumn& column, std::size_t row);

}  // namespace punnet
