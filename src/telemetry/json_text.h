#pragma once

#include <string>
#include <string_view>

namespace punnet {

/// `text` as a JSON string, quotes included. Bytes that are not UTF-8 become U+FFFD, so the result
/// is always valid JSON.
std::string json_quoted(std::string_view text);

}  // namespace punnet
