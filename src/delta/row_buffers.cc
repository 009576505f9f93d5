#include "delta/row_buffers.h"

#include <arrow/api.h>

#include <string>
#include <utility>
#include <vector>

#include "delta/arrow_schema.h"
#include "delta/table_schema.h"
#include "parquet/arrow_files.h"

namespace punnet::delta {
namespace {

constexpr char kAppending[] = "buffering rows for the table";

/// Fixed columns and validity bits of a row, and of a recommendation.
constexpr std::size_t kRowBytes = 96;

std::shared_ptr<arrow::DataType> timestamp_type() {
  return arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
}

arrow::Status append_text(arrow::StringBuilder& builder, std::string_view text) {
  return text.empty() ? builder.AppendNull() : builder.Append(text);
}

arrow::Status append_time(arrow::TimestampBuilder& builder, const std::optional<Timestamp>& time) {
  return time ? builder.Append(time->time_since_epoch().count()) : builder.AppendNull();
}

/// An id column of either width.
class IdColumn {
 public:
  explicit IdColumn(IdType type) : wide_(type == IdType::kInt64) {
    if (wide_) {
      builder_ = std::make_shared<arrow::Int64Builder>();
    } else {
      builder_ = std::make_shared<arrow::Int32Builder>();
    }
  }
  arrow::Status reserve(std::int64_t rows) { return builder_->Reserve(rows); }
  void append(std::int64_t id) {
    if (wide_) {
      static_cast<arrow::Int64Builder&>(*builder_).UnsafeAppend(id);
    } else {
      static_cast<arrow::Int32Builder&>(*builder_).UnsafeAppend(static_cast<std::int32_t>(id));
    }
  }
  const std::shared_ptr<arrow::ArrayBuilder>& builder() const { return builder_; }

 private:
  bool wide_;
  std::shared_ptr<arrow::ArrayBuilder> builder_;
};

Status check_ids(const EnrichedPurchase& row, IdType type) {
  const auto wide = [&](std::string_view what, std::int64_t id) {
    return Error{ErrorCode::kInvalid,
                 "partition " + std::to_string(row.partition) + " offset " +
                     std::to_string(row.offset) + ": " + std::string(what) + " " +
                     std::to_string(id) +
                     " does not fit 32 bits; prepare with id_type = \"int64\""};
  };
  if (!fits(row.purchase.item.value, type)) return wide("item_id", row.purchase.item.value);
  if (!fits(row.purchase.user.value, type)) return wide("user_id", row.purchase.user.value);
  for (const auto item : row.recommendations) {
    if (!fits(item.value, type)) return wide("the recommended item", item.value);
  }
  return ok();
}

}  // namespace

class PurchaseBuffer::Columns {
 public:
  explicit Columns(const PurchaseSchema& schema)
      : schema_(schema),
        item_(schema.id_type),
        user_(schema.id_type),
        recommended_(schema.id_type),
        recs_(arrow::default_memory_pool(), recommended_.builder(),
              arrow::list(arrow::field("element", recommended_.builder()->type()))),
        event_time_(timestamp_type(), arrow::default_memory_pool()),
        time_(timestamp_type(), arrow::default_memory_pool()) {}

  Status append(std::span<const EnrichedPurchase> rows, std::string_view model_version) {
    std::int64_t recommended = 0;
    for (const auto& row : rows) {
      PUNNET_CHECK(check_ids(row, schema_.id_type));
      recommended += static_cast<std::int64_t>(row.recommendations.size());
    }
    const auto reserved = reserve(static_cast<std::int64_t>(rows.size()), recommended);
    if (!reserved.ok()) return to_error(reserved, kAppending);
    for (const auto& row : rows) {
      const auto appended = append(row, model_version);
      if (!appended.ok()) return to_error(appended, kAppending);
    }
    rows_ += static_cast<std::int64_t>(rows.size());
    return ok();
  }

  std::int64_t rows() const { return rows_; }
  std::size_t bytes() const { return bytes_; }

  Result<BatchPointer> take() {
    auto batch = finish();
    if (!batch.ok()) return to_error(batch.status(), kAppending);
    rows_ = 0;
    bytes_ = 0;
    return *std::move(batch);
  }

 private:
  arrow::Status reserve(std::int64_t rows, std::int64_t recommended) {
    ARROW_RETURN_NOT_OK(item_.reserve(rows));
    ARROW_RETURN_NOT_OK(user_.reserve(rows));
    ARROW_RETURN_NOT_OK(quantity_.Reserve(rows));
    ARROW_RETURN_NOT_OK(sales_value_.Reserve(rows));
    ARROW_RETURN_NOT_OK(offset_.Reserve(rows));
    ARROW_RETURN_NOT_OK(partition_.Reserve(rows));
    ARROW_RETURN_NOT_OK(recommended_.reserve(recommended));
    return recs_.Reserve(rows);
  }

  arrow::Status append(const EnrichedPurchase& row, std::string_view model_version) {
    item_.append(row.purchase.item.value);
    user_.append(row.purchase.user.value);
    quantity_.UnsafeAppend(row.purchase.quantity);
    sales_value_.UnsafeAppend(row.purchase.sales_value);
    offset_.UnsafeAppend(row.offset);
    partition_.UnsafeAppend(row.partition);
    if (row.recommendations.empty() && row.source == RecommendationSource::kNone) {
      ARROW_RETURN_NOT_OK(recs_.AppendNull());
    } else {
      ARROW_RETURN_NOT_OK(recs_.Append());
      for (const auto item : row.recommendations) recommended_.append(item.value);
    }
    ARROW_RETURN_NOT_OK(row.precision_at_k ? precision_.Append(*row.precision_at_k)
                                           : precision_.AppendNull());
    ARROW_RETURN_NOT_OK(append_text(category_, row.features.category));
    ARROW_RETURN_NOT_OK(append_text(department_, row.features.department));
    ARROW_RETURN_NOT_OK(append_time(event_time_, row.event_time));
    ARROW_RETURN_NOT_OK(append_text(model_version_, model_version));
    ARROW_RETURN_NOT_OK(source_.Append(name(row.source)));
    if (schema_.has_basket) {
      ARROW_RETURN_NOT_OK(row.purchase.basket ? basket_.Append(*row.purchase.basket)
                                              : basket_.AppendNull());
    }
    if (schema_.has_time) ARROW_RETURN_NOT_OK(append_time(time_, row.purchase.time));
    bytes_ += kRowBytes + row.recommendations.size() * sizeof(std::int64_t) +
              row.features.category.size() + row.features.department.size() + model_version.size();
    return arrow::Status::OK();
  }

  arrow::Result<BatchPointer> finish() {
    std::vector<arrow::ArrayBuilder*> builders{item_.builder().get(),
                                               user_.builder().get(),
                                               &quantity_,
                                               &sales_value_,
                                               &offset_,
                                               &recs_,
                                               &precision_,
                                               &category_,
                                               &department_,
                                               &partition_,
                                               &event_time_,
                                               &model_version_,
                                               &source_};
    if (schema_.has_basket) builders.push_back(&basket_);
    if (schema_.has_time) builders.push_back(&time_);
    std::vector<std::shared_ptr<arrow::Array>> arrays;
    for (auto* builder : builders) {
      ARROW_ASSIGN_OR_RAISE(auto array, builder->Finish());
      arrays.push_back(std::move(array));
    }
    auto schema = arrow_schema(purchase_columns(schema_));
    if (!schema) return to_arrow(schema.error());
    return arrow::RecordBatch::Make(*schema, rows_, std::move(arrays));
  }

  const PurchaseSchema schema_;
  IdColumn item_;
  IdColumn user_;
  arrow::Int32Builder quantity_;
  arrow::FloatBuilder sales_value_;
  arrow::Int64Builder offset_;
  IdColumn recommended_;
  arrow::ListBuilder recs_;
  arrow::DoubleBuilder precision_;
  arrow::StringBuilder category_;
  arrow::StringBuilder department_;
  arrow::Int32Builder partition_;
  arrow::TimestampBuilder event_time_;
  arrow::StringBuilder model_version_;
  arrow::StringBuilder source_;
  arrow::Int64Builder basket_;
  arrow::TimestampBuilder time_;
  std::int64_t rows_ = 0;
  std::size_t bytes_ = 0;
};

PurchaseBuffer::PurchaseBuffer(const PurchaseSchema& schema)
    : columns_(std::make_unique<Columns>(schema)) {}
PurchaseBuffer::~PurchaseBuffer() = default;
PurchaseBuffer::PurchaseBuffer(PurchaseBuffer&&) noexcept = default;
PurchaseBuffer& PurchaseBuffer::operator=(PurchaseBuffer&&) noexcept = default;

Status PurchaseBuffer::append(std::span<const EnrichedPurchase> rows,
                              std::string_view model_version) {
  return columns_->append(rows, model_version);
}
std::int64_t PurchaseBuffer::rows() const { return columns_->rows(); }
std::size_t PurchaseBuffer::bytes() const { return columns_->bytes(); }
Result<BatchPointer> PurchaseBuffer::take() { return columns_->take(); }

Result<BatchPointer> to_batch(std::span<const RejectedEvent> rejects) {
  arrow::Int32Builder partition;
  arrow::Int64Builder offset;
  arrow::TimestampBuilder time(timestamp_type(), arrow::default_memory_pool());
  arrow::StringBuilder reason;
  arrow::BinaryBuilder bytes;
  const auto build = [&]() -> arrow::Result<BatchPointer> {
    for (const auto& reject : rejects) {
      ARROW_RETURN_NOT_OK(partition.Append(reject.partition));
      ARROW_RETURN_NOT_OK(offset.Append(reject.offset));
      ARROW_RETURN_NOT_OK(append_time(time, reject.event_time));
      ARROW_RETURN_NOT_OK(reason.Append(reject.reason));
      ARROW_RETURN_NOT_OK(bytes.Append(reject.bytes));
    }
    std::vector<std::shared_ptr<arrow::Array>> arrays;
    for (arrow::ArrayBuilder* builder :
         std::initializer_list<arrow::ArrayBuilder*>{&partition, &offset, &time, &reason, &bytes}) {
      ARROW_ASSIGN_OR_RAISE(auto array, builder->Finish());
      arrays.push_back(std::move(array));
    }
    auto schema = arrow_schema(rejected_columns());
    if (!schema) return to_arrow(schema.error());
    return arrow::RecordBatch::Make(*schema, static_cast<std::int64_t>(rejects.size()),
                                    std::move(arrays));
  };
  auto batch = build();
  if (!batch.ok()) return to_error(batch.status(), kAppending);
  return *std::move(batch);
}

}  // namespace punnet::delta
