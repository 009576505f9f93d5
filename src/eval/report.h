#pragma once

#include <string>
#include <vector>

#include "domain/item.h"
#include "eval/held_out.h"
#include "eval/original_precision.h"

namespace punnet {

/// What the figures say, one sentence each: whether the first model beats popularity, where own
/// frequency still wins, how it compares with other models, and which models are degenerate.
/// `names` resolves items where it can.
std::vector<std::string> verdicts(const HeldOutReport& report, const NameMap& names = {});

/// Both tracks as tables with 95 % intervals and coverage, then the verdicts. Ends with a newline.
std::string to_text(const HeldOutReport& report, const NameMap& names = {});

/// The same as one JSON object in one line.
std::string to_json(const HeldOutReport& report, const NameMap& names = {});

/// One line that says that it leaks, ended by a newline.
std::string to_text(const OriginalPrecision& precision);

std::string to_json(const OriginalPrecision& precision);

}  // namespace punnet
