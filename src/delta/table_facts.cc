#include "delta/table_facts.h"

#include <arrow/api.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "delta/arrow_schema.h"
#include "delta/data_file.h"
#include "delta/file_stats.h"
#include "delta/table_schema.h"
#include "delta/topic_positions.h"

namespace punnet::delta {
namespace {

class Gatherer {
 public:
  Gatherer(const DeltaLog& log, const CallContext& call) : log_(log), call_(call) {}

  Result<TableFacts> run() {
    auto loaded = load_snapshot(log_, std::nullopt, call_);
    if (!loaded) {
      if (!is_finding(loaded.error().code)) return std::move(loaded).error();
      find(log_.location(), loaded.error().message);
      return std::move(facts_);
    }
    facts_.readable = true;
    facts_.snapshot = *std::move(loaded);
    const auto id = facts_.snapshot.metadata.configuration.find(kTopicIdKey);
    if (id != facts_.snapshot.metadata.configuration.end()) facts_.topic_id = id->second;
    PUNNET_CHECK(read_log());
    PUNNET_CHECK(read_files());
    for (auto& [partition, offsets] : facts_.offsets) std::sort(offsets.begin(), offsets.end());
    return std::move(facts_);
  }

 private:
  void find(std::string place, std::string what) {
    if (what.starts_with(place + ": ")) what.erase(0, place.size() + 2);
    facts_.findings.push_back({std::move(place), std::move(what)});
  }

  /// Remembers a fault of the table and goes on; passes on that the store could not be asked.
  Status note(const std::string& place, const Status& status) {
    if (status) return ok();
    if (!is_finding(status.error().code)) return status.error();
    find(place, status.error().message);
    return ok();
  }

  /// Replays every entry that is there, and compares where that leads with the snapshot, which may
  /// come from a checkpoint.
  Status read_log() {
    PUNNET_TRY(const auto listing, log_.list(call_));
    facts_.log_is_whole = !listing.entries.empty() && listing.entries.front().version == 0;
    Snapshot replayed;
    std::int64_t expected = listing.entries.empty() ? 0 : listing.entries.front().version;
    replayed.version = expected - 1;
    bool whole = facts_.log_is_whole;
    for (const auto& entry : listing.entries) {
      if (entry.version > facts_.snapshot.version) break;
      const auto place = log_.files().location(entry.file.path);
      if (entry.version != expected) {
        find(place, "the entry before it is missing: " + std::to_string(expected));
        whole = false;
      }
      expected = entry.version + 1;
      const auto actions = log_.read_entry(entry.version, call_);
      if (!actions) {
        whole = false;
        PUNNET_CHECK(note(place, actions.error()));
        continue;
      }
      check_entry(replayed, *actions, place);
      const auto applied = replayed.apply(*actions, place);
      if (!applied) PUNNET_CHECK(note(place, applied));
      replayed.version = entry.version;
    }
    if (whole) compare(replayed);
    return ok();
  }

  void compare(const Snapshot& replayed) {
    const auto& told = facts_.snapshot;
    const auto same_files = [](const auto& a, const auto& b) {
      return a.first == b.first && a.second.size_bytes == b.second.size_bytes &&
             a.second.stats == b.second.stats && a.second.tags == b.second.tags;
    };
    const auto same_txns = [](const auto& a, const auto& b) {
      return a.first == b.first && a.second.version == b.second.version;
    };
    if (!std::equal(told.files.begin(), told.files.end(), replayed.files.begin(),
                    replayed.files.end(), same_files)) {
      find(log_.location(), "the checkpoint names other files than the log");
    }
    if (!std::equal(told.txns.begin(), told.txns.end(), replayed.txns.begin(), replayed.txns.end(),
                    same_txns)) {
      find(log_.location(), "the checkpoint has other positions than the log");
    }
  }

  void check_entry(const Snapshot& before, const std::vector<Action>& actions,
                   const std::string& place) {
    const CommitInfo* info = nullptr;
    std::set<std::string> added;
    std::map<Partition, Offset> moved;
    for (const auto& action : actions) {
      if (const auto* said = std::get_if<CommitInfo>(&action)) info = said;
      if (const auto* add = std::get_if<AddFile>(&action)) {
        const auto active = before.files.find(add->path);
        if (!added.insert(add->path).second ||
            (active != before.files.end() && active->second == *add)) {
          find(place, "adds " + add->path + " a second time");
        }
      }
      if (const auto* remove = std::get_if<RemoveFile>(&action)) {
        facts_.rows_were_deleted |= remove->data_change;
        if (facts_.log_is_whole && !before.files.contains(remove->path)) {
          find(place, "removes " + remove->path + ", which was not in the table");
        }
      }
      if (const auto* txn = std::get_if<Txn>(&action)) {
        if (const auto partition = partition_of(txn->app_id, facts_.topic_id)) {
          moved[*partition] = txn->version;
        }
      }
    }
    if (info == nullptr || info->ranges.empty()) {
      if (!moved.empty()) find(place, "moves positions without saying over which offsets");
      return;
    }
    const auto ranges = parse_ranges(info->ranges);
    if (!ranges) {
      find(place, "punnetRanges cannot be read");
      return;
    }
    check_ranges(before, *ranges, moved, place);
  }

  void check_ranges(const Snapshot& before, const std::vector<CoveredRange>& ranges,
                    std::map<Partition, Offset> moved, const std::string& place) {
    const auto held = positions_of(before, facts_.topic_id);
    std::map<Partition, Offset> reached;
    for (const auto& covered : ranges) {
      // Rejects alone may be made up for, below a position that went ahead.
      const bool only_rejects = covered.rows == 0 && covered.rejects > 0;
      const auto start = held.find(covered.partition);
      if (start != held.end() && start->second > covered.range.start && !only_rejects) {
        find(place, "partition " + std::to_string(covered.partition) + " starts at " +
                        std::to_string(covered.range.start) +
                        ", but the table already held up to " + std::to_string(start->second));
      }
      const auto position = moved.find(covered.partition);
      const bool is_behind = position != moved.end() && position->second > covered.range.next;
      reached[covered.partition] =
          only_rejects && is_behind ? position->second : covered.range.next;
      facts_.commits.push_back({covered, place});
    }
    for (const auto& [partition, next] : reached) {
      const auto position = moved.find(partition);
      if (position == moved.end() || position->second != next) {
        find(place, "partition " + std::to_string(partition) + " covers up to " +
                        std::to_string(next) + ", but its position is not moved there");
      }
      moved.erase(partition);
    }
    if (!moved.empty()) {
      find(place, "moves the position of partition " + std::to_string(moved.begin()->first) +
                      " without saying over which offsets");
    }
  }

  Status read_files() {
    PUNNET_TRY(const auto columns,
               parse_schema(facts_.snapshot.metadata.schema_string, log_.location()));
    const auto schema = arrow_schema(columns);
    if (!schema) return note(log_.location(), schema.error());
    for (const auto& [path, file] : facts_.snapshot.files) {
      const auto place = log_.files().location(log_.data_path(path));
      const auto found_before = facts_.findings.size();
      PUNNET_CHECK(note(place, check_bytes(file, place)));
      // Bytes that are not those written need no second opinion.
      if (facts_.findings.size() != found_before) continue;
      PUNNET_CHECK(note(place, check_rows(file, *schema, place)));
    }
    return ok();
  }

  Status check_bytes(const AddFile& file, const std::string& place) {
    PUNNET_TRY(const auto info, log_.files().stat(log_.data_path(file.path), call_));
    facts_.bytes += info.size_bytes;
    if (info.size_bytes != file.size_bytes) {
      find(place, "has " + std::to_string(info.size_bytes) + " bytes, the log says " +
                      std::to_string(file.size_bytes));
      return ok();
    }
    const auto written = file.tags.find(kHashTag);
    if (written == file.tags.end()) return ok();
    PUNNET_TRY(const auto hash, hash_file(log_, file.path, call_));
    if (hash != written->second) find(place, "its bytes are not those that were written");
    return ok();
  }

  Status check_rows(const AddFile& file, const SchemaPointer& schema, const std::string& place) {
    FileStats counted;
    std::vector<std::pair<Partition, Offset>> rows;
    const auto visit = [&](const BatchPointer& batch) -> Status {
      const auto valid = batch->ValidateFull();
      if (!valid.ok()) return Error{ErrorCode::kCorrupt, valid.message()};
      const auto& partition =
          static_cast<const arrow::Int32Array&>(*batch->GetColumnByName("partition"));
      const auto& offset = static_cast<const arrow::Int64Array&>(*batch->GetColumnByName("offset"));
      for (std::int64_t i = 0; i < batch->num_rows(); ++i) {
        if (partition.IsNull(i) || offset.IsNull(i)) {
          return Error{ErrorCode::kCorrupt, place + " has a row without partition or offset"};
        }
        counted.add(partition.Value(i), offset.Value(i));
        rows.emplace_back(partition.Value(i), offset.Value(i));
      }
      return ok();
    };
    PUNNET_CHECK(read_data_file(log_, file, schema, std::nullopt, visit, call_));
    check_stats(file, counted, place);
    PUNNET_TRY(const auto footer, read_footer(log_, file.path, call_));
    if (footer) check_footer(file, *footer, rows, schema->GetFieldIndex("reason") >= 0, place);
    for (const auto& [partition, offset] : rows) facts_.offsets[partition].push_back(offset);
    facts_.rows += static_cast<std::int64_t>(rows.size());
    return ok();
  }

  void check_stats(const AddFile& file, const FileStats& counted, const std::string& place) {
    const auto told = parse_stats(file.stats);
    const auto differs = [](const auto& said, const auto& is) { return said && said != is; };
    if (told.rows && *told.rows != counted.rows.value_or(0)) {
      find(place, "has " + std::to_string(counted.rows.value_or(0)) + " rows, the log says " +
                      std::to_string(*told.rows));
    }
    if (differs(told.min_partition, counted.min_partition) ||
        differs(told.max_partition, counted.max_partition) ||
        differs(told.min_offset, counted.min_offset) ||
        differs(told.max_offset, counted.max_offset)) {
      find(place, "holds other partitions or offsets than the log says");
    }
  }

  void check_footer(const AddFile& file, const FileFooter& footer,
                    const std::vector<std::pair<Partition, Offset>>& rows, bool rejects,
                    const std::string& place) {
    const auto tag = file.tags.find(kRangesTag);
    if (tag != file.tags.end() && tag->second != to_json(footer.ranges)) {
      find(place, "its footer covers other offsets than the log says");
    }
    if (!facts_.topic_id.empty() && footer.topic_id != facts_.topic_id) {
      find(place, "its footer names the topic id " + footer.topic_id);
    }
    if (footer.ranges.empty()) return;
    for (const auto& covered : footer.ranges) facts_.footers.push_back({covered, place});
    std::vector<std::int64_t> counts(footer.ranges.size());
    for (const auto& [partition, offset] : rows) {
      bool inside = false;
      for (std::size_t i = 0; i < counts.size(); ++i) {
        const auto& covered = footer.ranges[i];
        if (covered.partition != partition || offset < covered.range.start ||
            offset >= covered.range.next) {
          continue;
        }
        inside = true;
        ++counts[i];
      }
      if (!inside) {
        find(place, "holds partition " + std::to_string(partition) + " offset " +
                        std::to_string(offset) + ", which its footer does not cover");
        return;
      }
    }
    for (std::size_t i = 0; i < counts.size(); ++i) {
      const auto told = rejects ? footer.ranges[i].rejects : footer.ranges[i].rows;
      if (counts[i] != told) {
        find(place, "its footer counts " + std::to_string(told) + " rows where there are " +
                        std::to_string(counts[i]));
      }
    }
  }

  const DeltaLog& log_;
  const CallContext& call_;
  TableFacts facts_;
};

}  // namespace

Result<TableFacts> gather_facts(const DeltaLog& log, const CallContext& call) {
  return Gatherer(log, call).run();
}

bool is_finding(ErrorCode code) {
  return code == ErrorCode::kInvalid || code == ErrorCode::kAbsent || code == ErrorCode::kCorrupt;
}

}  // namespace punnet::delta
