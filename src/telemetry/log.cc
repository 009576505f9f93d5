#include "telemetry/log.h"

#include <array>
#include <cmath>
#include <cstddef>

#include "base/java_number.h"
#include "base/rfc3339.h"
#include "telemetry/json_text.h"

namespace punnet {
namespace {

constexpr std::array<std::string_view, 5> kLevelNames{"debug", "info", "warn", "error", "off"};

std::string_view level_name(LogLevel level) {
  return kLevelNames.at(static_cast<std::size_t>(level));
}

std::string number(double value) {
  std::string text;
  append_java_double(text, value);
  return text;
}

void append_value(std::string& out, const LogField& field, bool json) {
  if (const auto* integer = std::get_if<std::int64_t>(&field.value)) {
    out += std::to_string(*integer);
  } else if (const auto* real = std::get_if<double>(&field.value)) {
    out += json && !std::isfinite(*real) ? "null" : number(*real);
  } else if (const auto* truth = std::get_if<bool>(&field.value)) {
    out += *truth ? "true" : "false";
  } else {
    const auto& text = std::get<std::string>(field.value);
    const bool quoted = json || text.find_first_of(" \"=\n\r\t") != std::string::npos;
    out += quoted ? json_quoted(text) : text;
  }
}

std::string json_line(Timestamp time, LogLevel level, std::string_view logger,
                      std::string_view message, LogFields fields) {
  std::string line = "{\"ts\":" + json_quoted(format_rfc3339(time));
  line += ",\"level\":" + json_quoted(level_name(level));
  line += ",\"msg\":" + json_quoted(message);
  line += ",\"logger\":" + json_quoted(logger);
  for (const auto& field : fields) {
    line += ',' + json_quoted(field.key) + ':';
    append_value(line, field, true);
  }
  return line + '}';
}

std::string text_line(Timestamp time, LogLevel level, std::string_view logger,
                      std::string_view message, LogFields fields) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(time);
  std::string line = format_rfc3339(whole);
  line += ' ';
  line += level_name(level);
  line += ' ';
  line += logger;
  line += ": ";
  line += message;
  for (const auto& field : fields) {
    line += ' ';
    line += field.key;
    line += '=';
    append_value(line, field, false);
  }
  return line;
}

}  // namespace

std::string format_log_line(LogFormat format, Timestamp time, LogLevel level,
                            std::string_view logger, std::string_view message, LogFields fields) {
  return format == LogFormat::kJson ? json_line(time, level, logger, message, fields)
                                    : text_line(time, level, logger, message, fields);
}

Logger::Logger(LogLevel level, LogFormat format, std::FILE* stream, const Clock& clock)
    : level_(level), format_(format), stream_(stream), clock_(clock) {}

void Logger::log(LogLevel level, std::string_view logger, std::string_view message,
                 LogFields fields) {
  if (!shows(level)) return;
  const auto line = format_log_line(format_, clock_.now(), level, logger, message, fields) + '\n';
  const std::lock_guard lock(mutex_);
  // A logger that cannot write has nobody to tell.
  std::fwrite(line.data(), 1, line.size(), stream_);
  std::fflush(stream_);
}

void Logger::debug(std::string_view logger, std::string_view message, LogFields fields) {
  log(LogLevel::kDebug, logger, message, fields);
}
void Logger::info(std::string_view logger, std::string_view message, LogFields fields) {
  log(LogLevel::kInfo, logger, message, fields);
}
void Logger::warn(std::string_view logger, std::string_view message, LogFields fields) {
  log(LogLevel::kWarn, logger, message, fields);
}
void Logger::error(std::string_view logger, std::string_view message, LogFields fields) {
  log(LogLevel::kError, logger, message, fields);
}

}  // namespace punnet
