#include "stream/purchase_fields.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <system_error>

namespace punnet {

Error field_fault(std::string_view field, std::string_view fault) {
  return Error{ErrorCode::kInvalid, std::string(field) + ": " + std::string(fault)};
}

Result<std::int64_t> read_integer_field(std::string_view field, std::string_view number) {
  if (number.find_first_of(".eE") != std::string_view::npos) {
    return field_fault(field, "not an integer");
  }
  std::int64_t value = 0;
  const auto read = std::from_chars(number.data(), number.data() + number.size(), value);
  if (read.ec != std::errc{}) return field_fault(field, "out of range");
  return value;
}

Result<std::int64_t> read_id_field(std::string_view field, std::string_view number, IdType type) {
  PUNNET_TRY(const std::int64_t value, read_integer_field(field, number));
  if (!fits(value, type)) return field_fault(field, "does not fit id_type \"int32\"");
  return value;
}

Result<std::int32_t> read_quantity_field(std::string_view number) {
  PUNNET_TRY(const std::int64_t value, read_integer_field("quantity", number));
  if (value < std::numeric_limits<std::int32_t>::min() ||
      value > std::numeric_limits<std::int32_t>::max()) {
    return field_fault("quantity", "out of range");
  }
  return static_cast<std::int32_t>(value);
}

Result<float> read_sales_value_field(std::string_view number) {
  float value = 0;
  const auto read = std::from_chars(number.data(), number.data() + number.size(), value);
  if (read.ec != std::errc{} || !std::isfinite(value)) {
    return field_fault("sales_value", "out of range");
  }
  return value;
}

}  // namespace punnet
