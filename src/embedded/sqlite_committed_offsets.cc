#include "embedded/sqlite_committed_offsets.h"

#include <utility>

#include "embedded/sqlite_kinds.h"

namespace punnet {

Status SqliteCommittedOffsets::open(const CallContext& call) {
  if (database_ != nullptr) return ok();
  PUNNET_TRY(database_, SqliteDatabase::open(path_, kOffsetsKind, call));
  return ok();
}

Status SqliteCommittedOffsets::commit(std::string_view group, const TopicInfo& topic,
                                      const Positions& next, const CallContext& call) {
  PUNNET_CHECK(open(call));
  PUNNET_TRY(auto use, database_->use("note offsets in", call));
  PUNNET_CHECK(use.begin_writing());
  {
    PUNNET_TRY(auto note,
               use.prepare("INSERT OR REPLACE INTO committed_offsets (group_name, topic_id, "
                           "partition, topic_name, next_offset, ts) VALUES (?, ?, ?, ?, ?, ?)"));
    note.bind_text(1, group);
    note.bind_text(2, topic.id);
    note.bind_text(4, topic.name);
    note.bind(6, clock_.now().time_since_epoch().count());
    for (const auto& [partition, offset] : next) {
      note.bind(3, partition);
      note.bind(5, offset);
      PUNNET_CHECK(note.run());
    }
  }
  return use.commit();
}

Result<Positions> SqliteCommittedOffsets::committed(std::string_view group, const TopicInfo& topic,
                                                    const CallContext& call) {
  PUNNET_CHECK(open(call));
  PUNNET_TRY(auto use, database_->use("read offsets from", call));
  PUNNET_TRY(auto select, use.prepare("SELECT partition, next_offset FROM committed_offsets "
                                      "WHERE group_name=? AND topic_id=?"));
  select.bind_text(1, group);
  select.bind_text(2, topic.id);
  Positions positions;
  for (;;) {
    PUNNET_TRY(const bool found, select.step());
    if (!found) return positions;
    positions[static_cast<Partition>(select.integer(0))] = select.integer(1);
  }
}

}  // namespace punnet
