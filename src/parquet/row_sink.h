#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace punnet {

/// What is wrong with a value, e.g. "\"x\" is not a whole number"; empty when nothing is.
using Problem = std::string;

/// Takes in the rows of table files. Columns are counted as they were asked for, rows from the
/// first one of the last add_rows. A column that a file lacks is never set.
class RowSink {
 public:
  RowSink(const RowSink&) = delete;
  RowSink& operator=(const RowSink&) = delete;
  virtual ~RowSink() = default;

  /// Tells how many rows may come; a hint, no more.
  virtual void expect_rows(std::size_t rows) = 0;

  /// Makes room for `rows` further rows.
  virtual Status add_rows(std::size_t rows) = 0;

  virtual Problem set_null(std::size_t column, std::size_t row) = 0;
  virtual Problem set_integer(std::size_t column, std::size_t row, std::int64_t value) = 0;
  virtual Problem set_real(std::size_t column, std::size_t row, double value) = 0;
  virtual Problem set_text(std::size_t column, std::size_t row, std::string_view value) = 0;
  /// Microseconds since the epoch, UTC.
  virtual Problem set_time(std::size_t column, std::size_t row, std::int64_t micros) = 0;

 protected:
  RowSink() = default;
};

}  // namespace punnet
