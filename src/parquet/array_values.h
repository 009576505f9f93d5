#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace arrow {
class Array;
}

namespace punnet {

/// What to call with the value of a row; each tells what is wrong with it, or nothing.
struct ValueVisitor {
  std::function<std::string(std::int64_t row)> null;
  std::function<std::string(std::int64_t row, std::int64_t value)> integer;
  std::function<std::string(std::int64_t row, double value)> real;
  std::function<std::string(std::int64_t row, std::string_view value)> text;
  std::function<std::string(std::int64_t row, std::int64_t micros)> time;  ///< since the epoch, UTC
};

/// How a walk over an array ended.
struct WalkEnd {
  std::int64_t row = 0;  ///< where it ended early
  std::string problem;   ///< empty when all rows were visited
};

/// Visits all rows of `array` in order, up to the first problem, each by the visitor of its kind:
/// integers of any width; float and double; strings, dictionaries of strings, and decimals (as
/// text); timestamps of any unit, and dates. kInvalid for another type.
Result<WalkEnd> visit_values(const arrow::Array& array, const ValueVisitor& visitor);

}  // namespace punnet
