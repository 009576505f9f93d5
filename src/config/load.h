#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/config.h"

namespace punnet {

/// A config and where each value that is not a default came from, by field name:
/// "punnet.toml:3:8", "environment PUNNET__STREAM__TRIGGER", "--trigger".
struct LoadedConfig {
  Config config;
  std::map<std::string, std::string> origins;
};

/// Variables of the environment, by name.
using Environment = std::map<std::string, std::string>;

/// A value given on the command line.
struct Override {
  std::string key;   ///< "stream.trigger"
  std::string text;  ///< "60s"
  std::string flag;  ///< "--trigger"
};

/// Puts the settings of a TOML text over those of `loaded`. `source` names it in messages and
/// origins. kInvalid, with line and column, for what is no TOML, for unknown sections and keys (the
/// nearest is named), wrong types and values out of bounds.
Status apply_toml(std::string_view text, std::string_view source, LoadedConfig& loaded);

/// The same from a file. kAbsent, kDenied or kInvalid when it cannot be read.
Status apply_toml_file(const std::string& path, LoadedConfig& loaded);

/// Puts PUNNET__SECTION__KEY variables over `loaded`. Unknown ones with that prefix are kInvalid.
Status apply_environment(const Environment& environment, LoadedConfig& loaded);

/// Puts values of the command line over `loaded`.
Status apply_overrides(const std::vector<Override>& overrides, LoadedConfig& loaded);

/// The variables of this process.
Environment process_environment();

}  // namespace punnet
