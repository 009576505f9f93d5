#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "domain/ids.h"

namespace punnet {

/// precision@k as the original has it: the share of the `recommended` items that the user ever
/// bought. `own` ascends. Absent when either is empty. It leaks, since `own` reaches into the
/// future: it is no measure of quality.
std::optional<double> precision_at_k(std::span<const ItemId> recommended,
                                     std::span<const ItemId> own);

/// One event's precision, absent where it has none.
struct EventPrecision {
  UserId user;
  std::optional<double> value;
};

/// The average over the distinct users of a batch.
struct PrecisionSummary {
  std::optional<double> average;    ///< of each counted user's mean; absent when none counts
  std::int64_t counted_users = 0;   ///< users with at least one event that has a precision
  std::int64_t users = 0;           ///< all distinct users
  std::int64_t events_without = 0;  ///< events left out, without own purchases or without a list

  bool operator==(const PrecisionSummary&) const = default;
};

/// The mean of each user's events first, then of the users: frequent buyers weigh no more. The
/// same for any order of the events of different users.
PrecisionSummary summarize_precision(std::span<const EventPrecision> events);

/// "0.1175 over 97 of 97 users", or "none over 0 of 97 users".
std::string to_text(const PrecisionSummary& summary);

}  // namespace punnet
