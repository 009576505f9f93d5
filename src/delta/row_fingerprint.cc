#include "delta/row_fingerprint.h"

#include <arrow/api.h>
#include <xxhash.h>

#include <cstring>
#include <string_view>

namespace punnet::delta {
namespace {

void put_bytes(std::string& out, const void* bytes, std::size_t size) {
  out.append(static_cast<const char*>(bytes), size);
}

void put_whole(std::string& out, std::int64_t value) { put_bytes(out, &value, sizeof value); }

void put_text(std::string& out, std::string_view text) {
  put_whole(out, static_cast<std::int64_t>(text.size()));
  out += text;
}

/// Appends bytes that stand for the value and for no other. False for an unknown type.
bool put_value(std::string& out, const arrow::Array& array, std::int64_t row) {
  out += array.IsNull(row) ? '\0' : '\1';
  if (array.IsNull(row)) return true;
  switch (array.type_id()) {
    case arrow::Type::INT32:
      put_whole(out, static_cast<const arrow::Int32Array&>(array).Value(row));
      return true;
    case arrow::Type::INT64:
      put_whole(out, static_cast<const arrow::Int64Array&>(array).Value(row));
      return true;
    case arrow::Type::TIMESTAMP:
      put_whole(out, static_cast<const arrow::TimestampArray&>(array).Value(row));
      return true;
    case arrow::Type::FLOAT: {
      const float value = static_cast<const arrow::FloatArray&>(array).Value(row);
      put_bytes(out, &value, sizeof value);
      return true;
    }
    case arrow::Type::DOUBLE: {
      const double value = static_cast<const arrow::DoubleArray&>(array).Value(row);
      put_bytes(out, &value, sizeof value);
      return true;
    }
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
      put_text(out, static_cast<const arrow::BinaryArray&>(array).GetView(row));
      return true;
    case arrow::Type::LIST: {
      const auto& list = static_cast<const arrow::ListArray&>(array);
      put_whole(out, list.value_length(row));
      for (auto i = list.value_offset(row); i < list.value_offset(row + 1); ++i) {
        if (!put_value(out, *list.values(), i)) return false;
      }
      return true;
    }
    default:
      return false;
  }
}

}  // namespace

Status Fingerprint::add(const arrow::RecordBatch& batch) {
  for (int i = 0; i < batch.num_columns(); ++i) {
    nulls[batch.column_name(i)] += batch.column(i)->null_count();
  }
  std::string bytes;
  for (std::int64_t row = 0; row < batch.num_rows(); ++row) {
    bytes.clear();
    for (const auto& column : batch.columns()) {
      if (!put_value(bytes, *column, row)) {
        return Error{ErrorCode::kInternal,
                     "no fingerprint of the column type " + column->type()->ToString()};
      }
    }
    const auto hash = XXH3_128bits(bytes.data(), bytes.size());
    low += hash.low64;
    high += hash.high64 + (low < hash.low64 ? 1 : 0);
  }
  rows += batch.num_rows();
  return ok();
}

std::string difference(const Fingerprint& before, const Fingerprint& after) {
  if (before.rows != after.rows) {
    return "rows " + std::to_string(before.rows) + " and " + std::to_string(after.rows);
  }
  for (const auto& [column, count] : before.nulls) {
    const auto other = after.nulls.find(column);
    const auto found = other == after.nulls.end() ? 0 : other->second;
    if (count != found) {
      return "nulls in " + column + " " + std::to_string(count) + " and " + std::to_string(found);
    }
  }
  if (before.nulls.size() != after.nulls.size()) return "columns";
  if (before.high != after.high || before.low != after.low) return "contents";
  return {};
}

}  // namespace punnet::delta
