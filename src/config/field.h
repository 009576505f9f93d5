#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace punnet {

/// A number of bytes; written "64MB", where 1 KB is 1024 bytes.
struct ByteSize {
  std::int64_t bytes = 0;

  bool operator==(const ByteSize&) const = default;
};

/// A field that holds one of some names, whatever enum stands behind it.
struct ChoiceRef {
  std::span<const std::string_view> names;
  std::function<std::size_t()> get;
  std::function<void(std::size_t)> set;
};

/// Refers to a field of a config struct. An absent optional means that something else (the recipe)
/// decides.
using FieldRef = std::variant<std::string*, bool*, std::int64_t*, double*,
                              std::chrono::milliseconds*, ByteSize*, std::optional<std::int64_t>*,
                              std::optional<double>*, std::optional<bool>*, ChoiceRef>;

/// What a field may hold: numbers as they are, durations in milliseconds, sizes in bytes.
struct Bounds {
  double least = -std::numeric_limits<double>::infinity();
  double most = std::numeric_limits<double>::infinity();
};

/// One setting: where it stands, what it means and what it may hold.
struct Field {
  std::string_view section;
  std::string_view key;
  FieldRef value;
  std::string_view sentence;
  Bounds bounds;

  /// "stream.trigger".
  std::string name() const { return std::string(section) + '.' + std::string(key); }
};

using FieldVisitor = std::function<void(const Field&)>;

/// A ChoiceRef to an enum whose enumerators count from 0 in the order of `names`.
template <typename Enum, std::size_t N>
ChoiceRef choice(Enum& target, const std::string_view (&names)[N]) {
  return {.names = names,
          .get = [&target] { return static_cast<std::size_t>(target); },
          .set = [&target](std::size_t index) { target = static_cast<Enum>(index); }};
}

}  // namespace punnet
