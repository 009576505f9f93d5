#include "parquet/wanted_columns.h"

#include <algorithm>

namespace punnet {
namespace {

std::string listed(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 30;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kShown); ++i) {
    text += (i == 0 ? "" : ", ") + names[i];
  }
  return names.size() > kShown ? text + ", …" : text;
}

}  // namespace

Result<std::vector<std::optional<std::size_t>>> locate_columns(
    const std::vector<WantedColumn>& wanted, const std::vector<std::string>& there,
    const std::string& location) {
  std::vector<std::optional<std::size_t>> places;
  for (const auto& column : wanted) {
    const auto at = std::find(there.begin(), there.end(), column.name);
    if (at == there.end()) {
      if (column.required) {
        return Error{ErrorCode::kInvalid, location + " has no column \"" + column.name +
                                              "\"; it has " + listed(there) +
                                              ". Name the one to read with " + column.option};
      }
      places.emplace_back();
      continue;
    }
    if (std::find(at + 1, there.end(), column.name) != there.end()) {
      return Error{ErrorCode::kInvalid,
                   location + " has more than one column \"" + column.name + "\""};
    }
    places.emplace_back(static_cast<std::size_t>(at - there.begin()));
  }
  return places;
}

}  // namespace punnet
