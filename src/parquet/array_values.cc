#include "parquet/array_values.h"

#include <arrow/array.h>
#include <arrow/compute/cast.h>
#include <arrow/type.h>

#include <limits>
#include <memory>
#include <utility>

namespace punnet {
namespace {

constexpr std::int64_t kMicrosPerDay = 86'400'000'000;

template <typename ValueOf>
WalkEnd walk(const arrow::Array& array, const ValueVisitor& visitor, ValueOf value_of) {
  const bool has_nulls = array.null_count() > 0;
  for (std::int64_t row = 0; row < array.length(); ++row) {
    auto problem = has_nulls && array.IsNull(row) ? visitor.null(row) : value_of(row);
    if (!problem.empty()) return {row, std::move(problem)};
  }
  return {};
}

template <typename Array>
WalkEnd integers(const arrow::Array& array, const ValueVisitor& visitor) {
  const auto& values = static_cast<const Array&>(array);
  return walk(array, visitor, [&](std::int64_t row) -> std::string {
    const auto value = values.Value(row);
    if (!std::in_range<std::int64_t>(value)) return std::to_string(value) + " is out of range";
    return visitor.integer(row, static_cast<std::int64_t>(value));
  });
}

template <typename Array>
WalkEnd reals(const arrow::Array& array, const ValueVisitor& visitor) {
  const auto& values = static_cast<const Array&>(array);
  return walk(array, visitor, [&](std::int64_t row) {
    return visitor.real(row, static_cast<double>(values.Value(row)));
  });
}

template <typename Array>
WalkEnd texts(const arrow::Array& array, const ValueVisitor& visitor) {
  const auto& values = static_cast<const Array&>(array);
  return walk(array, visitor,
              [&](std::int64_t row) { return visitor.text(row, values.GetView(row)); });
}

template <typename Array>
WalkEnd decimals(const arrow::Array& array, const ValueVisitor& visitor) {
  const auto& values = static_cast<const Array&>(array);
  return walk(array, visitor,
              [&](std::int64_t row) { return visitor.text(row, values.FormatValue(row)); });
}

/// Times counted in `numerator / denominator` microseconds.
template <typename Array>
WalkEnd times(const arrow::Array& array, const ValueVisitor& visitor, std::int64_t numerator,
              std::int64_t denominator) {
  const auto& values = static_cast<const Array&>(array);
  return walk(array, visitor, [&](std::int64_t row) -> std::string {
    const std::int64_t value = values.Value(row);
    std::int64_t micros = 0;
    if (__builtin_mul_overflow(value, numerator, &micros)) return "the time is out of range";
    const bool rounds_up = micros < 0 && micros % denominator != 0;
    return visitor.time(row, micros / denominator - (rounds_up ? 1 : 0));
  });
}

WalkEnd timestamps(const arrow::Array& array, const ValueVisitor& visitor) {
  switch (static_cast<const arrow::TimestampType&>(*array.type()).unit()) {
    case arrow::TimeUnit::SECOND:
      return times<arrow::TimestampArray>(array, visitor, 1'000'000, 1);
    case arrow::TimeUnit::MILLI:
      return times<arrow::TimestampArray>(array, visitor, 1'000, 1);
    case arrow::TimeUnit::MICRO:
      return times<arrow::TimestampArray>(array, visitor, 1, 1);
    case arrow::TimeUnit::NANO:
      break;
  }
  return times<arrow::TimestampArray>(array, visitor, 1, 1'000);
}

Error unknown_type(const arrow::Array& array) {
  return Error{ErrorCode::kInvalid, "is of type " + array.type()->ToString() +
                                        ", which is neither number, text nor time"};
}

Result<WalkEnd> dictionary_texts(const arrow::Array& array, const ValueVisitor& visitor) {
  const auto& type = static_cast<const arrow::DictionaryType&>(*array.type());
  if (!arrow::is_base_binary_like(type.value_type()->id())) return unknown_type(array);
  const auto plain = arrow::compute::Cast(array, arrow::utf8());
  if (!plain.ok()) return Error{ErrorCode::kInvalid, plain.status().message()};
  return texts<arrow::StringArray>(**plain, visitor);
}

}  // namespace

Result<WalkEnd> visit_values(const arrow::Array& array, const ValueVisitor& visitor) {
  switch (array.type_id()) {
    case arrow::Type::INT8:
      return integers<arrow::Int8Array>(array, visitor);
    case arrow::Type::INT16:
      return integers<arrow::Int16Array>(array, visitor);
    case arrow::Type::INT32:
      return integers<arrow::Int32Array>(array, visitor);
    case arrow::Type::INT64:
      return integers<arrow::Int64Array>(array, visitor);
    case arrow::Type::UINT8:
      return integers<arrow::UInt8Array>(array, visitor);
    case arrow::Type::UINT16:
      return integers<arrow::UInt16Array>(array, visitor);
    case arrow::Type::UINT32:
      return integers<arrow::UInt32Array>(array, visitor);
    case arrow::Type::UINT64:
      return integers<arrow::UInt64Array>(array, visitor);
    case arrow::Type::FLOAT:
      return reals<arrow::FloatArray>(array, visitor);
    case arrow::Type::DOUBLE:
      return reals<arrow::DoubleArray>(array, visitor);
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
      return texts<arrow::BinaryArray>(array, visitor);
    case arrow::Type::LARGE_STRING:
    case arrow::Type::LARGE_BINARY:
      return texts<arrow::LargeBinaryArray>(array, visitor);
    case arrow::Type::STRING_VIEW:
      return texts<arrow::StringViewArray>(array, visitor);
    case arrow::Type::DICTIONARY:
      return dictionary_texts(array, visitor);
    case arrow::Type::DECIMAL128:
      return decimals<arrow::Decimal128Array>(array, visitor);
    case arrow::Type::DECIMAL256:
      return decimals<arrow::Decimal256Array>(array, visitor);
    case arrow::Type::TIMESTAMP:
      return timestamps(array, visitor);
    case arrow::Type::DATE32:
      return times<arrow::Date32Array>(array, visitor, kMicrosPerDay, 1);
    case arrow::Type::DATE64:
      return times<arrow::Date64Array>(array, visitor, 1'000, 1);
    case arrow::Type::NA:
      return walk(array, visitor, [](std::int64_t) { return std::string(); });
    default:
      return unknown_type(array);
  }
}

}  // namespace punnet
