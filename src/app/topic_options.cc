#include "app/topic_options.h"

#include <charconv>
#include <cmath>
#include <utility>

namespace punnet {

void declare_topic_place(Options& options) {
  options.prefixed_setting("--bootstrap-server", "events.uri", "kafka://", "HOST:PORT,...",
                           "The Kafka cluster of the topic; short for --events kafka://HOST:PORT.");
  options.setting("--command-config", "events.command_config");
  options.list_setting("--command-property", "events.client_properties", "NAME=VALUE");
  options.setting("--topic", "events.topic");
}

Result<TopicInfo> find_topic(EventLog& log, const CommandContext& context) {
  auto topic = log.describe_topic(context.config.events.topic, context.events_call());
  if (!topic && topic.error().code == ErrorCode::kAbsent) {
    return Error{ErrorCode::kAbsent,
                 topic.error().message + "; `punnet publish` makes it, --topic names another"};
  }
  return topic;
}

std::optional<double> parse_rate(std::string_view text) {
  double seconds = 1;
  if (text.ends_with("/m") || text.ends_with("/min")) seconds = 60;
  const auto number = text.substr(0, text.find('/'));
  const auto unit = text.substr(number.size());
  if (!unit.empty() && unit != "/s" && seconds == 1) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  const bool whole = error == std::errc{} && end == number.data() + number.size();
  if (!whole || !std::isfinite(value) || value <= 0) return std::nullopt;
  return value / seconds;
}

Retry make_retry(const CommandContext& context, std::string_view logger) {
  RetryConfig config;
  config.call_timeout = context.config.events.timeout;
  auto& log = context.log;
  return Retry(config, real_sleep(), context.stop,
               [&log, name = std::string(logger)](std::string_view what, const Error& error,
                                                  std::chrono::milliseconds delay) {
                 log.warn(name, std::string(what) + ": " + error.message,
                          {{"retry_ms", std::int64_t{delay.count()}}});
               });
}

}  // namespace punnet
