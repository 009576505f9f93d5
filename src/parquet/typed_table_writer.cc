#include "parquet/typed_table_writer.h"

#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/array/builder_time.h>
#include <arrow/io/interfaces.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <parquet/arrow/writer.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "parquet/arrow_files.h"
#include "parquet/csv_table.h"
#include "parquet/typed_fields.h"

namespace punnet {
namespace {

constexpr std::size_t kGroupRows = 1'000'000;
constexpr std::size_t kCsvBufferBytes = std::size_t{1} << 20;

std::shared_ptr<arrow::DataType> arrow_type(ColumnType type) {
  switch (type) {
    case ColumnType::kBoolean:
      return arrow::boolean();
    case ColumnType::kByte:
      return arrow::int8();
    case ColumnType::kShort:
      return arrow::int16();
    case ColumnType::kInteger:
      return arrow::int32();
    case ColumnType::kLong:
      return arrow::int64();
    case ColumnType::kFloat:
      return arrow::float32();
    case ColumnType::kDouble:
      return arrow::float64();
    case ColumnType::kString:
      return arrow::utf8();
    case ColumnType::kDate:
      return arrow::date32();
    case ColumnType::kTimestamp:
      return arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
    case ColumnType::kTimestampNtz:
      break;
  }
  return arrow::timestamp(arrow::TimeUnit::MICRO);
}

using Rows = std::span<const std::size_t>;
using ArrowArray = arrow::Result<std::shared_ptr<arrow::Array>>;

template <typename Builder, typename Value>
ArrowArray gather(Builder builder, const TypedColumn& column, const std::vector<Value>& values,
                  Rows rows) {
  ARROW_RETURN_NOT_OK(builder.Reserve(static_cast<std::int64_t>(rows.size())));
  for (const auto row : rows) {
    if (column.nulls[row]) {
      ARROW_RETURN_NOT_OK(builder.AppendNull());
    } else if constexpr (std::is_same_v<Value, std::string>) {
      ARROW_RETURN_NOT_OK(builder.Append(values[row]));
    } else {
      using Stored = typename Builder::value_type;
      ARROW_RETURN_NOT_OK(builder.Append(static_cast<Stored>(values[row])));
    }
  }
  return builder.Finish();
}

ArrowArray to_array(ColumnType type, const TypedColumn& column, Rows rows) {
  const auto* whole = std::get_if<std::vector<std::int64_t>>(&column.values);
  const auto* real = std::get_if<std::vector<double>>(&column.values);
  switch (type) {
    case ColumnType::kBoolean:
      return gather(arrow::BooleanBuilder(), column, *whole, rows);
    case ColumnType::kByte:
      return gather(arrow::Int8Builder(), column, *whole, rows);
    case ColumnType::kShort:
      return gather(arrow::Int16Builder(), column, *whole, rows);
    case ColumnType::kInteger:
      return gather(arrow::Int32Builder(), column, *whole, rows);
    case ColumnType::kLong:
      return gather(arrow::Int64Builder(), column, *whole, rows);
    case ColumnType::kFloat:
      return gather(arrow::FloatBuilder(), column, *real, rows);
    case ColumnType::kDouble:
      return gather(arrow::DoubleBuilder(), column, *real, rows);
    case ColumnType::kString:
      return gather(arrow::StringBuilder(), column,
                    std::get<std::vector<std::string>>(column.values), rows);
    case ColumnType::kDate:
      return gather(arrow::Date32Builder(), column, *whole, rows);
    case ColumnType::kTimestamp:
    case ColumnType::kTimestampNtz:
      break;
  }
  return gather(arrow::TimestampBuilder(arrow_type(type), arrow::default_memory_pool()), column,
                *whole, rows);
}

arrow::Status write_parquet(WritableFile& file, const TypedSelection& part,
                            const CallContext& call) {
  const auto& table = *part.table;
  arrow::FieldVector fields;
  for (const auto& column : table.schema) {
    fields.push_back(arrow::field(column.name, arrow_type(column.type)));
  }
  const auto schema = arrow::schema(std::move(fields));
  const auto properties = parquet::WriterProperties::Builder()
                              .compression(arrow::Compression::SNAPPY)
                              ->created_by("punnet")
                              ->build();
  ARROW_ASSIGN_OR_RAISE(const auto writer, parquet::arrow::FileWriter::Open(
                                               *schema, arrow::default_memory_pool(),
                                               make_arrow_output(file, call), properties));
  const Rows all(part.rows);
  for (std::size_t begin = 0; begin < all.size(); begin += kGroupRows) {
    const auto rows = all.subspan(begin, std::min(kGroupRows, all.size() - begin));
    arrow::ArrayVector arrays;
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      ARROW_ASSIGN_OR_RAISE(auto array, to_array(table.schema[i].type, table.columns[i], rows));
      arrays.push_back(std::move(array));
    }
    ARROW_RETURN_NOT_OK(writer->NewBufferedRowGroup());
    ARROW_RETURN_NOT_OK(writer->WriteRecordBatch(*arrow::RecordBatch::Make(
        schema, static_cast<std::int64_t>(rows.size()), std::move(arrays))));
  }
  return writer->Close();
}

Status write_csv(WritableFile& file, const TypedSelection& part, bool header,
                 const CallContext& call) {
  const auto& table = *part.table;
  const bool alone = table.schema.size() == 1;
  std::string lines;
  for (std::size_t i = 0; header && i < table.schema.size(); ++i) {
    if (i > 0) lines += ',';
    append_csv_field(lines, table.schema[i].name, alone);
  }
  if (header) lines += '\n';
  std::string text;
  for (const auto row : part.rows) {
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      if (i > 0) lines += ',';
      text.clear();
      append_text(text, table.schema[i].type, table.columns[i], row);
      append_csv_field(lines, text, alone);
    }
    lines += '\n';
    if (lines.size() < kCsvBufferBytes) continue;
    PUNNET_CHECK(file.write(lines, call));
    lines.clear();
  }
  return file.write(lines, call);
}

}  // namespace

Result<PartDirectory> stage_typed_parts(FileStore& files, std::string_view directory,
                                        std::span<const TypedSelection> parts,
                                        const TypedWriteOptions& options, const CallContext& call) {
  PUNNET_TRY(auto staged, PartDirectory::begin(files, directory, ExistingFiles::kRefuse, call));
  for (const auto& part : parts) {
    PUNNET_TRY(auto* const file, staged.create_part(options.parquet ? ".parquet" : ".csv", call));
    if (!options.parquet) {
      PUNNET_CHECK(write_csv(*file, part, options.csv_header, call));
      continue;
    }
    const auto status = write_parquet(*file, part, call);
    if (!status.ok()) return to_error(status, "writing " + files.location(directory));
  }
  return staged;
}

}  // namespace punnet
