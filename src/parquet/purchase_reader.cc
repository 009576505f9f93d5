#include "parquet/purchase_reader.h"

#include <arrow/memory_pool.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>

#include "parquet/arrow_files.h"
#include "parquet/data_files.h"
#include "parquet/parquet_batches.h"
#include "parquet/purchase_fields.h"
#include "parquet/purchase_metadata.h"
#include "parquet/read_rows.h"
#include "parquet/row_sink.h"
#include "parquet/wanted_columns.h"

namespace punnet {
namespace {

std::vector<PurchaseField> fields_of(const PurchaseColumns& names) {
  std::vector<PurchaseField> fields{PurchaseField::kUser, PurchaseField::kItem,
                                    PurchaseField::kQuantity, PurchaseField::kSalesValue};
  if (names.basket) fields.push_back(PurchaseField::kBasket);
  if (names.time) fields.push_back(PurchaseField::kTime);
  return fields;
}

/// In the order of fields_of.
std::vector<WantedColumn> columns_of(const PurchaseColumns& names) {
  std::vector<WantedColumn> columns{
      {.name = names.user, .option = "--user-column"},
      {.name = names.item, .option = "--item-column"},
      {.name = names.quantity, .option = "--quantity-column"},
      {.name = names.sales_value, .option = "--sales-value-column"},
  };
  if (names.basket) columns.push_back({.name = *names.basket, .option = "--basket-column"});
  if (names.time) columns.push_back({.name = *names.time, .option = "--time-column"});
  return columns;
}

class PurchaseRows final : public RowSink {
 public:
  explicit PurchaseRows(const PurchaseReadOptions& options)
      : columns_(fields_of(options.columns)),
        fields_(options.id_type),
        limit_bytes_(options.memory_limit_bytes) {}

  void expect_rows(std::size_t rows) override {
    const auto wanted = purchases_.size() + rows;
    if (wanted * sizeof(Purchase) <= limit_bytes_) purchases_.reserve(wanted);
  }

  Status add_rows(std::size_t rows) override {
    begin_ = purchases_.size();
    if ((begin_ + rows) * sizeof(Purchase) > limit_bytes_) {
      return Error{ErrorCode::kExhausted, "the purchases take more than the " +
                                              std::to_string(limit_bytes_ >> 20) +
                                              " MiB of memory allowed"};
    }
    purchases_.resize(begin_ + rows);
    return ok();
  }

  Problem set_null(std::size_t column, std::size_t row) override {
    return fields_.set_null(columns_[column], purchases_[begin_ + row]);
  }
  Problem set_integer(std::size_t column, std::size_t row, std::int64_t value) override {
    return fields_.set_integer(columns_[column], value, purchases_[begin_ + row]);
  }
  Problem set_real(std::size_t column, std::size_t row, double value) override {
    return fields_.set_real(columns_[column], value, purchases_[begin_ + row]);
  }
  Problem set_text(std::size_t column, std::size_t row, std::string_view value) override {
    return fields_.set_text(columns_[column], value, purchases_[begin_ + row]);
  }
  Problem set_time(std::size_t column, std::size_t row, std::int64_t micros) override {
    return fields_.set_time(columns_[column], micros, purchases_[begin_ + row]);
  }

  std::vector<Purchase> take() { return std::move(purchases_); }

 private:
  const std::vector<PurchaseField> columns_;
  const PurchaseFields fields_;
  const std::size_t limit_bytes_;
  std::vector<Purchase> purchases_;
  std::size_t begin_ = 0;
};

}  // namespace

PurchaseColumns own_columns(const PurchaseSchema& schema) {
  PurchaseColumns columns;
  if (schema.has_basket) columns.basket = "basket_id";
  if (schema.has_time) columns.time = "ts";
  return columns;
}

Result<std::vector<Purchase>> read_purchases(FileStore& files, std::string_view path,
                                             const PurchaseReadOptions& options,
                                             const CallContext& call) {
  PUNNET_TRY(const auto found, find_data_files(files, path, call));
  const auto pool = make_capped_pool(static_cast<std::int64_t>(options.memory_limit_bytes));
  const RowReadOptions row_options{.columns = columns_of(options.columns),
                                   .csv_header = options.csv_header};
  PurchaseRows rows(options);
  bool has_own_files = false;
  for (const auto& file : found.files) {
    PUNNET_TRY(const auto metadata, read_rows(files, file, row_options, rows, *pool, call));
    has_own_files |= metadata.contains(kIdTypeKey);
  }
  if (found.is_directory && has_own_files && !found.has_success_marker) {
    return Error{ErrorCode::kCorrupt, files.location(path) +
                                          " was not written to its end (it has no _SUCCESS); run "
                                          "the command that writes it again"};
  }
  return rows.take();
}

Result<PurchaseSchema> read_purchase_schema(FileStore& files, std::string_view path,
                                            const CallContext& call) {
  constexpr std::int64_t kFooterLimitBytes = std::int64_t{256} << 20;
  PUNNET_TRY(const auto found, find_data_files(files, path, call));
  const auto& first = found.files.front();
  if (first.format != FileFormat::kParquet) {
    return Error{ErrorCode::kInvalid,
                 files.location(first.path) + " is not Parquet and does not tell how wide ids are"};
  }
  const auto pool = make_capped_pool(kFooterLimitBytes);
  PUNNET_TRY(const auto batches, open_parquet_batches(files, first.path, *pool, call));
  const auto& recorded = batches->metadata();
  const auto is = [&](const char* key, std::string_view value) {
    const auto at = recorded.find(key);
    return at != recorded.end() && at->second == value;
  };
  if (recorded.contains(kIdTypeKey)) {
    return PurchaseSchema{.id_type = is(kIdTypeKey, "int64") ? IdType::kInt64 : IdType::kInt32,
                          .has_basket = is(kHasBasketKey, "true"),
                          .has_time = is(kHasTimeKey, "true")};
  }
  const auto& there = batches->columns();
  const auto has = [&](const char* name) {
    return std::find(there.begin(), there.end(), name) != there.end();
  };
  const bool wide = batches->is_int64("user_id") || batches->is_int64("item_id");
  return PurchaseSchema{.id_type = wide ? IdType::kInt64 : IdType::kInt32,
                        .has_basket = has("basket_id"),
                        .has_time = has("ts")};
}

}  // namespace punnet
