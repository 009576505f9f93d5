#include "parquet/array_rows.h"

#include <arrow/array.h>
#include <arrow/compute/cast.h>
#include <arrow/type.h>

#include <limits>
#include <memory>
#include <utility>

namespace punnet {
namespace {

constexpr std::int64_t kMicrosPerDay = 86'400'000'000;

/// A column of the sink, to be filled row by row.
struct Column {
  std::size_t number;
  RowSink& sink;
};

template <typename TakeValue>
WalkEnd walk(const arrow::Array& array, const Column& to, TakeValue take_value) {
  const bool has_nulls = array.null_count() > 0;
  const auto rows = static_cast<std::size_t>(array.length());
  for (std::size_t row = 0; row < rows; ++row) {
    const auto at = static_cast<std::int64_t>(row);
    auto problem =
        has_nulls && array.IsNull(at) ? to.sink.set_null(to.number, row) : take_value(row, at);
    if (!problem.empty()) return {row, std::move(problem)};
  }
  return {};
}

template <typename Array>
WalkEnd integers(const arrow::Array& array, const Column& to) {
  const auto& values = static_cast<const Array&>(array);
  return walk(array, to, [&](std::size_t row, std::int64_t at) -> Problem {
    const auto value = values.Value(at);
    if (!std::in_range<std::int64_t>(value)) return std::to_string(value) + " is out of range";
    return to.sink.set_integer(to.number, row, static_cast<std::int64_t>(value));
  });
}

template <typename Array>
WalkEnd reals(const arrow::Array& array, const Column& to) {
  const auto& values = static_cast<const Array&>(array);
  return walk(array, to, [&](std::size_t row, std::int64_t at) {
    return to.sink.set_real(to.number, row, static_cast<double>(values.Value(at)));
  });
}

template <typename Array>
WalkEnd texts(const arrow::Array& array, const Column& to) {
  const auto& values = static_cast<const Array&>(array);
  return walk(array, to, [&](std::size_t row, std::int64_t at) {
    return to.sink.set_text(to.number, row, values.GetView(at));
  });
}

WalkEnd booleans(const arrow::Array& array, const Column& to) {
  const auto& values = static_cast<const arrow::BooleanArray&>(array);
  return walk(array, to, [&](std::size_t row, std::int64_t at) {
    return to.sink.set_text(to.number, row, values.Value(at) ? "true" : "false");
  });
}

template <typename Array>
WalkEnd decimals(const arrow::Array& array, const Column& to) {
  const auto& values = static_cast<const Array&>(array);
  return walk(array, to, [&](std::size_t row, std::int64_t at) {
    return to.sink.set_text(to.number, row, values.FormatValue(at));
  });
}

/// Times counted in `numerator / denominator` microseconds.
template <typename Array>
WalkEnd times(const arrow::Array& array, const Column& to, std::int64_t numerator,
              std::int64_t denominator) {
  const auto& values = static_cast<const Array&>(array);
  return walk(array, to, [&](std::size_t row, std::int64_t at) -> Problem {
    const std::int64_t value = values.Value(at);
    std::int64_t micros = 0;
    if (__builtin_mul_overflow(value, numerator, &micros)) return "the time is out of range";
    const bool rounds_up = micros < 0 && micros % denominator != 0;
    return to.sink.set_time(to.number, row, micros / denominator - (rounds_up ? 1 : 0));
  });
}

WalkEnd timestamps(const arrow::Array& array, const Column& to) {
  switch (static_cast<const arrow::TimestampType&>(*array.type()).unit()) {
    case arrow::TimeUnit::SECOND:
      return times<arrow::TimestampArray>(array, to, 1'000'000, 1);
    case arrow::TimeUnit::MILLI:
      return times<arrow::TimestampArray>(array, to, 1'000, 1);
    case arrow::TimeUnit::MICRO:
      return times<arrow::TimestampArray>(array, to, 1, 1);
    case arrow::TimeUnit::NANO:
      break;
  }
  return times<arrow::TimestampArray>(array, to, 1, 1'000);
}

Error unknown_type(const arrow::Array& array) {
  return Error{ErrorCode::kInvalid, "is of type " + array.type()->ToString() +
                                        ", which is neither number, text nor time"};
}

Result<WalkEnd> dictionary_texts(const arrow::Array& array, const Column& to) {
  const auto& type = static_cast<const arrow::DictionaryType&>(*array.type());
  if (!arrow::is_base_binary_like(type.value_type()->id())) return unknown_type(array);
  const auto plain = arrow::compute::Cast(array, arrow::utf8());
  if (!plain.ok()) return Error{ErrorCode::kInvalid, plain.status().message()};
  return texts<arrow::StringArray>(**plain, to);
}

}  // namespace

Result<WalkEnd> take_array(const arrow::Array& array, std::size_t column, RowSink& sink) {
  const Column to{column, sink};
  switch (array.type_id()) {
    case arrow::Type::BOOL:
      return booleans(array, to);
    case arrow::Type::INT8:
      return integers<arrow::Int8Array>(array, to);
    case arrow::Type::INT16:
      return integers<arrow::Int16Array>(array, to);
    case arrow::Type::INT32:
      return integers<arrow::Int32Array>(array, to);
    case arrow::Type::INT64:
      return integers<arrow::Int64Array>(array, to);
    case arrow::Type::UINT8:
      return integers<arrow::UInt8Array>(array, to);
    case arrow::Type::UINT16:
      return integers<arrow::UInt16Array>(array, to);
    case arrow::Type::UINT32:
      return integers<arrow::UInt32Array>(array, to);
    case arrow::Type::UINT64:
      return integers<arrow::UInt64Array>(array, to);
    case arrow::Type::FLOAT:
      return reals<arrow::FloatArray>(array, to);
    case arrow::Type::DOUBLE:
      return reals<arrow::DoubleArray>(array, to);
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
      return texts<arrow::BinaryArray>(array, to);
    case arrow::Type::LARGE_STRING:
    case arrow::Type::LARGE_BINARY:
      return texts<arrow::LargeBinaryArray>(array, to);
    case arrow::Type::STRING_VIEW:
      return texts<arrow::StringViewArray>(array, to);
    case arrow::Type::DICTIONARY:
      return dictionary_texts(array, to);
    case arrow::Type::DECIMAL128:
      return decimals<arrow::Decimal128Array>(array, to);
    case arrow::Type::DECIMAL256:
      return decimals<arrow::Decimal256Array>(array, to);
    case arrow::Type::TIMESTAMP:
      return timestamps(array, to);
    case arrow::Type::DATE32:
      return times<arrow::Date32Array>(array, to, kMicrosPerDay, 1);
    case arrow::Type::DATE64:
      return times<arrow::Date64Array>(array, to, 1'000, 1);
    case arrow::Type::NA:
      return walk(array, to, [](std::size_t, std::int64_t) { return Problem(); });
    default:
      return unknown_type(array);
  }
}

}  // namespace punnet
