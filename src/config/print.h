#pragma once

#include <string>

#include "config/load.h"

namespace punnet {

/// Every setting with its sentence as a comment, as a TOML file that loads back equal. What the
/// recipe decides is commented out.
std::string config_toml(const Config& config);

/// Every setting with its value and where it came from, one a line.
std::string config_with_origins(const LoadedConfig& loaded);

/// The same as one JSON object: {"stream.trigger":{"value":"60s","origin":"--trigger"}, …}.
std::string config_json(const LoadedConfig& loaded);

}  // namespace punnet
