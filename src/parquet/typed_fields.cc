#include "parquet/typed_fields.h"

#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <optional>
#include <type_traits>
#include <vector>

#include "base/clock.h"
#include "base/java_number.h"
#include "base/rfc3339.h"

namespace punnet {
namespace {

constexpr std::int64_t kMicrosPerDay = 86'400'000'000;

std::string quoted(std::string_view text) {
  constexpr std::size_t kShown = 60;
  if (text.size() > kShown) return "\"" + std::string(text.substr(0, kShown)) + "…\"";
  return "\"" + std::string(text) + "\"";
}

Problem no_value_of(std::string_view shown, ColumnType type) {
  return std::string(shown) + " is not of type " + std::string(ddl_name(type)) +
         ", as --schema says";
}

struct Range {
  std::int64_t least;
  std::int64_t most;
};

Range range_of(ColumnType type) {
  switch (type) {
    case ColumnType::kByte:
      return {INT8_MIN, INT8_MAX};
    case ColumnType::kShort:
      return {INT16_MIN, INT16_MAX};
    case ColumnType::kInteger:
    case ColumnType::kDate:
      return {INT32_MIN, INT32_MAX};
    default:
      return {INT64_MIN, INT64_MAX};
  }
}

std::string_view without_plus(std::string_view text) {
  if (text.size() > 1 && text.front() == '+' && text[1] != '-') text.remove_prefix(1);
  return text;
}

std::optional<std::int64_t> parse_whole(std::string_view text) {
  text = without_plus(text);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// The nearest Number, infinite or zero where that is out of its range, as in Java.
template <typename Number>
std::optional<Number> parse_floating(std::string_view text) {
  constexpr auto kInfinity = std::numeric_limits<Number>::infinity();
  if (text == "NaN") return std::numeric_limits<Number>::quiet_NaN();
  if (text == "Inf" || text == "Infinity" || text == "+Infinity") return kInfinity;
  if (text == "-Inf" || text == "-Infinity") return -kInfinity;
  text = without_plus(text);
  if (text.find_first_not_of("0123456789+-.eE") != std::string_view::npos) return std::nullopt;
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size()) return std::nullopt;
  if (error == std::errc{}) return value;
  if (error != std::errc::result_out_of_range) return std::nullopt;
  const std::string copy(text);
  if constexpr (std::is_same_v<Number, float>) return std::strtof(copy.c_str(), nullptr);
  return static_cast<Number>(std::strtod(copy.c_str(), nullptr));
}

std::optional<bool> parse_boolean(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  if (lower == "true") return true;
  if (lower == "false") return false;
  return std::nullopt;
}

/// "2020-01-02", or a time of that day as "2020-01-02 03:04:05.6", with a zone or without.
std::optional<Timestamp> parse_time(std::string_view text) {
  constexpr std::size_t kDateLength = 10;
  std::string time(text);
  if (time.size() == kDateLength) time += "T00:00:00";
  if (time.size() > kDateLength && time[kDateLength] == ' ') time[kDateLength] = 'T';
  if (const auto with_zone = parse_rfc3339(time)) return with_zone;
  return parse_rfc3339(time + 'Z');
}

std::optional<std::int64_t> parse_day(std::string_view text) {
  const auto time = parse_time(text);
  if (!time || text.size() != 10) return std::nullopt;
  return std::chrono::floor<std::chrono::days>(*time).time_since_epoch().count();
}

std::string date_text(std::int64_t day) {
  const std::chrono::year_month_day date{
      std::chrono::sys_days{std::chrono::days{static_cast<std::int32_t>(day)}}};
  char text[48];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return text;
}

std::string time_text(std::int64_t micros, ColumnType type) {
  auto text = format_rfc3339(Timestamp{std::chrono::microseconds{micros}});
  if (type == ColumnType::kTimestampNtz) text.pop_back();
  return text;
}

}  // namespace

Problem TypedField::set_whole(std::int64_t value) {
  std::get<std::vector<std::int64_t>>(column_.values)[row_] = value;
  column_.nulls[row_] = false;
  return {};
}

Problem TypedField::set_floating(double value) {
  std::get<std::vector<double>>(column_.values)[row_] = value;
  column_.nulls[row_] = false;
  return {};
}

Problem TypedField::set_text(std::string_view text) {
  if (text.empty()) return {};
  const auto take = [&](const std::optional<std::int64_t>& value) {
    return value ? set_whole(*value) : no_value_of(quoted(text), type_);
  };
  switch (type_) {
    case ColumnType::kString:
      std::get<std::vector<std::string>>(column_.values)[row_] = text;
      column_.nulls[row_] = false;
      return {};
    case ColumnType::kBoolean:
      return take(parse_boolean(text));
    case ColumnType::kDate:
      return take(parse_day(text));
    case ColumnType::kTimestamp:
    case ColumnType::kTimestampNtz: {
      const auto time = parse_time(text);
      return time ? set_whole(time->time_since_epoch().count()) : take(std::nullopt);
    }
    case ColumnType::kFloat: {
      const auto value = parse_floating<float>(text);
      return value ? set_floating(static_cast<double>(*value)) : take(std::nullopt);
    }
    case ColumnType::kDouble: {
      const auto value = parse_floating<double>(text);
      return value ? set_floating(*value) : take(std::nullopt);
    }
    default:
      break;
  }
  const auto value = parse_whole(text);
  const auto [least, most] = range_of(type_);
  return take(value && *value >= least && *value <= most ? value : std::nullopt);
}

Problem TypedField::set_integer(std::int64_t value) {
  if (type_ == ColumnType::kFloat || type_ == ColumnType::kDouble) {
    const auto real = static_cast<double>(value);
    const bool exact = std::abs(real) <= 0x1p53;
    return exact ? set_real(real) : no_value_of(std::to_string(value), type_);
  }
  const bool whole = type_ >= ColumnType::kByte && type_ <= ColumnType::kLong;
  const auto [least, most] = range_of(type_);
  if (!whole || value < least || value > most) return no_value_of(std::to_string(value), type_);
  return set_whole(value);
}

Problem TypedField::set_real(double value) {
  const bool fits_float =
      std::isnan(value) || static_cast<double>(static_cast<float>(value)) == value;
  if (type_ == ColumnType::kDouble || (type_ == ColumnType::kFloat && fits_float)) {
    return set_floating(value);
  }
  std::string shown;
  append_java_double(shown, value);
  return no_value_of(shown, type_);
}

Problem TypedField::set_time(std::int64_t micros) {
  switch (type_) {
    case ColumnType::kTimestamp:
    case ColumnType::kTimestampNtz:
      return set_whole(micros);
    case ColumnType::kDate:
      if (micros % kMicrosPerDay == 0) return set_whole(micros / kMicrosPerDay);
      break;
    default:
      break;
  }
  return no_value_of("the time " + time_text(micros, ColumnType::kTimestamp), type_);
}

void append_text(std::string& out, ColumnType type, const TypedColumn& column, std::size_t row) {
  if (column.nulls[row]) return;
  if (type == ColumnType::kString) {
    out += std::get<std::vector<std::string>>(column.values)[row];
    return;
  }
  if (type == ColumnType::kFloat || type == ColumnType::kDouble) {
    const double value = std::get<std::vector<double>>(column.values)[row];
    if (type == ColumnType::kFloat) {
      append_java_float(out, static_cast<float>(value));
    } else {
      append_java_double(out, value);
    }
    return;
  }
  const auto value = std::get<std::vector<std::int64_t>>(column.values)[row];
  if (type == ColumnType::kBoolean) {
    out += value != 0 ? "true" : "false";
  } else if (type == ColumnType::kDate) {
    out += date_text(value);
  } else if (type == ColumnType::kTimestamp || type == ColumnType::kTimestampNtz) {
    out += time_text(value, type);
  } else {
    out += std::to_string(value);
  }
}

}  // namespace punnet
