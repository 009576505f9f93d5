#include "embedded/history_blob.h"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <limits>

namespace punnet {
namespace {

// Blobs are moved as they lie in memory.
static_assert(std::endian::native == std::endian::little);

using StoredEntry = std::array<std::int64_t, 3>;  // item, count, last time
constexpr auto kNoTime = std::numeric_limits<std::int64_t>::min();

}  // namespace

std::string history_to_blob(std::span<const HistoryEntry> history) {
  std::string blob(history.size() * sizeof(StoredEntry), '\0');
  char* at = blob.data();
  for (const auto& entry : history) {
    const StoredEntry stored{
        entry.item.value, entry.count,
        entry.last_time ? entry.last_time->time_since_epoch().count() : kNoTime};
    std::memcpy(at, stored.data(), sizeof stored);
    at += sizeof stored;
  }
  return blob;
}

std::optional<History> history_from_blob(std::string_view blob) {
  if (blob.size() % sizeof(StoredEntry) != 0) return std::nullopt;
  History history;
  history.reserve(blob.size() / sizeof(StoredEntry));
  for (; !blob.empty(); blob.remove_prefix(sizeof(StoredEntry))) {
    StoredEntry stored;
    std::memcpy(stored.data(), blob.data(), sizeof stored);
    HistoryEntry entry{ItemId{stored[0]}, stored[1], std::nullopt};
    if (stored[2] != kNoTime) entry.last_time = Timestamp{std::chrono::microseconds{stored[2]}};
    if (!history.empty() && !(history.back().item < entry.item)) return std::nullopt;
    history.push_back(entry);
  }
  return history;
}

std::string ids_to_blob(std::span<const ItemId> items) {
  std::string blob(items.size() * sizeof(std::int64_t), '\0');
  char* at = blob.data();
  for (const auto item : items) {
    std::memcpy(at, &item.value, sizeof item.value);
    at += sizeof item.value;
  }
  return blob;
}

std::optional<std::vector<ItemId>> ids_from_blob(std::string_view blob) {
  if (blob.size() % sizeof(std::int64_t) != 0) return std::nullopt;
  std::vector<ItemId> items(blob.size() / sizeof(std::int64_t));
  for (auto& item : items) {
    std::memcpy(&item.value, blob.data(), sizeof item.value);
    blob.remove_prefix(sizeof item.value);
  }
  return items;
}

}  // namespace punnet
