#include "cassandra/generations.h"

#include <algorithm>

namespace punnet {

Result<Generations> Generations::open(const CqlSession& session, std::string_view table,
                                      std::string_view key, const Clock& clock,
                                      const CallContext& call) {
  const auto name = std::string(table);
  const auto partition = "generation, " + std::string(key);
  const std::string select = "SELECT generation FROM {}.generations WHERE name = ?";
  const auto reading = "reading the generation of " + name;
  PUNNET_TRY(auto current, session.prepare(reading, select, CqlKind::kPlain, call));
  PUNNET_TRY(auto settled, session.prepare(reading, select, CqlKind::kSerialRead, call));
  PUNNET_TRY(
      auto move,
      session.prepare("replacing " + name,
                      "UPDATE {}.generations SET generation = ? WHERE name = ? IF generation = ?",
                      CqlKind::kConditional, call));
  PUNNET_TRY(auto partitions, session.prepare("looking for old rows of " + name,
                                              "SELECT DISTINCT " + partition + " FROM {}." + name,
                                              CqlKind::kPlain, call));
  PUNNET_TRY(auto forget, session.prepare("deleting old rows of " + name,
                                          "DELETE FROM {}." + name + " WHERE generation = ? AND " +
                                              std::string(key) + " = ?",
                                          CqlKind::kPlain, call));
  Generations generations(name, clock, std::move(current), std::move(settled), std::move(move),
                          std::move(partitions), std::move(forget));
  PUNNET_TRY(const auto ignored, generations.current(generations.current_, call));
  static_cast<void>(ignored);
  return generations;
}

Status Generations::replace(const Write& write, const CallContext& call) const {
  while (true) {
    PUNNET_TRY(const auto from, current(settled_, call));
    const auto to = next_generation(from, *clock_);
    PUNNET_CHECK(write(from, to));
    PUNNET_TRY(const bool moved, move(from, to, call));
    if (!moved) continue;
    // Done; what cannot be deleted now is deleted the next time.
    const auto ignored = forget_before(to, call);
    static_cast<void>(ignored);
    return ok();
  }
}

Result<std::int64_t> Generations::current(const CqlStatement& select,
                                          const CallContext& call) const {
  CqlValues values;
  values.request(std::string_view(table_));
  PUNNET_TRY(const auto found, select.execute(values, call));
  if (found.rows() != 0) return found.number(0, 0);
  return Error{ErrorCode::kAbsent, "the tables are not complete: generations does not know " +
                                       table_ + "; `punnet load` makes them"};
}

Result<bool> Generations::move(std::int64_t from, std::int64_t to, const CallContext& call) const {
  CqlValues values;
  values.request(to, std::string_view(table_), from);
  const auto moved = move_.execute(values, call);
  if (moved) return moved->number(0, 0) != 0;
  if (moved.error().code != ErrorCode::kUnknownOutcome) return moved.error();
  PUNNET_TRY(const auto now, current(settled_, call));
  return now == to;
}

Status Generations::forget_before(std::int64_t generation, const CallContext& call) const {
  return forget_generations_before(generation, partitions_, forget_, call);
}

Status forget_generations_before(std::int64_t generation, const CqlStatement& select_keys,
                                 const CqlStatement& forget, const CallContext& call) {
  CqlValues all;
  all.request();
  PUNNET_TRY(const auto found, select_keys.execute(all, call));
  CqlValues old;
  for (std::size_t row = 0; row < found.rows(); ++row) {
    // A newer one is what somebody is writing.
    if (found.number(0, row) < generation) old.request(found.number(0, row), found.number(1, row));
  }
  PUNNET_TRY(const auto done, forget.execute(old, call));
  static_cast<void>(done);
  return ok();
}

std::int64_t next_generation(std::int64_t last, const Clock& clock) {
  return std::max(last + 1, std::int64_t{clock.now().time_since_epoch().count()});
}

}  // namespace punnet
