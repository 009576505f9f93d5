#include "delta/delta_committed_purchases.h"

#include <arrow/api.h>

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

#include "delta/arrow_schema.h"
#include "delta/covered_range.h"
#include "delta/data_file.h"
#include "delta/delta_log.h"
#include "delta/file_stats.h"
#include "delta/snapshot.h"
#include "delta/table_schema.h"
#include "delta/topic_positions.h"

namespace punnet {
namespace {

using delta::AddFile;
using delta::DeltaLog;
using delta::Snapshot;

constexpr OffsetRange kAllOffsets{0, std::numeric_limits<Offset>::max()};

struct Row {
  Partition partition = 0;
  Offset offset = 0;
  Purchase purchase;
};

bool before(const Row& a, const Row& b) {
  return std::tie(a.partition, a.offset) < std::tie(b.partition, b.offset);
}

template <typename Array>
const Array& column(const arrow::RecordBatch& batch, const char* name) {
  return static_cast<const Array&>(*batch.GetColumnByName(name));
}

/// An id column of either width.
class Ids {
 public:
  Ids(const arrow::Array& array, IdType type)
      : wide_(type == IdType::kInt64 ? static_cast<const arrow::Int64Array&>(array).raw_values()
                                     : nullptr),
        narrow_(wide_ == nullptr ? static_cast<const arrow::Int32Array&>(array).raw_values()
                                 : nullptr) {}
  std::int64_t operator[](std::int64_t row) const {
    return wide_ != nullptr ? wide_[row] : std::int64_t{narrow_[row]};
  }

 private:
  const std::int64_t* wide_;
  const std::int32_t* narrow_;
};

/// Reads the purchases of batches that have (at least) the columns of a Purchase.
class PurchaseColumns {
 public:
  PurchaseColumns(const arrow::RecordBatch& batch, const PurchaseSchema& schema)
      : item_(*batch.GetColumnByName("item_id"), schema.id_type),
        user_(*batch.GetColumnByName("user_id"), schema.id_type),
        quantity_(column<arrow::Int32Array>(batch, "quantity")),
        sales_value_(column<arrow::FloatArray>(batch, "sales_value")),
        partition_(column<arrow::Int32Array>(batch, "partition")),
        offset_(column<arrow::Int64Array>(batch, "offset")),
        basket_(schema.has_basket ? &column<arrow::Int64Array>(batch, "basket_id") : nullptr),
        time_(schema.has_time ? &column<arrow::TimestampArray>(batch, "ts") : nullptr) {}

  /// False when the row lacks a value that every purchase has.
  bool whole(std::int64_t row) const { return partition_.IsValid(row) && offset_.IsValid(row); }

  Row operator[](std::int64_t row) const {
    Row out{partition_.Value(row), offset_.Value(row), {}};
    out.purchase.item = ItemId{item_[row]};
    out.purchase.user = UserId{user_[row]};
    out.purchase.quantity = quantity_.Value(row);
    out.purchase.sales_value = sales_value_.Value(row);
    if (basket_ != nullptr && basket_->IsValid(row)) out.purchase.basket = basket_->Value(row);
    if (time_ != nullptr && time_->IsValid(row)) {
      out.purchase.time = Timestamp(std::chrono::microseconds(time_->Value(row)));
    }
    return out;
  }

 private:
  Ids item_;
  Ids user_;
  const arrow::Int32Array& quantity_;
  const arrow::FloatArray& sales_value_;
  const arrow::Int32Array& partition_;
  const arrow::Int64Array& offset_;
  const arrow::Int64Array* basket_;
  const arrow::TimestampArray* time_;
};

delta::TableSchema columns_to_read(const PurchaseSchema& schema, bool whole_rows) {
  auto columns = delta::purchase_columns(schema);
  std::erase_if(columns, [&](const delta::Column& column) {
    const auto& name = column.name;
    if (name == "precision_at_k" || name == "category" || name == "department" ||
        name == "event_time") {
      return true;
    }
    return !whole_rows && (name == "recs" || name == "model_version" || name == "recs_source");
  });
  return columns;
}

Error row_without_offset(const DeltaLog& log, const AddFile& file) {
  return Error{ErrorCode::kCorrupt, log.files().location(log.data_path(file.path)) +
                                        " has a row without partition or offset"};
}

/// Appends the purchases of `file` that lie in `offsets`, of one partition or of all.
Status read_rows(const DeltaLog& log, const AddFile& file, const PurchaseSchema& schema,
                 std::optional<Partition> partition, OffsetRange offsets, std::vector<Row>& out,
                 const CallContext& call) {
  PUNNET_TRY(const auto arrow, delta::arrow_schema(columns_to_read(schema, false)));
  const auto visit = [&](const delta::BatchPointer& batch) -> Status {
    const PurchaseColumns purchases(*batch, schema);
    for (std::int64_t i = 0; i < batch->num_rows(); ++i) {
      if (!purchases.whole(i)) return row_without_offset(log, file);
      const auto row = purchases[i];
      if ((partition && row.partition != *partition) || row.offset < offsets.start ||
          row.offset >= offsets.next) {
        continue;
      }
      out.push_back(row);
    }
    return ok();
  };
  return delta::read_data_file(log, file, arrow, offsets, visit, call);
}

Result<PurchaseSchema> schema_of(const DeltaLog& log, const Snapshot& snapshot) {
  PUNNET_TRY(const auto columns,
             delta::parse_schema(snapshot.metadata.schema_string, log.location()));
  return delta::purchase_schema_of(columns, log.location());
}

/// A file and the offsets of one partition that it may hold.
struct Part {
  const AddFile* file;
  OffsetRange may_hold;
};

/// The files that may hold offsets in `asked` of a partition, ascending by where they may start.
std::vector<Part> parts_of(const Snapshot& snapshot, Partition partition, OffsetRange asked) {
  std::vector<Part> parts;
  for (const auto& [path, file] : snapshot.files) {
    const auto stats = delta::parse_stats(file.stats);
    if (!stats.may_hold(partition, asked)) continue;
    OffsetRange held{stats.min_offset.value_or(0),
                     stats.max_offset ? *stats.max_offset + 1 : kAllOffsets.next};
    // Our own tag knows the partitions apart; statistics do not.
    const auto tag = file.tags.find(delta::kRangesTag);
    if (const auto ranges =
            tag == file.tags.end() ? std::nullopt : delta::parse_ranges(tag->second)) {
      OffsetRange of_partition{kAllOffsets.next, 0};
      for (const auto& covered : *ranges) {
        if (covered.partition != partition || covered.rows == 0) continue;
        of_partition.start = std::min(of_partition.start, covered.range.start);
        of_partition.next = std::max(of_partition.next, covered.range.next);
      }
      held = of_partition;
    }
    if (held.next > asked.start && held.start < asked.next) parts.push_back({&file, held});
  }
  std::sort(parts.begin(), parts.end(), [](const Part& a, const Part& b) {
    return std::tie(a.may_hold, a.file->path) < std::tie(b.may_hold, b.file->path);
  });
  return parts;
}

class DeltaCommittedPurchases final : public CommittedPurchases {
 public:
  DeltaCommittedPurchases(FileStore& files, std::string table, std::string topic_id)
      : log_(files, std::move(table)), topic_id_(std::move(topic_id)) {}

  Result<Positions> positions(const CallContext& call) override {
    PUNNET_TRY(const bool there, update(call));
    if (!there) return Positions();
    return delta::positions_of(*snapshot_, topic_id_);
  }

  Status for_each(const Positions& from, const Positions& upto, const Visitor& visit,
                  const CallContext& call) override {
    PUNNET_TRY(const bool there, update(call));
    if (!there) return ok();
    PUNNET_TRY(const auto schema, schema_of(log_, *snapshot_));
    for (const auto& [partition, next] : upto) {
      const auto first = from.find(partition);
      const OffsetRange asked{first == from.end() ? 0 : first->second, next};
      if (!asked.empty())
        PUNNET_CHECK(visit_in_spite_of_vacuum(schema, partition, asked, visit, call));
    }
    return ok();
  }

 private:
  /// False when there is no table yet.
  Result<bool> update(const CallContext& call) {
    if (snapshot_) {
      PUNNET_CHECK(delta::refresh(log_, *snapshot_, call));
      return true;
    }
    PUNNET_TRY(const auto listing, log_.list(call));
    if (listing.entries.empty() && listing.checkpoints.empty()) return false;
    // From here on what is absent is missing.
    PUNNET_TRY(snapshot_, delta::load_snapshot(log_, std::nullopt, call));
    return true;
  }

  /// A vacuum that retains nothing may remove files that a compaction has replaced since the
  /// snapshot was read: the newest one then says where their rows are now.
  Status visit_in_spite_of_vacuum(const PurchaseSchema& schema, Partition partition,
                                  OffsetRange asked, const Visitor& visit,
                                  const CallContext& call) {
    const auto visit_and_note = [&](Partition where, Offset offset, const Purchase& purchase) {
      asked.start = offset + 1;
      visit(where, offset, purchase);
    };
    while (true) {
      const auto version = snapshot_->version;
      auto visited = visit_partition(schema, partition, asked, visit_and_note, call);
      if (visited || visited.error().code != ErrorCode::kAbsent) return visited;
      PUNNET_CHECK(delta::refresh(log_, *snapshot_, call));
      if (snapshot_->version == version) return visited;
    }
  }

  Status visit_partition(const PurchaseSchema& schema, Partition partition, OffsetRange asked,
                         const Visitor& visit, const CallContext& call) {
    const auto parts = parts_of(*snapshot_, partition, asked);
    for (std::size_t i = 0; i < parts.size();) {
      // Files whose offsets interleave are put in order together; others one after the other.
      std::vector<Row> rows;
      auto end = parts[i].may_hold.next;
      for (; i < parts.size() && (rows.empty() || parts[i].may_hold.start < end); ++i) {
        end = std::max(end, parts[i].may_hold.next);
        PUNNET_CHECK(read_rows(log_, *parts[i].file, schema, partition, asked, rows, call));
      }
      std::sort(rows.begin(), rows.end(), before);
      for (const auto& row : rows) visit(row.partition, row.offset, row.purchase);
    }
    return ok();
  }

  const DeltaLog log_;
  const std::string topic_id_;
  std::optional<Snapshot> snapshot_;
};

}  // namespace

std::unique_ptr<CommittedPurchases> make_delta_committed_purchases(FileStore& files,
                                                                   std::string table,
                                                                   std::string topic_id) {
  return std::make_unique<DeltaCommittedPurchases>(files, std::move(table), std::move(topic_id));
}

Result<NewPurchases> read_new_purchases(FileStore& files, std::string_view table,
                                        std::optional<std::int64_t> version,
                                        const CallContext& call) {
  const DeltaLog log(files, std::string(table));
  PUNNET_TRY(const auto snapshot, delta::load_snapshot(log, version, call));
  NewPurchases out;
  out.version = snapshot.version;
  PUNNET_TRY(out.schema, schema_of(log, snapshot));
  std::vector<Row> rows;
  for (const auto& [path, file] : snapshot.files) {
    PUNNET_CHECK(read_rows(log, file, out.schema, std::nullopt, kAllOffsets, rows, call));
  }
  std::sort(rows.begin(), rows.end(), before);
  out.purchases.reserve(rows.size());
  for (const auto& row : rows) out.purchases.push_back(row.purchase);
  return out;
}

Result<std::vector<CommittedPurchase>> read_committed_rows(FileStore& files, std::string_view table,
                                                           std::optional<std::int64_t> version,
                                                           const CallContext& call) {
  const DeltaLog log(files, std::string(table));
  PUNNET_TRY(const auto snapshot, delta::load_snapshot(log, version, call));
  PUNNET_TRY(const auto schema, schema_of(log, snapshot));
  PUNNET_TRY(const auto arrow, delta::arrow_schema(columns_to_read(schema, true)));
  std::vector<CommittedPurchase> rows;
  for (const auto& [path, add] : snapshot.files) {
    const auto& file = add;
    const auto visit = [&](const delta::BatchPointer& batch) -> Status {
      const PurchaseColumns purchases(*batch, schema);
      const auto& recs = column<arrow::ListArray>(*batch, "recs");
      const Ids recommended(*recs.values(), schema.id_type);
      const auto& source = column<arrow::StringArray>(*batch, "recs_source");
      const auto& model = column<arrow::StringArray>(*batch, "model_version");
      for (std::int64_t i = 0; i < batch->num_rows(); ++i) {
        if (!purchases.whole(i)) return row_without_offset(log, file);
        auto row = purchases[i];
        CommittedPurchase out{row.purchase, row.partition, row.offset, {}, {}, {}};
        if (recs.IsValid(i)) {
          for (auto k = recs.value_offset(i); k < recs.value_offset(i + 1); ++k) {
            out.recommendations.push_back(ItemId{recommended[k]});
          }
        }
        if (source.IsValid(i)) out.recs_source = source.GetString(i);
        if (model.IsValid(i)) out.model_version = model.GetString(i);
        rows.push_back(std::move(out));
      }
      return ok();
    };
    PUNNET_CHECK(delta::read_data_file(log, file, arrow, std::nullopt, visit, call));
  }
  std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
    return std::tie(a.partition, a.offset) < std::tie(b.partition, b.offset);
  });
  return rows;
}

Result<std::int64_t> delta_version(FileStore& files, std::string_view table,
                                   const CallContext& call) {
  PUNNET_TRY(const auto snapshot,
             delta::load_snapshot(DeltaLog(files, std::string(table)), std::nullopt, call));
  return snapshot.version;
}

}  // namespace punnet
