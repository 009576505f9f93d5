#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace punnet {

/// What one user asks for.
struct TopKQuery {
  std::span<const float> user;             ///< factors, as many as the items have
  std::size_t k = 0;                       ///< length of the list
  std::span<const std::int32_t> excluded;  ///< rows that this user must not get, ascending
};

}  // namespace punnet
