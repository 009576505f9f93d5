#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "app/output.h"
#include "base/call_context.h"
#include "base/clock.h"
#include "base/result.h"
#include "config/load.h"
#include "telemetry/log.h"

namespace punnet {

class Options;

/// How results are printed.
enum class OutputFormat : std::uint8_t { kTable, kJson };

/// What every command works with. Everything here outlives the command.
struct CommandContext {
  const LoadedConfig& loaded;
  const Config& config;  ///< of `loaded`
  OutputFormat format = OutputFormat::kTable;
  std::optional<std::string> place;                 ///< a value of --output that is no format
  std::map<std::string, std::string> topic_config;  ///< of --config KEY=VALUE
  Output& out;
  Logger& log;
  const Clock& clock;
  std::stop_token stop;  ///< requested by SIGINT, SIGTERM and a reader of `out` that went away
  int threads = 1;

  bool json() const { return format == OutputFormat::kJson; }

  /// For one look-up or write.
  CallContext events_call() const { return CallContext::within(config.events.timeout, stop); }
  CallContext tables_call() const { return CallContext::within(config.tables.timeout, stop); }
  CallContext files_call() const { return CallContext::within(config.files.timeout, stop); }

  /// Says in the log that another process is waited for.
  std::function<void(std::string_view)> waiting(std::string_view logger) const {
    return [this, logger](std::string_view text) { log.warn(logger, text); };
  }

  /// For work that grows with the data: ended by a signal, not by the clock.
  CallContext whole_run() const { return CallContext::within(std::chrono::hours{24 * 365}, stop); }
};

/// A command of the program. `declare` comes first, then `check`, then `run`, each once.
class Command {
 public:
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;
  virtual ~Command() = default;

  /// One word, or two for a command of a family: "train", "files ls".
  virtual std::string_view name() const = 0;

  /// The heading under which help lists it.
  virtual std::string_view group() const = 0;

  /// One line.
  virtual std::string_view summary() const = 0;

  /// Command lines that do something useful.
  virtual std::vector<std::string_view> examples() const { return {}; }

  /// Says which options and arguments the command takes.
  virtual void declare(Options& options) = 0;

  /// True when --output may also name a directory.
  virtual bool output_may_be_place() const { return false; }

  /// True when --config KEY=VALUE speaks of a topic, as Kafka's tools have it.
  virtual bool takes_topic_config() const { return false; }

  /// Refuses options that do not go together; a failure is a mistake of usage.
  virtual Status check() const { return ok(); }

  /// True when a failure of this command is a mistake in settings.
  virtual bool checks_settings() const { return false; }

  virtual Status run(CommandContext& context) = 0;

 protected:
  Command() = default;
};

}  // namespace punnet
