#include "app/json_object.h"

#include <array>
#include <charconv>
#include <cmath>

#include "telemetry/json_text.h"

namespace punnet {

JsonObject& JsonObject::add(std::string_view key, std::string_view text) {
  return add_json(key, json_quoted(text));
}

JsonObject& JsonObject::add(std::string_view key, double number) {
  if (!std::isfinite(number)) return add_json(key, "null");
  std::array<char, 32> buffer{};
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
  return add_json(key, std::string_view(buffer.data(), end));
}

JsonObject& JsonObject::add_json(std::string_view key, std::string_view json) {
  if (text_.size() > 1) text_ += ',';
  text_ += json_quoted(key);
  text_ += ':';
  text_ += json;
  return *this;
}

JsonArray& JsonArray::add_json(std::string_view json) {
  if (text_.size() > 1) text_ += ',';
  text_ += json;
  return *this;
}

}  // namespace punnet
