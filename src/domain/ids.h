#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace punnet {

/// A shopper, as the events name them.
struct UserId {
  std::int64_t value = 0;
  bool operator==(const UserId&) const = default;
  auto operator<=>(const UserId& other) const { return value <=> other.value; }
};

/// A product, as the events name it.
struct ItemId {
  std::int64_t value = 0;
  bool operator==(const ItemId&) const = default;
  auto operator<=>(const ItemId& other) const { return value <=> other.value; }
};

/// The width of ids in files and JSON; fixed when data is prepared. Inside the program ids are
/// int64.
enum class IdType : std::uint8_t { kInt32, kInt64 };

/// True when `id` can be written in this width.
constexpr bool fits(std::int64_t id, IdType type) {
  return type == IdType::kInt64 || (id >= INT32_MIN && id <= INT32_MAX);
}

}  // namespace punnet

template <>
struct std::hash<punnet::UserId> {
  std::size_t operator()(punnet::UserId id) const noexcept {
    // Fibonacci hashing: consecutive ids spread over all buckets.
    return static_cast<std::size_t>(static_cast<std::uint64_t>(id.value) * 0x9E3779B97F4A7C15ULL);
  }
};

template <>
struct std::hash<punnet::ItemId> {
  std::size_t operator()(punnet::ItemId id) const noexcept {
    return static_cast<std::size_t>(static_cast<std::uint64_t>(id.value) * 0x9E3779B97F4A7C15ULL);
  }
};
