#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "domain/purchase.h"

namespace punnet {

/// Reads JSON numbers and strings into the fields of a purchase, so that both decoders judge a
/// value alike. Texts must be valid JSON numbers. Errors are reasons as decode_purchase gives them.
Result<std::int64_t> read_integer_field(std::string_view field, std::string_view number);
Result<std::int64_t> read_id_field(std::string_view field, std::string_view number, IdType type);
Result<std::int32_t> read_quantity_field(std::string_view number);
Result<float> read_sales_value_field(std::string_view number);

/// A reason as decode_purchase gives it: "<field>: <fault>".
Error field_fault(std::string_view field, std::string_view fault);

}  // namespace punnet
