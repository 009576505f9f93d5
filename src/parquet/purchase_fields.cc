#include "parquet/purchase_fields.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <system_error>

#include "base/java_number.h"
#include "base/rfc3339.h"

namespace punnet {
namespace {

constexpr double kExactLimit = 9007199254740992.0;  // 2^53

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

template <typename Number>
std::optional<Number> parse(std::string_view text) {
  if (text.size() > 1 && text.front() == '+' && text[1] != '-') text.remove_prefix(1);
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string quoted(std::string_view text) {
  constexpr std::size_t kShown = 60;
  if (text.size() > kShown) return "\"" + std::string(text.substr(0, kShown)) + "…\"";
  return "\"" + std::string(text) + "\"";
}

std::string shown(double value) {
  std::string text;
  append_java_double(text, value);
  return text;
}

bool is_whole(double value) {
  return std::isfinite(value) && std::abs(value) <= kExactLimit && std::trunc(value) == value;
}

}  // namespace

Problem PurchaseFields::set_integer(PurchaseField field, std::int64_t value, Purchase& out) const {
  switch (field) {
    case PurchaseField::kUser:
    case PurchaseField::kItem:
      if (!fits(value, id_type_)) {
        return std::to_string(value) + " does not fit into 32 bits; set id_type = \"int64\"";
      }
      if (field == PurchaseField::kUser) {
        out.user = UserId{value};
      } else {
        out.item = ItemId{value};
      }
      return {};
    case PurchaseField::kQuantity:
      if (!fits(value, IdType::kInt32)) {
        return std::to_string(value) + " does not fit into the 32 bits of a quantity";
      }
      out.quantity = static_cast<std::int32_t>(value);
      return {};
    case PurchaseField::kSalesValue:
      out.sales_value = static_cast<float>(value);
      return {};
    case PurchaseField::kBasket:
      out.basket = value;
      return {};
    case PurchaseField::kTime:
      break;
  }
  return std::to_string(value) + " is a number, not a time";
}

Problem PurchaseFields::set_real(PurchaseField field, double value, Purchase& out) const {
  if (field == PurchaseField::kSalesValue) {
    const bool fits_float = std::abs(value) <= std::numeric_limits<float>::max();
    if (!fits_float) return shown(value) + " is not a finite amount that a float can hold";
    out.sales_value = static_cast<float>(value);
    return {};
  }
  if (field == PurchaseField::kTime) return shown(value) + " is a number, not a time";
  if (!is_whole(value)) return shown(value) + " is not a whole number";
  return set_integer(field, static_cast<std::int64_t>(value), out);
}

Problem PurchaseFields::set_time(PurchaseField field, std::int64_t micros, Purchase& out) const {
  using std::chrono::sys_days;
  using namespace std::chrono_literals;
  const Timestamp time{std::chrono::microseconds{micros}};
  if (field != PurchaseField::kTime) return "a time is not a number";
  if (time < sys_days{0000y / 1 / 1} || time >= sys_days{10000y / 1 / 1}) {
    return "the time lies outside of the years 0000 to 9999";
  }
  out.time = time;
  return {};
}

Problem PurchaseFields::set_text(PurchaseField field, std::string_view text, Purchase& out) const {
  text = trimmed(text);
  if (text.empty()) return set_null(field, out);
  if (field == PurchaseField::kTime) {
    const auto time = parse_rfc3339(text);
    if (!time) return quoted(text) + " is not an RFC 3339 time such as 2017-01-01T11:53:26Z";
    out.time = time;
    return {};
  }
  if (field == PurchaseField::kSalesValue) {
    const auto value = parse<float>(text);
    if (!value) return quoted(text) + " is not a number, or none that a float can hold";
    if (!std::isfinite(*value)) return quoted(text) + " is not a finite amount";
    out.sales_value = *value;
    return {};
  }
  if (const auto value = parse<std::int64_t>(text)) return set_integer(field, *value, out);
  if (const auto value = parse<double>(text); value && is_whole(*value)) {
    return set_real(field, *value, out);
  }
  return quoted(text) + " is not a whole number of at most 64 bits";
}

Problem PurchaseFields::set_null(PurchaseField field, Purchase& out) const {
  if (field == PurchaseField::kBasket) {
    out.basket.reset();
    return {};
  }
  if (field == PurchaseField::kTime) {
    out.time.reset();
    return {};
  }
  return "no value";
}

}  // namespace punnet
