#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "domain/ids.h"

namespace punnet {

/// How often, and when last, a user bought an item.
struct HistoryEntry {
  ItemId item;
  std::int64_t count = 0;
  std::optional<Timestamp> last_time;

  bool operator==(const HistoryEntry&) const = default;
};

/// What one user bought: distinct items, ascending by id.
using History = std::vector<HistoryEntry>;

using HistoryMap = std::unordered_map<UserId, History>;

/// What is to be added to one (user, item) of the histories: count grows, last_time becomes the
/// later.
struct HistoryIncrement {
  UserId user;
  HistoryEntry entry;
};

}  // namespace punnet
