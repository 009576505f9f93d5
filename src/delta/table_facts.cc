#include "delta/table_facts.h"

#include <arrow/api.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "delta/arrow_schema.h"
#include "delta/check_claims.h"
#include "delta/check_log.h"
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
    const auto columns = parse_schema(facts_.snapshot.metadata.schema_string, log_.location());
    const auto schema = columns ? arrow_schema(*columns) : columns.error();
    facts_.are_rejects = schema && (*schema)->GetFieldIndex("reason") >= 0;
    PUNNET_CHECK(check_log(log_, facts_, call_));
    if (!schema) {
      PUNNET_CHECK(facts_.take(log_.location(), schema.error()));
    } else if (!has_places(**schema)) {
      find(log_.location(),
           "its rows have no partition and offset of the types that punnet gives them");
    } else {
      PUNNET_CHECK(read_files(*schema));
      PUNNET_CHECK(check_files_removed(*schema));
    }
    PUNNET_CHECK(note_files_without_entry());
    for (auto& [partition, offsets] : facts_.offsets) std::sort(offsets.begin(), offsets.end());
    return std::move(facts_);
  }

 private:
  void find(std::string place, std::string what) { facts_.find(std::move(place), std::move(what)); }

  static bool has_places(const arrow::Schema& schema) {
    const auto partition = schema.GetFieldByName("partition");
    const auto offset = schema.GetFieldByName("offset");
    return partition && offset && partition->type()->id() == arrow::Type::INT32 &&
           offset->type()->id() == arrow::Type::INT64;
  }

  /// What a data file holds, row by row.
  struct Rows {
    std::vector<std::pair<Partition, Offset>> places;
    CountedRows counted;
  };

  Status read_files(const SchemaPointer& schema) {
    for (const auto& [path, file] : facts_.snapshot.files) {
      const auto place = log_.files().location(log_.data_path(path));
      const auto found_before = facts_.findings.size();
      PUNNET_CHECK(facts_.take(place, check_active(file, place)));
      // Bytes that are not those written need no second opinion.
      if (facts_.findings.size() != found_before) continue;
      PUNNET_CHECK(facts_.take(place, check_rows(file, schema, place)));
    }
    return ok();
  }

  /// Files that a compaction has replaced, for as long as they are there: earlier versions and
  /// readers that began before it still need them.
  Status check_files_removed(const SchemaPointer& schema) {
    const auto places =
        arrow::schema({schema->GetFieldByName("partition"), schema->GetFieldByName("offset")});
    for (const auto& [path, file] : facts_.named) {
      if (facts_.snapshot.files.contains(path)) continue;
      const auto place = log_.files().location(log_.data_path(path));
      const auto checked = check_removed(file, places, place);
      // Vacuum may take it at any time.
      if (!checked && checked.error().code == ErrorCode::kAbsent) continue;
      PUNNET_CHECK(facts_.take(place, checked));
    }
    return ok();
  }

  Status check_removed(const AddFile& file, const SchemaPointer& schema, const std::string& place) {
    PUNNET_TRY(const auto info, log_.files().stat(log_.data_path(file.path), call_));
    const auto found_before = facts_.findings.size();
    PUNNET_CHECK(check_bytes(file, info, place));
    if (facts_.findings.size() != found_before) return ok();
    PUNNET_TRY(const auto rows, read_rows(file, schema, place));
    check_stats(file, rows.counted, place);
    PUNNET_TRY(const auto footer, read_footer(log_, file.path, call_));
    if (footer) check_footer(file, *footer, rows.places, place);
    return ok();
  }

  /// Commits that never came about leave such files; so does an entry that is gone from the end of
  /// the log, and nothing but they can tell of it.
  Status note_files_without_entry() {
    PUNNET_TRY(const auto found, log_.files().list(log_.table(), call_));
    const auto positions = positions_of(facts_.snapshot, facts_.topic_id);
    const auto prefix = log_.data_path("").size();
    for (const auto& file : found) {
      const auto path = file.path.substr(prefix);
      const bool is_reserved = path.starts_with("_") || path.find("/_") != std::string::npos;
      if (is_reserved || facts_.named.contains(path) || facts_.snapshot.files.contains(path)) {
        continue;
      }
      std::string what = "no entry of the log names it";
      const auto footer = read_footer(log_, path, call_);
      if (!footer && !is_finding(footer.error().code)) return footer.error();
      if (footer && *footer) {
        for (const auto& covered : (*footer)->ranges) {
          const auto position = positions.find(covered.partition);
          if (position != positions.end() && covered.range.next <= position->second) continue;
          what += ", though it tells of partition " + std::to_string(covered.partition) +
                  " offsets [" + std::to_string(covered.range.start) + ", " +
                  std::to_string(covered.range.next) +
                  "), past the position: a commit that never came about, or whose entry is gone";
          break;
        }
      }
      facts_.notes.push_back({log_.files().location(file.path), std::move(what)});
    }
    return ok();
  }

  Status check_active(const AddFile& file, const std::string& place) {
    PUNNET_TRY(const auto info, log_.files().stat(log_.data_path(file.path), call_));
    facts_.bytes += info.size_bytes;
    return check_bytes(file, info, place);
  }

  Status check_bytes(const AddFile& file, const FileInfo& info, const std::string& place) {
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
    PUNNET_TRY(const auto rows, read_rows(file, schema, place));
    check_stats(file, rows.counted, place);
    PUNNET_TRY(const auto footer, read_footer(log_, file.path, call_));
    if (footer) {
      check_footer(file, *footer, rows.places, place);
      for (const auto& covered : footer->ranges) facts_.footers.push_back({covered, place});
    }
    for (const auto& [partition, offset] : rows.places) facts_.offsets[partition].push_back(offset);
    facts_.rows += static_cast<std::int64_t>(rows.places.size());
    return ok();
  }

  Result<Rows> read_rows(const AddFile& file, const SchemaPointer& schema,
                         const std::string& place) {
    Rows rows;
    for (const auto& field : schema->fields()) {
      if (field->type()->num_fields() == 0) rows.counted.nulls[field->name()];
    }
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
        rows.counted.stats.add(partition.Value(i), offset.Value(i));
        rows.places.emplace_back(partition.Value(i), offset.Value(i));
      }
      for (auto& [column, nulls] : rows.counted.nulls) {
        nulls += batch->GetColumnByName(column)->null_count();
      }
      return ok();
    };
    PUNNET_CHECK(read_data_file(log_, file, schema, std::nullopt, visit, call_));
    return rows;
  }

  void check_stats(const AddFile& file, const CountedRows& counted, const std::string& place) {
    if (auto what = contradiction_of_stats(file, counted)) find(place, *std::move(what));
  }

  void check_footer(const AddFile& file, const FileFooter& footer,
                    const std::vector<std::pair<Partition, Offset>>& rows,
                    const std::string& place) {
    const auto tag = file.tags.find(kRangesTag);
    if (tag != file.tags.end() && tag->second != to_json(footer.ranges)) {
      find(place, "its footer covers other offsets than the log says");
    }
    if (!facts_.topic_id.empty() && footer.topic_id != facts_.topic_id) {
      find(place, "its footer names the topic id " + footer.topic_id);
    }
    if (footer.ranges.empty()) return;
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
      const auto told = facts_.are_rejects ? footer.ranges[i].rejects : footer.ranges[i].rows;
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

void TableFacts::find(std::string place, std::string what) {
  if (what.starts_with(place + ": ")) what.erase(0, place.size() + 2);
  findings.push_back({std::move(place), std::move(what)});
}

Status TableFacts::take(const std::string& place, const Status& status) {
  if (status) return ok();
  if (!is_finding(status.error().code)) return status.error();
  find(place, status.error().message);
  return ok();
}

bool is_finding(ErrorCode code) {
  return code == ErrorCode::kInvalid || code == ErrorCode::kAbsent || code == ErrorCode::kCorrupt;
}

}  // namespace punnet::delta
