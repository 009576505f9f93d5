#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace punnet {

/// A column to look for, and the option that gives it another name.
struct WantedColumn {
  std::string name;
  std::string option;  ///< e.g. "--user-column"
  bool required = true;
};

/// Where each wanted column stands among the columns `there`; absent for one that is missing and
/// not required. kInvalid, with the columns that are there and the option, when a required one is
/// missing or a wanted one stands there twice. `location` is for the message.
Result<std::vector<std::optional<std::size_t>>> locate_columns(
    const std::vector<WantedColumn>& wanted, const std::vector<std::string>& there,
    const std::string& location);

}  // namespace punnet
