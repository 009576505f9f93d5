#include "tests/simulation/checker.h"

#include <arrow/api.h>

#include <map>
#include <set>
#include <utility>

#include "delta/arrow_schema.h"
#include "delta/covered_range.h"
#include "delta/data_file.h"
#include "delta/delta_committed_purchases.h"
#include "delta/snapshot.h"
#include "delta/table_schema.h"
#include "delta/topic_positions.h"
#include "delta/verify.h"
#include "stream/purchase_json.h"
#include "tests/support/calls.h"

namespace punnet::simulation {
namespace {

using Place = std::pair<Partition, Offset>;

std::string at(const Place& place) {
  return std::to_string(place.first) + "/" + std::to_string(place.second);
}

class Checker {
 public:
  explicit Checker(SimulatedWorld& world)
      : world_(world),
        main_(*world.files, "new_purchases"),
        rejects_(*world.files, "rejected_events") {}

  Status tables() {
    PUNNET_TRY(const auto snapshot, delta::load_snapshot(main_, std::nullopt, call_));
    positions_ = delta::positions_of(snapshot, world_.memory.topic.id);
    PUNNET_TRY(rows_, read_committed_rows(*world_.files, "new_purchases", std::nullopt, call_));
    PUNNET_CHECK(read_rejects());
    PUNNET_CHECK(unique());
    PUNNET_TRY(gaps_, recorded_gaps(snapshot.version));
    for (const auto& [partition, next] : positions_) PUNNET_CHECK(complete(partition, next));
    for (const auto& [place, row] : row_at_) {
      if (place.second >= position(place.first)) return wrong("a row beyond the position", place);
    }
    return ok();
  }

  Status everything() {
    PUNNET_CHECK(tables());
    for (std::size_t p = 0; p < world_.memory.log.size(); ++p) {
      const auto end = static_cast<Offset>(world_.memory.log[p].size());
      const auto partition = static_cast<Partition>(p);
      if (!positions_.contains(partition) && world_.memory.log_starts[partition] == end) continue;
      if (position(partition) != end) return wrong("events missing from", {partition, end});
    }
    PUNNET_CHECK(contents());
    PUNNET_CHECK(histories());
    PUNNET_CHECK(order());
    PUNNET_TRY(const auto report,
               verify_delta_tables(*world_.files, "new_purchases", "rejected_events", call_));
    if (!report.findings.empty()) {
      const auto& finding = report.findings.front();
      return Error{ErrorCode::kCorrupt, "verify: " + finding.place + ": " + finding.what};
    }
    return ok();
  }

 private:
  static Error wrong(std::string_view what, const Place& place) {
    return Error{ErrorCode::kCorrupt, std::string(what) + " " + at(place)};
  }

  Offset position(Partition partition) const {
    const auto found = positions_.find(partition);
    return found == positions_.end() ? 0 : found->second;
  }

  const testing::MemoryWorld::Message& sent(const Place& place) const {
    return world_.memory
        .log[static_cast<std::size_t>(place.first)][static_cast<std::size_t>(place.second)];
  }

  Status read_rejects() {
    PUNNET_TRY(const auto snapshot, delta::load_snapshot(rejects_, std::nullopt, call_));
    PUNNET_TRY(const auto schema, delta::arrow_schema(delta::rejected_columns()));
    const auto visit = [&](const delta::BatchPointer& batch) -> Status {
      const auto column = [&](const char* name) { return batch->GetColumnByName(name); };
      const auto& partition = static_cast<const arrow::Int32Array&>(*column("partition"));
      const auto& offset = static_cast<const arrow::Int64Array&>(*column("offset"));
      const auto& reason = static_cast<const arrow::StringArray&>(*column("reason"));
      const auto& bytes = static_cast<const arrow::BinaryArray&>(*column("bytes"));
      for (std::int64_t i = 0; i < batch->num_rows(); ++i) {
        const Place place{partition.Value(i), offset.Value(i)};
        if (!world_.poison.contains(place)) return wrong("a reject that was none", place);
        if (bytes.GetView(i) != sent(place).value) return wrong("other bytes in reject", place);
        if (reason.GetView(i).empty()) return wrong("no reason with reject", place);
        if (!reject_at_.insert(place).second) return wrong("rejected twice:", place);
      }
      return ok();
    };
    for (const auto& [path, file] : snapshot.files) {
      PUNNET_CHECK(delta::read_data_file(rejects_, file, schema, std::nullopt, visit, call_));
    }
    return ok();
  }

  /// Every offset that a commit up to `version` calls lost, or that lies before the first commit of
  /// its partition: a table without a position begins at the earliest event there is.
  Result<std::set<Place>> recorded_gaps(std::int64_t version) {
    std::set<Place> gaps;
    if (!world_.is_forgetful) return gaps;
    Positions reached;
    const auto add = [&](Partition partition, OffsetRange range) {
      for (auto offset = range.start; offset < range.next; ++offset) {
        gaps.emplace(partition, offset);
      }
    };
    for (std::int64_t v = 1; v <= version; ++v) {
      PUNNET_TRY(const auto actions, main_.read_entry(v, call_));
      for (const auto& action : actions) {
        const auto* info = std::get_if<delta::CommitInfo>(&action);
        if (info == nullptr || info->ranges.empty()) continue;
        const auto ranges = delta::parse_ranges(info->ranges);
        if (!ranges) return wrong("ranges that cannot be read at version", {0, v});
        for (const auto& covered : *ranges) {
          const bool is_first = !reached.contains(covered.partition);
          reached[covered.partition] = covered.range.next;
          if (is_first) add(covered.partition, {0, covered.range.start});
          if (covered.gap > 0) add(covered.partition, covered.range);
        }
      }
    }
    return gaps;
  }

  Status unique() {
    for (const auto& row : rows_) {
      const Place place{row.partition, row.offset};
      if (world_.poison.contains(place)) return wrong("a row of no purchase", place);
      if (!row_at_.emplace(place, &row).second) return wrong("two rows of", place);
    }
    return ok();
  }

  Status complete(Partition partition, Offset next) {
    for (Offset offset = 0; offset < next; ++offset) {
      const Place place{partition, offset};
      if (gaps_.contains(place)) {
        if (row_at_.contains(place)) return wrong("a row in a gap:", place);
        if (offset >= world_.memory.log_starts[partition]) {
          return wrong("a gap where nothing was dropped:", place);
        }
      } else if (sent(place).is_hole) {
        if (row_at_.contains(place)) return wrong("a row where nothing was sent", place);
      } else if (world_.poison.contains(place)) {
        if (!reject_at_.contains(place)) return wrong("a reject is missing:", place);
      } else if (!row_at_.contains(place)) {
        return wrong("a row is missing:", place);
      }
    }
    return ok();
  }

  Status contents() {
    for (const auto& [place, row] : row_at_) {
      const auto decoded = decode_purchase(sent(place).value, {});
      if (!decoded || decoded->purchase != row->purchase) {
        return wrong("another purchase in row", place);
      }
      if (!world_.memory.models.contains(row->model_version)) {
        return wrong("a model that never was in row", place);
      }
      const std::set<ItemId> distinct(row->recommendations.begin(), row->recommendations.end());
      if (distinct.size() != row->recommendations.size() || distinct.contains(row->purchase.item)) {
        return wrong("a list that holds an item twice, or the row's own, in row", place);
      }
      if (row->recommendations.empty() != (row->recs_source == "none")) {
        return wrong("source and list that do not agree in row", place);
      }
      const auto list = world_.memory.recommendations.find(row->purchase.user);
      if (row->recs_source != "none" && list == world_.memory.recommendations.end()) {
        return wrong("no list for the user of row", place);
      }
    }
    for (const auto& [user, list] : world_.memory.recommendations) {
      // Lists go before commits: their event may have been dropped before it was committed.
      if (list.offset < world_.memory.log_starts[list.partition] &&
          !row_at_.contains({list.partition, list.offset})) {
        continue;
      }
      const auto row = row_at_.find({list.partition, list.offset});
      if (row == row_at_.end() || row->second->purchase.user != user) {
        return wrong("a list of no event of its user", {list.partition, list.offset});
      }
    }
    return ok();
  }

  Status histories() {
    std::map<std::pair<UserId, ItemId>, std::int64_t> expected;
    for (const auto& row : rows_) ++expected[{row.purchase.user, row.purchase.item}];
    std::map<std::pair<UserId, ItemId>, std::int64_t> counted;
    for (const auto& [key, entry] : world_.memory.histories) counted[key] = entry.count;
    if (counted != expected) return Error{ErrorCode::kCorrupt, "histories that count other events"};
    for (const auto& [partition, next] : world_.memory.histories_at) {
      if (next != position(partition)) return wrong("histories end at", {partition, next});
    }
    for (const auto& [partition, next] : world_.memory.group) {
      if (next > position(partition)) return wrong("the group is ahead at", {partition, next});
    }
    return ok();
  }

  /// In a file that no compaction made, rows of a partition ascend.
  Status order() {
    PUNNET_TRY(const auto snapshot, delta::load_snapshot(main_, std::nullopt, call_));
    PUNNET_TRY(const auto schema,
               delta::arrow_schema({{"partition", "integer", ""}, {"offset", "long", ""}}));
    for (const auto& [path, file] : snapshot.files) {
      if (path.starts_with("part-compactor")) continue;
      Positions least;
      const auto visit = [&](const delta::BatchPointer& batch) -> Status {
        const auto& partition = static_cast<const arrow::Int32Array&>(*batch->column(0));
        const auto& offset = static_cast<const arrow::Int64Array&>(*batch->column(1));
        for (std::int64_t i = 0; i < batch->num_rows(); ++i) {
          auto& expected = least[partition.Value(i)];
          if (offset.Value(i) < expected) {
            return wrong("out of order:", {partition.Value(i), offset.Value(i)});
          }
          expected = offset.Value(i) + 1;
        }
        return ok();
      };
      PUNNET_CHECK(delta::read_data_file(main_, file, schema, std::nullopt, visit, call_));
    }
    return ok();
  }

  SimulatedWorld& world_;
  const delta::DeltaLog main_;
  const delta::DeltaLog rejects_;
  const CallContext call_ = patiently();
  Positions positions_;
  std::vector<CommittedPurchase> rows_;
  std::map<Place, const CommittedPurchase*> row_at_;
  std::set<Place> reject_at_;
  std::set<Place> gaps_;
};

std::string text_of(const Status& status) { return status ? "" : status.error().message; }

}  // namespace

std::string check_tables(SimulatedWorld& world) { return text_of(Checker(world).tables()); }

std::string check_everything(SimulatedWorld& world) { return text_of(Checker(world).everything()); }

}  // namespace punnet::simulation
