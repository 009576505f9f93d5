#include "embedded/sqlite_event_log.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/random_id.h"
#include "embedded/event_headers_text.h"
#include "embedded/sqlite_committed_offsets.h"
#include "embedded/sqlite_database.h"
#include "embedded/sqlite_kinds.h"
#include "ports/event_log_arguments.h"
#include "ports/read_shares.h"

namespace punnet {
namespace {

using std::chrono::milliseconds;

// How often a waiting reader asks whether there is something new.
constexpr milliseconds kFirstPause{1};
constexpr milliseconds kLongestPause{20};

// Beyond this a share of a read's bytes would not be exact; nobody holds so much in memory.
constexpr std::size_t kMostBytes = std::size_t{1} << 52U;

Error cannot_honour(std::string_view topic, const std::string& key, const std::string& value) {
  return Error{ErrorCode::kInvalid, quoted_topic(topic) + ": a SQLite event log cannot honour " +
                                        key + "=" + value + "; it keeps everything for ever"};
}

Status check_spec(const TopicSpec& spec) {
  PUNNET_CHECK(check_topic_spec(spec));
  if (spec.replication_factor != 1) {
    return Error{ErrorCode::kInvalid, quoted_topic(spec.name) + ": replication factor " +
                                          std::to_string(spec.replication_factor) +
                                          " is not possible in a SQLite event log, only 1 is"};
  }
  for (const auto& [key, value] : spec.config) {
    if ((key == "retention.ms" || key == "retention.bytes") && value == "-1") continue;
    return cannot_honour(spec.name, key, value);
  }
  return ok();
}

void bind_bytes(SqliteStatement& statement, int parameter, std::string_view bytes) {
  // The shell shows text; SQLite's own functions stop reading it at a NUL byte.
  if (bytes.find('\0') == bytes.npos) {
    statement.bind_text(parameter, bytes);
  } else {
    statement.bind_blob(parameter, bytes);
  }
}

std::string no_such(std::string_view name) { return "there is no " + quoted_topic(name); }

/// Also true where it cannot be told: opening then says why.
bool is_there(const std::string& path) {
  std::error_code failure;
  return std::filesystem::exists(path, failure) || failure;
}

/// A topic as it is stored.
struct StoredTopic {
  TopicInfo info;
  std::int64_t row = 0;
};

/// Where the bytes of an event lie in its run's storage.
struct Extent {
  std::size_t key_size = 0;
  std::size_t value_size = 0;
};

class SqliteEventLog final : public EventLog {
 public:
  explicit SqliteEventLog(const SqliteEventLogOptions& options)
      : options_(options), offsets_(options.path + "-offsets", *options.clock) {}

  Status open(const CallContext& call) {
    if (events_ != nullptr) return ok();
    PUNNET_TRY(events_,
               SqliteDatabase::open(options_.path, kEventsKind, call, options_.lock_notice));
    return ok();
  }

  Result<TopicInfo> create_topic(const TopicSpec& spec, const CallContext& call) override {
    PUNNET_CHECK(check_spec(spec));
    PUNNET_TRY(auto use, use_events("create a topic in", call));
    PUNNET_CHECK(use.begin_writing());
    const auto there = find_topic(use, spec.name);
    if (there) {
      return use.error(ErrorCode::kExists, quoted_topic(spec.name) + " is there already");
    }
    if (there.error().code != ErrorCode::kAbsent) return there.error();

    const TopicInfo topic{spec.name, random_id(), spec.partitions};
    {
      PUNNET_TRY(auto insert,
                 use.prepare("INSERT INTO topics (id, name, partitions) VALUES (?, ?, ?)"));
      insert.bind_text(1, topic.id);
      insert.bind_text(2, topic.name);
      insert.bind(3, topic.partitions);
      PUNNET_CHECK(insert.run());
    }
    PUNNET_CHECK(use.commit());
    return topic;
  }

  Result<TopicInfo> describe_topic(std::string_view name, const CallContext& call) override {
    PUNNET_CHECK(call.check("describing a topic of " + options_.path));
    // Looking for a topic makes no file.
    if (events_ == nullptr && !is_there(options_.path)) {
      return Error{ErrorCode::kAbsent,
                   "cannot describe a topic of " + options_.path + ": " + no_such(name)};
    }
    PUNNET_TRY(auto use, use_events("describe a topic of", call));
    PUNNET_TRY(auto topic, find_topic(use, name));
    return std::move(topic.info);
  }

  Result<Offset> append(const TopicInfo& topic, Partition partition,
                        std::span<const NewEvent> events, const CallContext& call) override {
    PUNNET_CHECK(check_partition(topic, partition));
    PUNNET_TRY(auto use, use_events("append to", call));
    PUNNET_CHECK(use.begin_writing());
    PUNNET_TRY(const auto row, same_topic(use, topic));
    PUNNET_TRY(const auto first, next_offset(use, row, partition));
    if (events.empty()) return first;
    PUNNET_CHECK(insert_events(use, row, partition, first, events));
    {
      PUNNET_TRY(auto move, use.prepare("INSERT OR REPLACE INTO partitions "
                                        "(topic_id, partition, next_offset) VALUES (?, ?, ?)"));
      move.bind(1, row);
      move.bind(2, partition);
      move.bind(3, first + static_cast<Offset>(events.size()));
      PUNNET_CHECK(move.run());
    }
    PUNNET_CHECK(use.commit());
    return first;
  }

  Result<std::vector<OffsetBounds>> bounds(const TopicInfo& topic,
                                           const CallContext& call) override {
    PUNNET_TRY(auto use, use_events("read the bounds of", call));
    PUNNET_CHECK(use.begin_reading());
    PUNNET_TRY(const auto row, same_topic(use, topic));
    std::vector<OffsetBounds> all;
    for (Partition partition = 0; partition < topic.partitions; ++partition) {
      PUNNET_TRY(const auto range, bounds_of(use, row, partition));
      all.push_back(range);
    }
    return all;
  }

  Result<std::vector<EventRun>> read(const TopicInfo& topic, const Positions& from,
                                     const ReadLimit& limit, milliseconds wait,
                                     const CallContext& call) override {
    PUNNET_CHECK(check_read(topic, from, limit));
    const auto wait_end = CallContext::Clock::now() + wait;
    for (auto pause = kFirstPause;; pause = std::min(pause * 2, kLongestPause)) {
      PUNNET_TRY(const auto version, data_version(call));
      PUNNET_TRY(auto runs, read_now(topic, from, limit, call));
      if (!runs.empty()) return runs;
      PUNNET_TRY(const bool changed, wait_for_change(version, pause, wait_end, call));
      if (!changed) return runs;
    }
  }

  Status commit_offsets(std::string_view group, const TopicInfo& topic, const Positions& next,
                        const CallContext& call) override {
    PUNNET_CHECK(check_topic(topic, next, call));
    return offsets_.commit(group, topic, next, call);
  }

  Result<Positions> committed_offsets(std::string_view group, const TopicInfo& topic,
                                      const CallContext& call) override {
    PUNNET_CHECK(check_topic(topic, {}, call));
    return offsets_.committed(group, topic, call);
  }

 private:
  Status check_topic(const TopicInfo& topic, const Positions& positions, const CallContext& call) {
    for (const auto& [partition, offset] : positions) {
      PUNNET_CHECK(check_partition(topic, partition));
    }
    PUNNET_TRY(auto use, use_events("describe a topic of", call));
    PUNNET_TRY(const auto row, same_topic(use, topic));
    static_cast<void>(row);
    return ok();
  }

  Result<SqliteUse> use_events(std::string_view what, const CallContext& call) {
    PUNNET_CHECK(open(call));
    return events_->use(what, call);
  }

  static Result<StoredTopic> find_topic(SqliteUse& use, std::string_view name) {
    PUNNET_TRY(auto find, use.prepare("SELECT topic_id, id, partitions FROM topics WHERE name=?"));
    find.bind_text(1, name);
    PUNNET_TRY(const bool found, find.step());
    if (!found) {
      return use.error(ErrorCode::kAbsent, no_such(name));
    }
    return StoredTopic{
        {std::string(name), std::string(find.bytes(1)), static_cast<std::int32_t>(find.integer(2))},
        find.integer(0)};
  }

  /// The stored number of a topic that must still be the one it was.
  static Result<std::int64_t> same_topic(SqliteUse& use, const TopicInfo& topic) {
    PUNNET_TRY(const auto stored, find_topic(use, topic.name));
    if (stored.info.id != topic.id) {
      return use.error(ErrorCode::kInvalid, quoted_topic(topic.name) + " has the id " +
                                                stored.info.id + ", not " + topic.id +
                                                ": it was deleted and made anew");
    }
    return stored.row;
  }

  static Result<Offset> next_offset(SqliteUse& use, std::int64_t row, Partition partition) {
    PUNNET_TRY(auto find, use.prepare("SELECT next_offset FROM partitions "
                                      "WHERE topic_id=? AND partition=?"));
    find.bind(1, row);
    find.bind(2, partition);
    PUNNET_TRY(const bool found, find.step());
    return found ? find.integer(0) : Offset{0};
  }

  static Result<OffsetBounds> bounds_of(SqliteUse& use, std::int64_t row, Partition partition) {
    PUNNET_TRY(const auto next, next_offset(use, row, partition));
    PUNNET_TRY(auto find, use.prepare("SELECT \"offset\" FROM events WHERE topic_id=? AND "
                                      "partition=? ORDER BY \"offset\" LIMIT 1"));
    find.bind(1, row);
    find.bind(2, partition);
    PUNNET_TRY(const bool found, find.step());
    return OffsetBounds{found ? find.integer(0) : next, next};
  }

  Status insert_events(SqliteUse& use, std::int64_t row, Partition partition, Offset offset,
                       std::span<const NewEvent> events) const {
    PUNNET_TRY(auto insert,
               use.prepare("INSERT INTO events (topic_id, partition, \"offset\", ts, key, value, "
                           "headers) VALUES (?, ?, ?, ?, ?, ?, ?)"));
    insert.bind(1, row);
    insert.bind(2, partition);
    const auto now = options_.clock->now();
    std::string headers;
    for (const auto& event : events) {
      insert.bind(3, offset++);
      insert.bind(4, event.time.value_or(now).time_since_epoch().count());
      if (event.key) {
        bind_bytes(insert, 5, *event.key);
      } else {
        insert.bind_null(5);
      }
      bind_bytes(insert, 6, event.value);
      if (event.headers.empty()) {
        insert.bind_null(7);
      } else {
        headers = headers_to_text(event.headers);
        insert.bind_text(7, headers);
      }
      PUNNET_CHECK(insert.run());
    }
    return ok();
  }

  /// What can be read without waiting.
  Result<std::vector<EventRun>> read_now(const TopicInfo& topic, const Positions& from,
                                         const ReadLimit& limit, const CallContext& call) {
    PUNNET_TRY(auto use, use_events("read", call));
    PUNNET_CHECK(use.begin_reading());
    PUNNET_TRY(const auto row, same_topic(use, topic));

    std::vector<EventRun> runs;
    std::vector<std::int64_t> held;
    for (const auto& [partition, offset] : from) {
      PUNNET_TRY(const auto range, bounds_of(use, row, partition));
      if (offset < range.start || offset > range.next) {
        return use.error(ErrorCode::kInvalid,
                         "position " + std::to_string(offset) + " of partition " +
                             std::to_string(partition) + " of " + quoted_topic(topic.name) +
                             " is outside of what is held, " + std::to_string(range.start) +
                             " to " + std::to_string(range.next));
      }
      runs.push_back(EventRun{partition, {offset, offset}, {}, {}});
      held.push_back(range.next - offset);
    }

    const auto shares = read_shares(held, limit.events);
    std::int64_t shares_left = 0;
    std::vector<std::size_t> fullest_first;
    for (std::size_t i = 0; i < runs.size(); ++i) {
      shares_left += shares[i];
      if (shares[i] > 0) fullest_first.push_back(i);
    }
    std::ranges::stable_sort(fullest_first, [&](auto a, auto b) { return held[a] > held[b]; });

    auto bytes_left = std::min(limit.bytes, kMostBytes);
    bool is_first = true;
    for (const auto i : fullest_first) {
      const double part = static_cast<double>(shares[i]) / static_cast<double>(shares_left);
      const auto budget = static_cast<std::size_t>(static_cast<double>(bytes_left) * part);
      PUNNET_CHECK(fill_run(use, row, shares[i], budget, is_first, limit.headers, runs[i]));
      shares_left -= shares[i];
      bytes_left -= std::min(bytes_left, runs[i].storage.size());
      is_first = false;
    }
    std::erase_if(runs, [](const EventRun& run) { return run.range.empty(); });
    return runs;
  }

  /// Takes up to `share` offsets and `budget` bytes into `run`, which begins where it stands; one
  /// event whatever its size if `at_least_one`.
  static Status fill_run(SqliteUse& use, std::int64_t row, std::int64_t share, std::size_t budget,
                         bool at_least_one, bool headers, EventRun& run) {
    PUNNET_TRY(auto select,
               use.prepare(headers ? "SELECT \"offset\", ts, key, value, headers FROM events WHERE "
                                     "topic_id=? AND partition=? AND \"offset\">=? AND "
                                     "\"offset\"<? ORDER BY \"offset\""
                                   : "SELECT \"offset\", ts, key, value FROM events WHERE "
                                     "topic_id=? AND partition=? AND \"offset\">=? AND "
                                     "\"offset\"<? ORDER BY \"offset\""));
    const Offset end = run.range.start + share;
    select.bind(1, row);
    select.bind(2, run.partition);
    select.bind(3, run.range.start);
    select.bind(4, end);

    std::vector<Extent> extents;
    run.range.next = end;
    for (;;) {
      PUNNET_TRY(const bool found, select.step());
      if (!found) break;
      const auto key = select.bytes(2);
      const auto value = select.bytes(3);
      const bool fits = run.storage.size() + key.size() + value.size() <= budget;
      if (!fits && !(at_least_one && run.events.empty())) {
        run.range.next = select.integer(0);
        break;
      }
      run.storage.insert(run.storage.end(), key.begin(), key.end());
      run.storage.insert(run.storage.end(), value.begin(), value.end());
      extents.push_back({key.size(), value.size()});
      auto& event = run.events.emplace_back();
      event.offset = select.integer(0);
      event.time = Timestamp{std::chrono::microseconds{select.integer(1)}};
      if (!select.is_null(2)) event.key.emplace();
      if (headers && !select.is_null(4)) {
        auto parsed = headers_from_text(select.bytes(4));
        if (!parsed) {
          return use.error(ErrorCode::kCorrupt,
                           "the headers of offset " + std::to_string(event.offset) +
                               " of partition " + std::to_string(run.partition) +
                               " cannot be read");
        }
        event.headers = *std::move(parsed);
      }
    }
    // Only now does the storage stay where it is.
    const char* at = run.storage.data();
    for (std::size_t i = 0; i < run.events.size(); ++i) {
      auto& event = run.events[i];
      if (event.key) event.key = std::string_view(at, extents[i].key_size);
      at += extents[i].key_size;
      event.value = std::string_view(at, extents[i].value_size);
      at += extents[i].value_size;
    }
    return ok();
  }

  /// A number that changes with every commit of another connection.
  Result<std::int64_t> data_version(const CallContext& call) {
    PUNNET_TRY(auto use, use_events("read", call));
    PUNNET_TRY(auto version, use.prepare("PRAGMA data_version"));
    PUNNET_TRY(const bool row, version.step());
    return row ? version.integer(0) : 0;
  }

  /// True as soon as the data version is not `version` any more; false at `wait_end`.
  Result<bool> wait_for_change(std::int64_t version, milliseconds pause,
                               CallContext::Clock::time_point wait_end, const CallContext& call) {
    for (;;) {
      const auto now = CallContext::Clock::now();
      if (now >= wait_end) return false;
      sleep_until(std::min(now + pause, wait_end), call);
      PUNNET_TRY(const auto latest, data_version(call));
      if (latest != version) return true;
      pause = std::min(pause * 2, kLongestPause);
    }
  }

  const SqliteEventLogOptions options_;
  std::unique_ptr<SqliteDatabase> events_;  // null while there is no file
  SqliteCommittedOffsets offsets_;
};

}  // namespace

Result<std::unique_ptr<EventLog>> open_sqlite_event_log(const SqliteEventLogOptions& options,
                                                        const CallContext& call) {
  PUNNET_CHECK(call.check("opening " + options.path));
  auto log = std::make_unique<SqliteEventLog>(options);
  if (is_there(options.path)) PUNNET_CHECK(log->open(call));
  return std::unique_ptr<EventLog>(std::move(log));
}

}  // namespace punnet
