#pragma once

#include <cstdint>

namespace punnet {

/// An item by its row.
struct ScoredRow {
  std::int32_t row = 0;
  float score = 0;

  bool operator==(const ScoredRow&) const = default;
};

}  // namespace punnet
