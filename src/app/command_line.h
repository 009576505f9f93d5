#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "app/command.h"
#include "base/result.h"

namespace punnet {

/// What the command line asked for.
struct ParsedLine {
  Command* command = nullptr;       ///< absent when `answer` is all there is to do
  std::string answer;               ///< help or version to print
  std::vector<Override> overrides;  ///< settings given as options
  std::optional<std::string> config_file;
  OutputFormat format = OutputFormat::kTable;
  std::map<std::string, std::string> topic_config;  ///< of --config KEY=VALUE
  std::optional<std::string> place;                 ///< a value of --output that is no format
};

/// Reads a command line. kInvalid for unknown commands and options, naming the nearest, for values
/// that cannot be read and for options that do not go together.
Result<ParsedLine> parse_command_line(int argc, const char* const* argv,
                                      std::span<const std::unique_ptr<Command>> commands,
                                      const std::string& version);

}  // namespace punnet
