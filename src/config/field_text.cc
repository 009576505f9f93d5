#include "config/field_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>

namespace punnet {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t size;
};

constexpr std::array<Unit, 18> kDurations{{
    {"ms", 1},
    {"millisecond", 1},
    {"milliseconds", 1},
    {"s", 1000},
    {"second", 1000},
    {"seconds", 1000},
    {"m", 60'000},
    {"min", 60'000},
    {"minute", 60'000},
    {"minutes", 60'000},
    {"h", 3'600'000},
    {"hour", 3'600'000},
    {"hours", 3'600'000},
    {"d", 86'400'000},
    {"day", 86'400'000},
    {"days", 86'400'000},
    {"w", 604'800'000},
    {"weeks", 604'800'000},
}};
constexpr std::array<Unit, 5> kPrintedDurations{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};

constexpr std::array<Unit, 9> kSizes{{
    {"B", 1},
    {"KB", 1LL << 10},
    {"KiB", 1LL << 10},
    {"MB", 1LL << 20},
    {"MiB", 1LL << 20},
    {"GB", 1LL << 30},
    {"GiB", 1LL << 30},
    {"TB", 1LL << 40},
    {"TiB", 1LL << 40},
}};
constexpr std::array<Unit, 5> kPrintedSizes{
    {{"TB", 1LL << 40}, {"GB", 1LL << 30}, {"MB", 1LL << 20}, {"KB", 1LL << 10}, {"B", 1}}};

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

template <typename Number>
std::optional<Number> parse_whole(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

template <typename Units>
std::optional<std::int64_t> parse_quantity(std::string_view text, const Units& units) {
  text = trimmed(text);
  if (text == "0") return 0;
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || !std::isfinite(number) || number < 0) return std::nullopt;
  const auto unit = trimmed(text.substr(static_cast<std::size_t>(end - text.data())));
  for (const auto& known : units) {
    if (known.name != unit) continue;
    const double value = number * static_cast<double>(known.size);
    if (value > 9e18 || value != std::floor(value)) return std::nullopt;
    return static_cast<std::int64_t>(value);
  }
  return std::nullopt;
}

template <typename Units>
std::string quantity_text(std::int64_t value, const Units& units) {
  for (const auto& unit : units) {
    if (value != 0 && value % unit.size == 0) {
      return std::to_string(value / unit.size) + std::string(unit.name);
    }
  }
  return "0" + std::string(units.back().name);
}

std::string number_text(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  std::array<char, 32> buffer{};
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  std::string text(buffer.data(), end);
  // TOML tells a real number from a whole one by its point.
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      constexpr std::string_view kHex = "0123456789abcdef";
      out += "\\u00";
      out += kHex[static_cast<unsigned char>(c) >> 4U];
      out += kHex[static_cast<unsigned char>(c) & 0x0FU];
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string bound_text(const Field& field, double bound) {
  if (std::holds_alternative<std::chrono::milliseconds*>(field.value)) {
    return duration_text(std::chrono::milliseconds{static_cast<std::int64_t>(bound)});
  }
  if (std::holds_alternative<ByteSize*>(field.value)) {
    return size_text(ByteSize{static_cast<std::int64_t>(bound)});
  }
  std::string text = number_text(bound);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text;
}

Error unfit(const Field& field, std::string_view found) {
  return Error{ErrorCode::kInvalid, field.name() + ": expected " + expected_text(field) +
                                        ", found " + std::string(found)};
}

Status check_bounds(const Field& field, double value, std::string_view shown) {
  if (value >= field.bounds.least && value <= field.bounds.most) return ok();
  return Error{ErrorCode::kInvalid, field.name() + ": " + std::string(shown) + " is not between " +
                                        bound_text(field, field.bounds.least) + " and " +
                                        bound_text(field, field.bounds.most)};
}

Status set_choice(const Field& field, const ChoiceRef& choice, std::string_view text) {
  const auto at = std::find(choice.names.begin(), choice.names.end(), text);
  if (at == choice.names.end()) return unfit(field, quoted(text));
  choice.set(static_cast<std::size_t>(at - choice.names.begin()));
  return ok();
}

template <typename... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};
template <typename... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  const auto value = parse_quantity(text, kDurations);
  if (!value) return std::nullopt;
  return std::chrono::milliseconds{*value};
}

std::optional<ByteSize> parse_size(std::string_view text) {
  const auto value = parse_quantity(text, kSizes);
  if (!value) return std::nullopt;
  return ByteSize{*value};
}

std::string duration_text(std::chrono::milliseconds duration) {
  return duration.count() == 0 ? "0s" : quantity_text(duration.count(), kPrintedDurations);
}

std::string size_text(ByteSize size) { return quantity_text(size.bytes, kPrintedSizes); }

Status set_from_integer(const Field& field, std::int64_t value) {
  const auto set = [&](auto* target) -> Status {
    PUNNET_CHECK(check_bounds(field, static_cast<double>(value), std::to_string(value)));
    *target = static_cast<std::int64_t>(value);
    return ok();
  };
  if (auto* const* whole = std::get_if<std::int64_t*>(&field.value)) return set(*whole);
  if (auto* const* whole = std::get_if<std::optional<std::int64_t>*>(&field.value)) {
    return set(*whole);
  }
  if (std::holds_alternative<double*>(field.value) ||
      std::holds_alternative<std::optional<double>*>(field.value)) {
    return set_from_double(field, static_cast<double>(value));
  }
  return unfit(field, std::to_string(value));
}

Status set_from_double(const Field& field, double value) {
  const auto set = [&](auto* target) -> Status {
    if (!std::isfinite(value)) return unfit(field, number_text(value));
    PUNNET_CHECK(check_bounds(field, value, number_text(value)));
    *target = value;
    return ok();
  };
  if (auto* const* real = std::get_if<double*>(&field.value)) return set(*real);
  if (auto* const* real = std::get_if<std::optional<double>*>(&field.value)) return set(*real);
  return unfit(field, number_text(value));
}

Status set_from_bool(const Field& field, bool value) {
  if (auto* const* truth = std::get_if<bool*>(&field.value)) {
    **truth = value;
    return ok();
  }
  if (auto* const* truth = std::get_if<std::optional<bool>*>(&field.value)) {
    **truth = value;
    return ok();
  }
  return unfit(field, value ? "true" : "false");
}

Status set_from_string(const Field& field, std::string_view text) {
  return std::visit(
      Overloaded{
          [&](std::string* target) -> Status {
            *target = std::string(text);
            return ok();
          },
          [&](std::chrono::milliseconds* target) -> Status {
            const auto value = parse_duration(text);
            if (!value) return unfit(field, quoted(text));
            PUNNET_CHECK(check_bounds(field, static_cast<double>(value->count()), text));
            *target = *value;
            return ok();
          },
          [&](ByteSize* target) -> Status {
            const auto value = parse_size(text);
            if (!value) return unfit(field, quoted(text));
            PUNNET_CHECK(check_bounds(field, static_cast<double>(value->bytes), text));
            *target = *value;
            return ok();
          },
          [&](const ChoiceRef& target) { return set_choice(field, target, text); },
          [&](auto*) -> Status { return unfit(field, "the string " + quoted(text)); },
      },
      field.value);
}

Status set_from_text(const Field& field, std::string_view text) {
  const auto optional_or = [&](auto* target, auto&& set) -> Status {
    if (!text.empty()) return set();
    target->reset();
    return ok();
  };
  const auto whole = [&]() -> Status {
    const auto value = parse_whole<std::int64_t>(text);
    return value ? set_from_integer(field, *value) : unfit(field, quoted(text));
  };
  const auto real = [&]() -> Status {
    const auto value = parse_whole<double>(text);
    return value ? set_from_double(field, *value) : unfit(field, quoted(text));
  };
  const auto truth = [&]() -> Status {
    if (text == "true" || text == "1") return set_from_bool(field, true);
    if (text == "false" || text == "0") return set_from_bool(field, false);
    return unfit(field, quoted(text));
  };
  return std::visit(
      Overloaded{
          [&](std::int64_t*) { return whole(); },
          [&](double*) { return real(); },
          [&](bool*) { return truth(); },
          [&](std::optional<std::int64_t>* target) { return optional_or(target, whole); },
          [&](std::optional<double>* target) { return optional_or(target, real); },
          [&](std::optional<bool>* target) { return optional_or(target, truth); },
          [&](const auto&) { return set_from_string(field, text); },
      },
      field.value);
}

std::string plain_text(const Field& field) {
  return std::visit(
      Overloaded{
          [](const std::string* value) { return *value; },
          [](const bool* value) { return std::string(*value ? "true" : "false"); },
          [](const std::int64_t* value) { return std::to_string(*value); },
          [](const double* value) { return number_text(*value); },
          [](const std::chrono::milliseconds* value) { return duration_text(*value); },
          [](const ByteSize* value) { return size_text(*value); },
          [](const std::optional<std::int64_t>* value) {
            return *value ? std::to_string(**value) : std::string();
          },
          [](const std::optional<double>* value) {
            return *value ? number_text(**value) : std::string();
          },
          [](const std::optional<bool>* value) {
            if (!*value) return std::string();
            return std::string(**value ? "true" : "false");
          },
          [](const ChoiceRef& value) { return std::string(value.names[value.get()]); },
      },
      field.value);
}

std::string toml_text(const Field& field) {
  const bool is_string = std::holds_alternative<std::string*>(field.value) ||
                         std::holds_alternative<std::chrono::milliseconds*>(field.value) ||
                         std::holds_alternative<ByteSize*>(field.value) ||
                         std::holds_alternative<ChoiceRef>(field.value);
  return is_string ? quoted(plain_text(field)) : plain_text(field);
}

std::string expected_text(const Field& field) {
  return std::visit(
      Overloaded{
          [](const std::string*) { return std::string("a string"); },
          [](const std::chrono::milliseconds*) {
            return std::string("a duration such as \"60s\" or \"500ms\"");
          },
          [](const ByteSize*) { return std::string("a size such as \"64MB\""); },
          [](const std::int64_t*) { return std::string("a whole number"); },
          [](const std::optional<std::int64_t>*) { return std::string("a whole number"); },
          [](const double*) { return std::string("a number"); },
          [](const std::optional<double>*) { return std::string("a number"); },
          [](const bool*) { return std::string("true or false"); },
          [](const std::optional<bool>*) { return std::string("true or false"); },
          [](const ChoiceRef& value) {
            std::string names;
            for (std::size_t i = 0; i < value.names.size(); ++i) {
              if (i > 0) names += i + 1 == value.names.size() ? " or " : ", ";
              names += quoted(value.names[i]);
            }
            return names;
          },
      },
      field.value);
}

}  // namespace punnet
