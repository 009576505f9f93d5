#include "parquet/purchase_reader.h"

#include <arrow/memory_pool.h>
#include <arrow/record_batch.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "parquet/array_values.h"
#include "parquet/arrow_files.h"
#include "parquet/csv_rows.h"
#include "parquet/data_files.h"
#include "parquet/parquet_batches.h"
#include "parquet/purchase_fields.h"
#include "parquet/purchase_metadata.h"
#include "parquet/wanted_columns.h"

namespace punnet {
namespace {

struct FieldColumn {
  PurchaseField field;
  WantedColumn column;
};

std::vector<FieldColumn> field_columns(const PurchaseColumns& names) {
  std::vector<FieldColumn> columns{
      {PurchaseField::kUser, {names.user, "--user-column"}},
      {PurchaseField::kItem, {names.item, "--item-column"}},
      {PurchaseField::kQuantity, {names.quantity, "--quantity-column"}},
      {PurchaseField::kSalesValue, {names.sales_value, "--sales-value-column"}},
  };
  if (names.basket) columns.push_back({PurchaseField::kBasket, {*names.basket, "--basket-column"}});
  if (names.time) columns.push_back({PurchaseField::kTime, {*names.time, "--time-column"}});
  return columns;
}

/// A column of the file that is being read, and the field it fills.
struct Source {
  PurchaseField field;
  std::size_t column;
  std::string name;
};

/// Reads file after file into one vector.
class Reading {
 public:
  Reading(FileStore& files, const PurchaseReadOptions& options, CallContext call)
      : files_(files),
        options_(options),
        columns_(field_columns(options.columns)),
        fields_(options.id_type),
        call_(std::move(call)),
        pool_(make_capped_pool(static_cast<std::int64_t>(options.memory_limit_bytes))) {}

  Status read(const DataFile& file) {
    return file.format == FileFormat::kParquet ? read_parquet(file) : read_csv(file);
  }

  std::vector<Purchase> take() { return std::move(purchases_); }
  bool saw_own_files() const { return saw_own_files_; }

 private:
  Status read_csv(const DataFile& file) {
    const auto location = files_.location(file.path);
    PUNNET_TRY(const auto rows, open_csv_rows(files_, file, options_.csv_header, call_));
    PUNNET_TRY(const auto sources, options_.csv_header ? named_sources(rows->columns(), location)
                                                       : fixed_sources(rows->columns(), location));
    while (true) {
      PUNNET_TRY(const bool more, rows->next());
      if (!more) return ok();
      PUNNET_TRY(const auto out, grow(rows->rows(), location));
      for (const auto& source : sources) {
        PUNNET_CHECK(
            rows->for_each(source.column, [&](std::size_t row, std::string_view text) -> Status {
              auto problem = fields_.set_text(source.field, text, out[row]);
              if (problem.empty()) return ok();
              return bad_value(location, rows->rows_before() + static_cast<std::int64_t>(row),
                               source, problem);
            }));
      }
    }
  }

  Status read_parquet(const DataFile& file) {
    const auto location = files_.location(file.path);
    PUNNET_TRY(const auto batches, open_parquet_batches(files_, file.path, *pool_, call_));
    saw_own_files_ |= batches->metadata().contains(kIdTypeKey);
    PUNNET_TRY(const auto sources, named_sources(batches->columns(), location));

    std::vector<std::size_t> chosen;
    for (const auto& source : sources) chosen.push_back(source.column);
    PUNNET_CHECK(batches->select(chosen));
    reserve(batches->rows(), file.size_bytes);

    std::int64_t rows_before = 0;
    while (true) {
      PUNNET_TRY(const auto batch, batches->next());
      if (!batch) return ok();
      PUNNET_TRY(const auto out, grow(static_cast<std::size_t>(batch->num_rows()), location));
      for (std::size_t i = 0; i < sources.size(); ++i) {
        PUNNET_CHECK(set_column(*batch->column(static_cast<int>(i)), sources[i], location,
                                rows_before, out));
      }
      rows_before += batch->num_rows();
    }
  }

  Status set_column(const arrow::Array& array, const Source& source, const std::string& location,
                    std::int64_t rows_before, Purchase* out) const {
    const auto field = source.field;
    const ValueVisitor visitor{
        .null = [&](std::int64_t row) { return fields_.set_null(field, out[row]); },
        .integer = [&](std::int64_t row,
                       std::int64_t value) { return fields_.set_integer(field, value, out[row]); },
        .real = [&](std::int64_t row,
                    double value) { return fields_.set_real(field, value, out[row]); },
        .text = [&](std::int64_t row,
                    std::string_view value) { return fields_.set_text(field, value, out[row]); },
        .time = [&](std::int64_t row,
                    std::int64_t value) { return fields_.set_time(field, value, out[row]); },
    };
    const auto end = visit_values(array, visitor);
    if (!end) {
      return Error{end.error().code,
                   location + ": column \"" + source.name + "\" " + end.error().message};
    }
    if (end->problem.empty()) return ok();
    return bad_value(location, rows_before + end->row, source, end->problem);
  }

  Result<std::vector<Source>> named_sources(const std::vector<std::string>& there,
                                            const std::string& location) const {
    std::vector<WantedColumn> wanted;
    for (const auto& [field, column] : columns_) wanted.push_back(column);
    PUNNET_TRY(const auto places, locate_columns(wanted, there, location));
    std::vector<Source> sources;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      sources.push_back({columns_[i].field, *places[i], columns_[i].column.name});
    }
    return sources;
  }

  Result<std::vector<Source>> fixed_sources(const std::vector<std::string>& there,
                                            const std::string& location) const {
    std::vector<Source> sources;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      sources.push_back({columns_[i].field, i, columns_[i].column.name});
    }
    if (!there.empty() && there.size() != sources.size()) {
      return Error{ErrorCode::kInvalid, location + ": rows have " + std::to_string(there.size()) +
                                            " columns where " + std::to_string(sources.size()) +
                                            " are expected without a header"};
    }
    return sources;
  }

  static Error bad_value(const std::string& location, std::int64_t row, const Source& source,
                         const Problem& problem) {
    return Error{ErrorCode::kInvalid, location + ": row " + std::to_string(row + 1) + ", column " +
                                          std::to_string(source.column + 1) + " (" + source.name +
                                          "): " + problem};
  }

  void reserve(std::int64_t claimed_rows, std::int64_t file_bytes) {
    // The footer of a stranger may claim anything; a row that takes less than a bit is a lie.
    const auto believed = std::clamp<std::int64_t>(claimed_rows, 0, file_bytes * 8);
    const auto wanted = purchases_.size() + static_cast<std::size_t>(believed);
    if (wanted * sizeof(Purchase) <= options_.memory_limit_bytes) purchases_.reserve(wanted);
  }

  Result<Purchase*> grow(std::size_t rows, const std::string& location) {
    const auto before = purchases_.size();
    if ((before + rows) * sizeof(Purchase) > options_.memory_limit_bytes) {
      return Error{ErrorCode::kExhausted, location + ": its rows take more than the " +
                                              std::to_string(options_.memory_limit_bytes >> 20) +
                                              " MiB allowed"};
    }
    purchases_.resize(before + rows);
    return purchases_.data() + before;
  }

  FileStore& files_;
  const PurchaseReadOptions options_;
  const std::vector<FieldColumn> columns_;
  const PurchaseFields fields_;
  const CallContext call_;
  const std::unique_ptr<arrow::MemoryPool> pool_;
  std::vector<Purchase> purchases_;
  bool saw_own_files_ = false;
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
  Reading reading(files, options, call);
  for (const auto& file : found.files) PUNNET_CHECK(reading.read(file));
  if (found.is_directory && reading.saw_own_files() && !found.has_success_marker) {
    return Error{ErrorCode::kCorrupt, files.location(path) +
                                          " was not written to its end (it has no _SUCCESS); run "
                                          "the command that writes it again"};
  }
  return reading.take();
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
