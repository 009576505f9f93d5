#pragma once

#include <cstdint>
#include <cstdio>
#include <initializer_list>
#include <mutex>
#include <string>
#include <string_view>
#include <variant>

#include "base/clock.h"

namespace punnet {

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarn, kError, kOff };

/// How lines look: for a person, or one JSON object a line.
enum class LogFormat : std::uint8_t { kText, kJson };

/// A named value beside a message.
struct LogField {
  std::string_view key;
  std::variant<std::int64_t, double, bool, std::string> value;
};

using LogFields = std::initializer_list<LogField>;

/// Writes lines about what the program does, away from its results. Safe to call from many threads;
/// a line is written whole or not at all.
class Logger {
 public:
  /// `stream` must live as long as the logger.
  Logger(LogLevel level, LogFormat format, std::FILE* stream, const Clock& clock);

  bool shows(LogLevel level) const { return level >= level_ && level_ != LogLevel::kOff; }

  /// `logger` names the part that speaks: "stream", "train".
  void log(LogLevel level, std::string_view logger, std::string_view message,
           LogFields fields = {});

  void debug(std::string_view logger, std::string_view message, LogFields fields = {});
  void info(std::string_view logger, std::string_view message, LogFields fields = {});
  void warn(std::string_view logger, std::string_view message, LogFields fields = {});
  void error(std::string_view logger, std::string_view message, LogFields fields = {});

 private:
  const LogLevel level_;
  const LogFormat format_;
  std::FILE* const stream_;
  const Clock& clock_;
  std::mutex mutex_;  // guards the stream
};

/// The line that `format` gives, without its end. Text: "12:00:01 info stream: message key=value";
/// JSON: ts, level, msg, logger, then the fields.
std::string format_log_line(LogFormat format, Timestamp time, LogLevel level,
                            std::string_view logger, std::string_view message, LogFields fields);

}  // namespace punnet
