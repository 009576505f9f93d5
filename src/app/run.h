#pragma once

namespace punnet {

/// Runs the command named on the command line and returns the exit code: 0, 64 usage, 65 data, 69
/// unavailable, 75 temporary, 78 config, 130 or 143 when a signal cut the work short, else 1.
/// Results go to standard output, everything else to standard error.
int run(int argc, char** argv);

}  // namespace punnet
