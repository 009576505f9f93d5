#include "json/json_text.h"

#include <array>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <charconv>
#include <cmath>
#include <string_view>

namespace punnet {
namespace {

void append(double number, std::string& text) {
  if (!std::isfinite(number)) {
    text += "null";
    return;
  }
  std::array<char, 32> buffer{};
  const auto written = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
  const std::string_view digits(buffer.data(), written.ptr);
  text += digits;
  // So that a reader takes it for a number with a fraction again.
  if (digits.find_first_of(".e") == std::string_view::npos) text += ".0";
}

void append(const boost::json::value& value, std::string& text) {
  if (const auto* const object = value.if_object()) {
    text += '{';
    for (const auto& field : *object) {
      if (text.back() != '{') text += ',';
      text += boost::json::serialize(field.key());
      text += ':';
      append(field.value(), text);
    }
    text += '}';
  } else if (const auto* const array = value.if_array()) {
    text += '[';
    for (const auto& entry : *array) {
      if (text.back() != '[') text += ',';
      append(entry, text);
    }
    text += ']';
  } else if (const auto* const number = value.if_double()) {
    append(*number, text);
  } else {
    text += boost::json::serialize(value);
  }
}

}  // namespace

std::string json_text(const boost::json::value& value) {
  std::string text;
  append(value, text);
  return text;
}

}  // namespace punnet
