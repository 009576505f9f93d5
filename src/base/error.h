#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace punnet {

/// Why an operation could not be done. The code answers one question: what may the caller do about
/// it.
enum class ErrorCode : std::uint8_t {
  kInvalid,         ///< the request or the data given makes no sense: correct it
  kAbsent,          ///< what was named does not exist (the store did answer)
  kExists,          ///< what was to be created is there already
  kDenied,          ///< credentials or permissions do not suffice
  kUnavailable,     ///< nobody answered: the same call may succeed later
  kTimeout,         ///< the deadline passed and nothing was changed
  kUnknownOutcome,  ///< it may or may not have happened: read before doing anything else
  kExhausted,       ///< a limit of memory, disk or quota is reached
  kCorrupt,         ///< stored bytes are not what was written
  kCancelled,       ///< the caller asked to stop
  kInternal,        ///< a defect of punnet
};

/// The reason there is no value. `message` says what was tried, what came back and which option to
/// change.
struct [[nodiscard]] Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;
};

/// What a code means outside of the program.
struct ErrorTraits {
  ErrorCode code;
  std::string_view name;  ///< as printed in logs and JSON, e.g. "unavailable"
  int exit_code;   ///< sysexits: 64 usage, 65 data, 69 unavailable, 75 temporary, 70 internal
  bool retriable;  ///< the same call may succeed if repeated
};

/// The one table that maps codes to names, exit codes and retry.
const ErrorTraits& traits(ErrorCode code);

/// True when repeating the same call may succeed.
bool is_retriable(ErrorCode code);

/// The same error with `where` in front of its message: "<where>: <message>".
Error with_context(Error error, std::string_view where);

}  // namespace punnet
