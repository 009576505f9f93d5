#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace punnet {

/// Writes one JSON object, field by field, in order.
class JsonObject {
 public:
  JsonObject& add(std::string_view key, std::string_view text);
  JsonObject& add(std::string_view key, const char* text) {
    return add(key, std::string_view(text));
  }
  JsonObject& add(std::string_view key, double number);  ///< null when it is not finite
  JsonObject& add(std::string_view key, bool truth) {
    return add_json(key, truth ? "true" : "false");
  }
  template <std::integral Integer>
  JsonObject& add(std::string_view key, Integer number) {
    return add_json(key, std::to_string(number));
  }

  /// `json` is taken as it is.
  JsonObject& add_json(std::string_view key, std::string_view json);

  std::string text() const { return text_ + '}'; }

 private:
  std::string text_ = "{";
};

/// Writes one JSON array of values that are JSON already.
class JsonArray {
 public:
  JsonArray& add_json(std::string_view json);
  std::string text() const { return text_ + ']'; }

 private:
  std::string text_ = "[";
};

}  // namespace punnet
