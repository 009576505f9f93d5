#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/call_context.h"
#include "base/clock.h"
#include "base/result.h"
#include "domain/offsets.h"
#include "embedded/sqlite_database.h"
#include "ports/event_log.h"

namespace punnet {

/// How far groups have come, in a file of its own: there a note never waits for a writer of events.
/// The file is made with the first note. One thread.
class SqliteCommittedOffsets {
 public:
  /// `clock` must outlive this.
  SqliteCommittedOffsets(std::string path, const Clock& clock)
      : path_(std::move(path)), clock_(clock) {}

  Status commit(std::string_view group, const TopicInfo& topic, const Positions& next,
                const CallContext& call);

  Result<Positions> committed(std::string_view group, const TopicInfo& topic,
                              const CallContext& call);

 private:
  Status open(const CallContext& call);

  const std::string path_;
  const Clock& clock_;
  std::unique_ptr<SqliteDatabase> database_;
};

}  // namespace punnet
