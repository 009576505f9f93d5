#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "domain/history.h"
#include "domain/ids.h"

namespace punnet {

/// A history as it lies in the table `histories`: per entry item id, count and last time, each an
/// int64 in little-endian order; the smallest int64 stands for an unknown time.
std::string history_to_blob(std::span<const HistoryEntry> history);

/// What history_to_blob wrote. Absent when the length is wrong or items do not ascend.
std::optional<History> history_from_blob(std::string_view blob);

/// Ids as they lie in the table `own_purchases`: int64, little-endian.
std::string ids_to_blob(std::span<const ItemId> items);
std::optional<std::vector<ItemId>> ids_from_blob(std::string_view blob);

}  // namespace punnet
