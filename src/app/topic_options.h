#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "app/command.h"
#include "app/options.h"
#include "base/result.h"
#include "ports/event_log.h"
#include "stream/retry.h"

namespace punnet {

/// Where the topic lives and how to get in, by the names of Kafka's own tools.
void declare_topic_place(Options& options);

/// The topic of the settings. kAbsent, with the remedy, when there is none.
Result<TopicInfo> find_topic(EventLog& log, const CommandContext& context);

/// Rows per second of "500/s", "30/m" or "500"; absent when it is none of these.
std::optional<double> parse_rate(std::string_view text);

/// Repeats calls as the settings say, and logs each wait.
Retry make_retry(const CommandContext& context, std::string_view logger);

}  // namespace punnet
