#include "parquet/typed_table_reader.h"

#include <arrow/memory_pool.h>
#include <arrow/type.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <memory>
#include <utility>

#include "parquet/arrow_files.h"
#include "parquet/csv_rows.h"
#include "parquet/parquet_batches.h"
#include "parquet/read_rows.h"
#include "parquet/row_sink.h"
#include "parquet/typed_fields.h"
#include "parquet/wanted_columns.h"

namespace punnet {
namespace {

/// Column of the table that a column of the file goes to; absent for one that is not kept.
using Places = std::vector<std::optional<std::size_t>>;

class TypedRows final : public RowSink {
 public:
  TypedRows(TypedTable& table, Places places, std::size_t& bytes_left)
      : table_(table), places_(std::move(places)), bytes_left_(bytes_left) {}

  void expect_rows(std::size_t /*rows*/) override {}

  Status add_rows(std::size_t rows) override {
    constexpr std::size_t kValueBytes = 8;
    begin_ = table_.rows;
    PUNNET_CHECK(take_bytes(rows * table_.columns.size() * kValueBytes));
    table_.rows += rows;
    for (auto& column : table_.columns) {
      std::visit([&](auto& values) { values.resize(table_.rows); }, column.values);
      column.nulls.resize(table_.rows, true);
    }
    return ok();
  }

  Problem set_null(std::size_t /*column*/, std::size_t /*row*/) override { return {}; }
  Problem set_integer(std::size_t column, std::size_t row, std::int64_t value) override {
    return places_[column] ? field(column, row).set_integer(value) : Problem();
  }
  Problem set_real(std::size_t column, std::size_t row, double value) override {
    return places_[column] ? field(column, row).set_real(value) : Problem();
  }
  Problem set_text(std::size_t column, std::size_t row, std::string_view value) override {
    if (!places_[column]) return {};
    if (!take_bytes(text_bytes(column, value))) return "the texts take too much memory";
    return field(column, row).set_text(value);
  }
  Problem set_time(std::size_t column, std::size_t row, std::int64_t micros) override {
    return places_[column] ? field(column, row).set_time(micros) : Problem();
  }

 private:
  TypedField field(std::size_t column, std::size_t row) {
    const auto place = *places_[column];
    return {table_.schema[place].type, table_.columns[place], begin_ + row};
  }

  std::size_t text_bytes(std::size_t column, std::string_view value) const {
    const bool kept = table_.schema[*places_[column]].type == ColumnType::kString;
    return kept ? sizeof(std::string) + value.size() : 0;
  }

  Status take_bytes(std::size_t bytes) {
    if (bytes > bytes_left_) {
      return Error{ErrorCode::kExhausted, "the rows take more memory than is allowed"};
    }
    bytes_left_ -= bytes;
    return ok();
  }

  TypedTable& table_;
  const Places places_;
  std::size_t& bytes_left_;
  std::size_t begin_ = 0;
};

std::optional<ColumnType> column_type(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::BOOL:
      return ColumnType::kBoolean;
    case arrow::Type::INT8:
      return ColumnType::kByte;
    case arrow::Type::INT16:
    case arrow::Type::UINT8:
      return ColumnType::kShort;
    case arrow::Type::INT32:
    case arrow::Type::UINT16:
      return ColumnType::kInteger;
    case arrow::Type::INT64:
    case arrow::Type::UINT32:
      return ColumnType::kLong;
    case arrow::Type::FLOAT:
      return ColumnType::kFloat;
    case arrow::Type::DOUBLE:
      return ColumnType::kDouble;
    case arrow::Type::STRING:
    case arrow::Type::LARGE_STRING:
    case arrow::Type::STRING_VIEW:
      return ColumnType::kString;
    case arrow::Type::DATE32:
      return ColumnType::kDate;
    case arrow::Type::TIMESTAMP:
      return static_cast<const arrow::TimestampType&>(type).timezone().empty()
                 ? ColumnType::kTimestampNtz
                 : ColumnType::kTimestamp;
    case arrow::Type::DICTIONARY:
      return column_type(*static_cast<const arrow::DictionaryType&>(type).value_type());
    default:
      return std::nullopt;
  }
}

bool is_kept(const std::string& name, const TypedReadOptions& options) {
  const auto& columns = options.columns;
  return columns.empty() || std::find(columns.begin(), columns.end(), name) != columns.end();
}

TableColumns kept_columns(const TableColumns& schema, const TypedReadOptions& options) {
  TableColumns kept;
  for (const auto& column : schema) {
    if (is_kept(column.name, options)) kept.push_back(column);
  }
  return kept;
}

/// The kept columns of a Parquet file, in its own types.
Result<TableColumns> own_schema(FileStore& files, const DataFile& file,
                                const TypedReadOptions& options, arrow::MemoryPool& pool,
                                const CallContext& call) {
  PUNNET_TRY(const auto batches, open_parquet_batches(files, file.path, pool, call));
  PUNNET_TRY(const auto schema, batches->schema());
  TableColumns columns;
  for (const auto& field : schema->fields()) {
    if (!is_kept(field->name(), options)) continue;
    const auto type = column_type(*field->type());
    if (!type) {
      return Error{ErrorCode::kInvalid, files.location(file.path) + ": column \"" + field->name() +
                                            "\" is of type " + field->type()->ToString() +
                                            ", which is not read; leave it out with --schema"};
    }
    columns.push_back({field->name(), *type});
  }
  return columns;
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

/// Whether the first line of a CSV file is a header: it begins with the names of the schema.
/// kInvalid for one of other names.
Result<bool> has_header(FileStore& files, const DataFile& file, const TableColumns& schema,
                        const CallContext& call) {
  PUNNET_TRY(const auto rows, open_csv_rows(files, file, /*header=*/true, call));
  std::vector<std::string> names;
  for (const auto& column : schema) names.push_back(column.name);
  const auto& first = rows->columns();
  if (std::equal(names.begin(), names.end(), first.begin(),
                 first.begin() + std::min(std::ssize(names), std::ssize(first)))) {
    return true;
  }
  const bool shares_a_name = std::any_of(first.begin(), first.end(), [&](const auto& text) {
    return std::find(names.begin(), names.end(), text) != names.end();
  });
  if (!shares_a_name) return false;
  return Error{ErrorCode::kInvalid, files.location(file.path) + " has the columns " +
                                        listed(first) + " where --schema has " + listed(names)};
}

Status read_csv(FileStore& files, const DataFile& file, const TypedReadOptions& options,
                std::size_t& bytes_left, arrow::MemoryPool& pool, TypedFile& into,
                const CallContext& call) {
  if (!options.schema) {
    return Error{ErrorCode::kInvalid, into.location +
                                          " is CSV, which does not tell its types; give them by "
                                          "--schema, such as 'user_id int, item_id int'"};
  }
  into.table = make_empty_table(kept_columns(*options.schema, options));
  if (file.size_bytes == 0) return ok();
  PUNNET_TRY(into.csv_header, has_header(files, file, *options.schema, call));
  RowReadOptions rows{.columns = {}, .csv_header = into.csv_header};
  Places places;
  std::size_t kept = 0;
  for (const auto& column : *options.schema) {
    rows.columns.push_back({.name = column.name, .option = "--schema"});
    places.push_back(is_kept(column.name, options) ? std::optional(kept++) : std::nullopt);
  }
  TypedRows sink(into.table, std::move(places), bytes_left);
  const auto read = read_rows(files, file, rows, sink, pool, call);
  return read ? ok() : Status(read.error());
}

Status read_parquet(FileStore& files, const DataFile& file, const TypedReadOptions& options,
                    std::size_t& bytes_left, arrow::MemoryPool& pool, TypedFile& into,
                    const CallContext& call) {
  TableColumns schema;
  if (options.schema) {
    schema = kept_columns(*options.schema, options);
  } else {
    PUNNET_TRY(schema, own_schema(files, file, options, pool, call));
  }
  RowReadOptions rows;
  Places places;
  for (const auto& column : schema) {
    rows.columns.push_back({.name = column.name, .option = "--schema"});
    places.emplace_back(places.size());
  }
  into.table = make_empty_table(std::move(schema));
  TypedRows sink(into.table, std::move(places), bytes_left);
  const auto read = read_rows(files, file, rows, sink, pool, call);
  return read ? ok() : Status(read.error());
}

}  // namespace

Result<std::vector<TypedFile>> read_typed_files(FileStore& files, std::string_view path,
                                                const TypedReadOptions& options,
                                                const CallContext& call) {
  PUNNET_TRY(const auto found, find_data_files(files, path, call));
  const auto pool = make_capped_pool(static_cast<std::int64_t>(options.memory_limit_bytes));
  auto bytes_left = options.memory_limit_bytes;
  std::vector<TypedFile> read;
  for (const auto& file : found.files) {
    auto& into = read.emplace_back();
    into.location = files.location(file.path);
    into.format = file.format;
    const auto read_file = file.format == FileFormat::kParquet ? read_parquet : read_csv;
    PUNNET_CHECK(read_file(files, file, options, bytes_left, *pool, into, call));
  }
  return read;
}

}  // namespace punnet
