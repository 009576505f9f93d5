#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "domain/history.h"
#include "domain/ids.h"
#include "domain/offsets.h"
#include "ports/port.h"

namespace punnet {

/// What all histories have in common: the one thing that is changed only under a condition.
struct HistoryState {
  std::int64_t generation = 0;  ///< which rows are the current ones
  std::int64_t version = 0;     ///< grows with each change; the write time of its rows
  std::int64_t change = 0;      ///< id of the change that made this version
  bool is_folded = true;        ///< whether that change is in the rows already
  std::map<std::string, Positions> positions;  ///< by topic

  bool operator==(const HistoryState&) const = default;
};

/// A stored entry, and the version that wrote it.
struct CountedEntry {
  HistoryEntry entry;
  std::int64_t version = 0;

  bool operator==(const CountedEntry&) const = default;
};

using CountedHistory = std::vector<CountedEntry>;  ///< ascending by item
using CountedHistories = std::unordered_map<UserId, CountedHistory>;

/// The tables behind histories, step by step. Every step but `advance` may be repeated, and by
/// anybody. Safe to call from many threads.
class HistoryStore : public Port {
 public:
  /// The state as any writer left it, those whose answer was lost included.
  virtual Result<HistoryState> settled_state(const CallContext& call) = 0;
  /// The state as readers see it: maybe not that of a write whose answer was lost.
  virtual Result<HistoryState> state(const CallContext& call) = 0;

  /// Replaces `from` by `to`; false when the state was not `from` any more. kUnknownOutcome when
  /// there was no answer.
  virtual Result<bool> advance(const HistoryState& from, const HistoryState& to,
                               const CallContext& call) = 0;

  virtual Result<CountedHistories> rows(std::int64_t generation, std::span<const UserId> users,
                                        const CallContext& call) = 0;

  /// Writes rows, at `version` all; those of a later version stay.
  virtual Status write_rows(std::int64_t generation, std::int64_t version,
                            const CountedHistories& rows, const CallContext& call) = 0;

  /// Deletes the rows of generations before `generation`.
  virtual Status forget_rows_before(std::int64_t generation, const CallContext& call) = 0;

  /// A change is written under an id of its own, before the state names it; `increments` are one
  /// for each user and item, in the order of users.
  virtual Status write_change(std::int64_t change, std::span<const HistoryIncrement> increments,
                              const CallContext& call) = 0;
  virtual Result<std::vector<HistoryIncrement>> read_change(std::int64_t change,
                                                            const CallContext& call) = 0;
  virtual Result<std::vector<HistoryIncrement>> read_change(std::int64_t change,
                                                            std::span<const UserId> users,
                                                            const CallContext& call) = 0;
  virtual Status forget_change(std::int64_t change, const CallContext& call) = 0;
};

}  // namespace punnet
