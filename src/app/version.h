#pragma once

#include <string>

namespace punnet {

/// "punnet 0.1.0 (git …)" and a line for each library that it was built with.
std::string version_text();

/// "0.1.0 (git …)".
std::string short_version();

}  // namespace punnet
