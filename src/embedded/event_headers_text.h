#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "ports/event_log.h"

namespace punnet {

/// Headers as lines "name=value" that people can read; "%", "=", line ends and NUL bytes are
/// written %XX. Order and repeated names are kept.
std::string headers_to_text(std::span<const std::pair<std::string, std::string>> headers);

/// What headers_to_text wrote; absent for any other text.
std::optional<EventHeaders> headers_from_text(std::string_view text);

}  // namespace punnet
