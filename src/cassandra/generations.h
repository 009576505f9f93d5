#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "base/call_context.h"
#include "base/clock.h"
#include "base/result.h"
#include "cassandra/cql_session.h"

namespace punnet {

/// A table whose rows are replaced all at once although they lie in many partitions: new rows are
/// written under a new generation, which then becomes the current one by one conditional write.
/// Its partition key is (generation, key). Safe to use from many threads and programs.
class Generations {
 public:
  /// Of `table`, with the second part of its partition key. `clock` outlives it. kAbsent when the
  /// table was never made.
  static Result<Generations> open(const CqlSession& session, std::string_view table,
                                  std::string_view key, const Clock& clock,
                                  const CallContext& call);

  /// What `read(generation)` finds in the generation that was current all the while.
  template <typename Read>
  auto read(const Read& read, const CallContext& call) const -> decltype(read(std::int64_t{0})) {
    while (true) {
      PUNNET_TRY(const auto before, current(current_, call));
      auto found = read(before);
      if (!found) return found;
      PUNNET_TRY(const auto after, current(current_, call));
      if (before == after) return found;
    }
  }

  using Write = std::function<Status(std::int64_t from, std::int64_t to)>;

  /// Makes what `write(from, to)` writes in generation `to` the current rows, in place of those of
  /// `from`. It is called again when another program has replaced the rows meanwhile. Rows that
  /// nobody needs any more are deleted.
  Status replace(const Write& write, const CallContext& call) const;

 private:
  Generations(std::string table, const Clock& clock, CqlStatement current, CqlStatement settled,
              CqlStatement move, CqlStatement partitions, CqlStatement forget)
      : table_(std::move(table)),
        clock_(&clock),
        current_(std::move(current)),
        settled_(std::move(settled)),
        move_(std::move(move)),
        partitions_(std::move(partitions)),
        forget_(std::move(forget)) {}

  Result<std::int64_t> current(const CqlStatement& select, const CallContext& call) const;
  Result<bool> move(std::int64_t from, std::int64_t to, const CallContext& call) const;
  Status forget_before(std::int64_t generation, const CallContext& call) const;

  std::string table_;
  const Clock* clock_;
  CqlStatement current_;
  CqlStatement settled_;
  CqlStatement move_;
  CqlStatement partitions_;
  CqlStatement forget_;
};

/// Deletes the partitions, found by `select_keys` (generation, key), of older generations.
Status forget_generations_before(std::int64_t generation, const CqlStatement& select_keys,
                                 const CqlStatement& forget, const CallContext& call);

/// Microseconds: numbers that grow from one to the next, whatever the clock does.
std::int64_t next_generation(std::int64_t last, const Clock& clock);

}  // namespace punnet
