#include "app/run.h"

#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <memory>
#include <new>
#include <span>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "app/command.h"
#include "app/command_line.h"
#include "app/commands.h"
#include "app/output.h"
#include "app/signals.h"
#include "app/version.h"
#include "config/load.h"
#include "config/uri.h"

namespace punnet {
namespace {

constexpr int kUsage = 64;
constexpr int kTemporary = 75;
constexpr int kConfig = 78;
constexpr const char* kUsualFile = "punnet.toml";

int fail(const Error& error, int exit_code) {
  std::fprintf(stderr, "punnet: error: %s\n", error.message.c_str());
  return exit_code;
}

Result<LoadedConfig> load_settings(const std::optional<std::string>& file) {
  LoadedConfig loaded;
  std::error_code ignored;
  if (file) {
    PUNNET_CHECK(apply_toml_file(*file, loaded));
  } else if (std::filesystem::exists(kUsualFile, ignored)) {
    PUNNET_CHECK(apply_toml_file(kUsualFile, loaded));
  }
  PUNNET_CHECK(apply_environment(process_environment(), loaded));
  return loaded;
}

int thread_count(std::int64_t wanted) {
  if (wanted > 0) return static_cast<int>(wanted);
  return static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

/// A stream that drained or a reader that left is no failure; whatever else a signal ended is.
int exit_code(const Status& status, const Command& command, const Output& out, int signal) {
  if (status) return 0;
  const auto& error = status.error();
  if (error.code == ErrorCode::kCancelled) {
    if (out.reader_left()) return 0;
    if (signal == 0) return fail(error, traits(error.code).exit_code);
    return fail(error, 128 + signal);
  }
  return fail(error, command.checks_settings() ? kConfig : traits(error.code).exit_code);
}

int run_command(const ParsedLine& line) {
  auto loaded = load_settings(line.config_file);
  if (!loaded) return fail(loaded.error(), kConfig);
  if (auto status = apply_overrides(line.overrides, *loaded); !status) {
    return fail(status.error(), kUsage);
  }
  if (auto status = check_uris(loaded->config); !status) return fail(status.error(), kConfig);

  std::stop_source stop;
  const SignalWatch signals(stop);
  Output out(stdout, [&] { stop.request_stop(); });
  const auto& config = loaded->config;
  Logger log(config.log.level, config.log.format, stderr, system_clock());
  CommandContext context{.loaded = *loaded,
                         .config = config,
                         .format = line.format,
                         .place = line.place,
                         .topic_config = line.topic_config,
                         .out = out,
                         .log = log,
                         .clock = system_clock(),
                         .stop = stop.get_token(),
                         .threads = thread_count(config.process.threads)};
  Status status = line.command->run(context);
  if (status) status = out.finish();
  return exit_code(status, *line.command, out, signals.received());
}

}  // namespace

int run(int argc, char** argv) {
  try {
    const auto commands = make_commands();
    const auto line = parse_command_line(argc, argv, commands, version_text());
    if (!line) return fail(line.error(), kUsage);
    if (line->command != nullptr) return run_command(*line);
    std::signal(SIGPIPE, SIG_IGN);
    Output out(stdout, {});
    out.write(line->answer);
    const auto status = out.finish();
    return status ? 0 : fail(status.error(), traits(status.error().code).exit_code);
  } catch (const std::bad_alloc&) {
    return fail(Error{ErrorCode::kExhausted, "out of memory"}, kTemporary);
  } catch (const std::exception& error) {
    return fail(Error{ErrorCode::kInternal, std::string("a defect of punnet: ") + error.what()}, 1);
  }
}

}  // namespace punnet
