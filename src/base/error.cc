#include "base/error.h"

#include <array>
#include <cstddef>
#include <string>
#include <utility>

namespace punnet {
namespace {

constexpr std::array<ErrorTraits, 11> kTraits{{
    {ErrorCode::kInvalid, "invalid", 65, false},
    {ErrorCode::kAbsent, "absent", 65, false},
    {ErrorCode::kExists, "exists", 65, false},
    {ErrorCode::kDenied, "denied", 69, false},
    {ErrorCode::kUnavailable, "unavailable", 69, true},
    {ErrorCode::kTimeout, "timeout", 75, true},
    {ErrorCode::kUnknownOutcome, "unknown_outcome", 75, false},
    {ErrorCode::kExhausted, "exhausted", 75, false},
    {ErrorCode::kCorrupt, "corrupt", 65, false},
    {ErrorCode::kCancelled, "cancelled", 130, false},
    {ErrorCode::kInternal, "internal", 1, false},
}};

constexpr bool in_enum_order() {
  for (std::size_t i = 0; i < kTraits.size(); ++i) {
    if (static_cast<std::size_t>(kTraits[i].code) != i) return false;
  }
  return true;
}
static_assert(in_enum_order());

}  // namespace

const ErrorTraits& traits(ErrorCode code) { return kTraits.at(static_cast<std::size_t>(code)); }

bool is_retriable(ErrorCode code) { return traits(code).retriable; }

Error with_context(Error error, std::string_view where) {
  error.message = std::string(where) + ": " + std::move(error.message);
  return error;
}

}  // namespace punnet
