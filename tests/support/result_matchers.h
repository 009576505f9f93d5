#pragma once

#include <gmock/gmock.h>

#include <ostream>

#include "base/result.h"

namespace punnet {

/// How gtest prints a result that it did not expect.
template <typename T>
std::ostream& operator<<(std::ostream& out, const Result<T>& result) {
  if (result) return out << "a value";
  return out << traits(result.error().code).name << ": " << result.error().message;
}

inline std::ostream& operator<<(std::ostream& out, ErrorCode code) {
  return out << traits(code).name;
}

/// The result holds a value.
MATCHER(Succeeds, "succeeds") { return static_cast<bool>(arg); }

/// The result is an error of this code.
MATCHER_P(FailsWith, code, std::string("fails as ") + std::string(traits(code).name)) {
  return !arg && arg.error().code == code;
}

/// The result is an error of this code whose message holds `part`.
MATCHER_P2(FailsSaying, code, part,
           std::string("fails as ") + std::string(traits(code).name) + " saying \"" +
               std::string(part) + "\"") {
  return !arg && arg.error().code == code && arg.error().message.find(part) != std::string::npos;
}

}  // namespace punnet
