#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "app/command.h"
#include "base/result.h"
#include "ports/event_log.h"
#include "stream/retry.h"

namespace punnet {

/// The topic of the settings. kAbsent, with the remedy, when there is none.
Result<TopicInfo> find_topic(EventLog& log, const CommandContext& context);

/// Rows per second of "500/s", "30/m" or "500"; absent when it is none of these.
std::optional<double> parse_rate(std::string_view text);

/// Repeats calls as the settings say, and logs each wait.
Retry make_retry(const CommandContext& context, std::string_view logger);

}  // namespace punnet
