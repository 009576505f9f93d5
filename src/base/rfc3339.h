#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace punnet {

/// "2017-01-01T11:53:26.000000Z"; the fraction is left out when it is zero. Years 0000 to 9999.
std::string format_rfc3339(Timestamp time);

/// Reads RFC 3339 with any UTC offset ("Z", "+02:00") and at most nine fraction digits (below a
/// microsecond cut off). Anything else, an impossible date included, is absent.
std::optional<Timestamp> parse_rfc3339(std::string_view text);

}  // namespace punnet
