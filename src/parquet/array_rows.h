#pragma once

#include <cstddef>
#include <string>

#include "base/result.h"
#include "parquet/row_sink.h"

namespace arrow {
class Array;
}

namespace punnet {

/// How a walk over an array ended.
struct WalkEnd {
  std::size_t row = 0;  ///< where it ended early
  Problem problem;      ///< empty when all rows were taken
};

/// Gives `sink` all values of `array`, in order, as its column `column`, up to the first problem:
/// integers of any width; float and double; strings, dictionaries of strings, and decimals and
/// booleans (as text); timestamps of any unit, and dates. kInvalid for another type.
Result<WalkEnd> take_array(const arrow::Array& array, std::size_t column, RowSink& sink);

}  // namespace punnet
