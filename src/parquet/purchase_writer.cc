#include "parquet/purchase_writer.h"

#include <arrow/array/builder_primitive.h>
#include <arrow/array/builder_time.h>
#include <arrow/io/interfaces.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>
#include <parquet/arrow/writer.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <utility>
#include <vector>

#include "base/java_number.h"
#include "base/rfc3339.h"
#include "parquet/arrow_files.h"
#include "parquet/purchase_metadata.h"

namespace punnet {
namespace {

using Columns = std::vector<std::shared_ptr<arrow::Array>>;

std::shared_ptr<arrow::Schema> arrow_schema(const PurchaseSchema& schema) {
  const auto id = schema.id_type == IdType::kInt64 ? arrow::int64() : arrow::int32();
  arrow::FieldVector fields{arrow::field("user_id", id), arrow::field("item_id", id),
                            arrow::field("quantity", arrow::int32()),
                            arrow::field("sales_value", arrow::float32())};
  if (schema.has_basket) fields.push_back(arrow::field("basket_id", arrow::int64()));
  if (schema.has_time) {
    fields.push_back(arrow::field("ts", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")));
  }
  return arrow::schema(std::move(fields));
}

template <typename Builder, typename ValueOf>
arrow::Result<std::shared_ptr<arrow::Array>> column(Builder builder,
                                                    std::span<const Purchase> purchases,
                                                    ValueOf value_of) {
  ARROW_RETURN_NOT_OK(builder.Reserve(static_cast<std::int64_t>(purchases.size())));
  for (const auto& purchase : purchases) builder.UnsafeAppend(value_of(purchase));
  return builder.Finish();
}

template <typename Builder, typename ValueOf>
arrow::Result<std::shared_ptr<arrow::Array>> optional_column(Builder builder,
                                                             std::span<const Purchase> purchases,
                                                             ValueOf value_of) {
  ARROW_RETURN_NOT_OK(builder.Reserve(static_cast<std::int64_t>(purchases.size())));
  for (const auto& purchase : purchases) {
    if (const std::optional<std::int64_t> value = value_of(purchase)) {
      builder.UnsafeAppend(*value);
    } else {
      builder.UnsafeAppendNull();
    }
  }
  return builder.Finish();
}

template <typename ValueOf>
arrow::Result<std::shared_ptr<arrow::Array>> id_column(IdType type,
                                                       std::span<const Purchase> purchases,
                                                       ValueOf value_of) {
  if (type == IdType::kInt64) return column(arrow::Int64Builder(), purchases, value_of);
  return column(arrow::Int32Builder(), purchases, [&](const Purchase& purchase) {
    return static_cast<std::int32_t>(value_of(purchase));
  });
}

arrow::Result<std::shared_ptr<arrow::RecordBatch>> to_batch(
    std::span<const Purchase> purchases, const PurchaseSchema& schema,
    const std::shared_ptr<arrow::Schema>& types) {
  Columns columns(4);
  ARROW_ASSIGN_OR_RAISE(columns[0], id_column(schema.id_type, purchases,
                                              [](const Purchase& p) { return p.user.value; }));
  ARROW_ASSIGN_OR_RAISE(columns[1], id_column(schema.id_type, purchases,
                                              [](const Purchase& p) { return p.item.value; }));
  ARROW_ASSIGN_OR_RAISE(columns[2], column(arrow::Int32Builder(), purchases,
                                           [](const Purchase& p) { return p.quantity; }));
  ARROW_ASSIGN_OR_RAISE(columns[3], column(arrow::FloatBuilder(), purchases,
                                           [](const Purchase& p) { return p.sales_value; }));
  if (schema.has_basket) {
    columns.emplace_back();
    ARROW_ASSIGN_OR_RAISE(columns.back(),
                          optional_column(arrow::Int64Builder(), purchases,
                                          [](const Purchase& p) { return p.basket; }));
  }
  if (schema.has_time) {
    const auto micros = [](const Purchase& p) -> std::optional<std::int64_t> {
      if (!p.time) return std::nullopt;
      return p.time->time_since_epoch().count();
    };
    columns.emplace_back();
    ARROW_ASSIGN_OR_RAISE(
        columns.back(), optional_column(arrow::TimestampBuilder(types->GetFieldByName("ts")->type(),
                                                                arrow::default_memory_pool()),
                                        purchases, micros));
  }
  return arrow::RecordBatch::Make(types, static_cast<std::int64_t>(purchases.size()),
                                  std::move(columns));
}

std::shared_ptr<arrow::KeyValueMetadata> key_values(
    const PurchaseSchema& schema, const std::map<std::string, std::string>& further) {
  auto metadata = std::make_shared<arrow::KeyValueMetadata>();
  metadata->Append(kIdTypeKey, schema.id_type == IdType::kInt64 ? "int64" : "int32");
  metadata->Append(kHasBasketKey, schema.has_basket ? "true" : "false");
  metadata->Append(kHasTimeKey, schema.has_time ? "true" : "false");
  for (const auto& [key, value] : further) metadata->Append(key, value);
  return metadata;
}

arrow::Status write_file(WritableFile& file, std::span<const Purchase> purchases,
                         const PurchaseSchema& schema, const PurchaseParquetOptions& options,
                         const CallContext& call) {
  const auto types = arrow_schema(schema);
  const auto group_rows = static_cast<std::size_t>(options.rows_per_group);
  const auto properties = parquet::WriterProperties::Builder()
                              .compression(arrow::Compression::SNAPPY)
                              ->max_row_group_length(options.rows_per_group)
                              ->created_by("punnet")
                              ->build();
  ARROW_ASSIGN_OR_RAISE(const auto writer, parquet::arrow::FileWriter::Open(
                                               *types, arrow::default_memory_pool(),
                                               make_arrow_output(file, call), properties));
  for (std::size_t begin = 0; begin < purchases.size(); begin += group_rows) {
    const auto group = purchases.subspan(begin, std::min(group_rows, purchases.size() - begin));
    ARROW_ASSIGN_OR_RAISE(const auto batch, to_batch(group, schema, types));
    ARROW_RETURN_NOT_OK(writer->NewBufferedRowGroup());
    ARROW_RETURN_NOT_OK(writer->WriteRecordBatch(*batch));
  }
  ARROW_RETURN_NOT_OK(writer->AddKeyValueMetadata(key_values(schema, options.metadata)));
  return writer->Close();
}

Status check_ids(std::span<const Purchase> purchases, const PurchaseSchema& schema) {
  for (const auto& purchase : purchases) {
    for (const auto id : {purchase.user.value, purchase.item.value}) {
      if (fits(id, schema.id_type)) continue;
      return Error{ErrorCode::kInvalid, "id " + std::to_string(id) +
                                            " does not fit into 32 bits; set id_type = \"int64\""};
    }
  }
  return ok();
}

void append_integer(std::string& out, std::int64_t value) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out.append(digits, end);
}

std::string csv_header(const PurchaseSchema& schema) {
  std::string header = "user_id,item_id,quantity,sales_value";
  if (schema.has_basket) header += ",basket_id";
  if (schema.has_time) header += ",ts";
  return header + "\n";
}

}  // namespace

Result<PartDirectory> stage_purchases_parquet(FileStore& files, std::string_view directory,
                                              std::span<const Purchase> purchases,
                                              const PurchaseSchema& schema,
                                              const PurchaseParquetOptions& options,
                                              const CallContext& call) {
  PUNNET_CHECK(check_ids(purchases, schema));
  PUNNET_TRY(auto parts, PartDirectory::begin(files, directory, options.existing, call));
  const auto file_rows = static_cast<std::size_t>(options.rows_per_file);
  do {
    const auto rows = purchases.first(std::min(file_rows, purchases.size()));
    PUNNET_TRY(auto* const file, parts.create_part(".parquet", call));
    const auto status = write_file(*file, rows, schema, options, call);
    if (!status.ok()) return to_error(status, "writing " + files.location(directory));
    purchases = purchases.subspan(rows.size());
  } while (!purchases.empty());
  return parts;
}

Result<PartDirectory> stage_purchases_csv(FileStore& files, std::string_view directory,
                                          std::span<const Purchase> purchases,
                                          const PurchaseSchema& schema,
                                          const PurchaseCsvOptions& options,
                                          const CallContext& call) {
  constexpr std::size_t kWriteBytes = std::size_t{1} << 20;
  PUNNET_CHECK(check_ids(purchases, schema));
  PUNNET_TRY(auto parts, PartDirectory::begin(files, directory, options.existing, call));
  const auto file_rows = static_cast<std::size_t>(options.rows_per_file);
  do {
    const auto rows = purchases.first(std::min(file_rows, purchases.size()));
    PUNNET_TRY(auto* const file, parts.create_part(".csv", call));
    std::string text = options.header ? csv_header(schema) : "";
    for (const auto& purchase : rows) {
      append_csv_line(text, purchase, schema);
      if (text.size() < kWriteBytes) continue;
      PUNNET_CHECK(file->write(text, call));
      text.clear();
    }
    PUNNET_CHECK(file->write(text, call));
    purchases = purchases.subspan(rows.size());
  } while (!purchases.empty());
  return parts;
}

Status write_purchases_parquet(FileStore& files, std::string_view directory,
                               std::span<const Purchase> purchases, const PurchaseSchema& schema,
                               const PurchaseParquetOptions& options, const CallContext& call) {
  PUNNET_TRY(auto parts,
             stage_purchases_parquet(files, directory, purchases, schema, options, call));
  return parts.finish(call);
}

Status write_purchases_csv(FileStore& files, std::string_view directory,
                           std::span<const Purchase> purchases, const PurchaseSchema& schema,
                           const PurchaseCsvOptions& options, const CallContext& call) {
  PUNNET_TRY(auto parts, stage_purchases_csv(files, directory, purchases, schema, options, call));
  return parts.finish(call);
}

void append_csv_line(std::string& out, const Purchase& purchase, const PurchaseSchema& schema) {
  append_integer(out, purchase.user.value);
  out += ',';
  append_integer(out, purchase.item.value);
  out += ',';
  append_integer(out, purchase.quantity);
  out += ',';
  append_java_float(out, purchase.sales_value);
  if (schema.has_basket) {
    out += ',';
    if (purchase.basket) append_integer(out, *purchase.basket);
  }
  if (schema.has_time) {
    out += ',';
    if (purchase.time) out += format_rfc3339(*purchase.time);
  }
  out += '\n';
}

}  // namespace punnet
