#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"

namespace punnet {

/// Takes each line that a program prints, whether to its standard output or its errors.
using LineHandler = std::function<void(std::string_view line)>;

/// Runs `command` (a program, looked for on the PATH, and its arguments) to its end, with nothing
/// on its standard input, and returns its exit status: 128 + n where signal n ended it.
///
/// When `call` is cancelled or late, the program and whatever it started are asked to end (SIGTERM)
/// and killed `grace` later; the call's error is returned then. kUnavailable when the program
/// cannot be started.
Result<int> run_program(const std::vector<std::string>& command, const LineHandler& on_line,
                        const CallContext& call,
                        std::chrono::milliseconds grace = std::chrono::seconds{10});

}  // namespace punnet
