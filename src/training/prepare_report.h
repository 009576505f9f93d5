#pragma once

#include <string>

#include "training/prepare.h"

namespace punnet {

/// The report as a person reads it: a table of steps with counts, the catalogue, what the unit
/// guard found, and the five best sold categories. Ends with a newline.
std::string to_text(const PrepareReport& report);

/// The same as one JSON object in one line.
std::string to_json(const PrepareReport& report);

}  // namespace punnet
