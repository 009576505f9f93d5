#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "domain/ids.h"

namespace punnet {

/// A list of ids as a JSON array, "[995242,1082185]".
std::string id_list_to_text(std::span<const ItemId> items);

/// What id_list_to_text wrote, spaces allowed; absent for any other text.
std::optional<std::vector<ItemId>> id_list_from_text(std::string_view text);

}  // namespace punnet
