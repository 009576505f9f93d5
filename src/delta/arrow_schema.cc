#include "delta/arrow_schema.h"

#include <arrow/api.h>
#include <arrow/compute/cast.h>

#include <string>
#include <utility>

#include "parquet/arrow_files.h"

namespace punnet::delta {
namespace {

std::shared_ptr<arrow::DataType> arrow_type(std::string_view type) {
  if (type == "integer") return arrow::int32();
  if (type == "long") return arrow::int64();
  if (type == "float") return arrow::float32();
  if (type == "double") return arrow::float64();
  if (type == "string") return arrow::utf8();
  if (type == "binary") return arrow::binary();
  if (type == "timestamp") return arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
  if (type == "array<integer>") return arrow::list(arrow::field("element", arrow::int32()));
  if (type == "array<long>") return arrow::list(arrow::field("element", arrow::int64()));
  return nullptr;
}

}  // namespace

Result<std::shared_ptr<arrow::Schema>> arrow_schema(const TableSchema& columns) {
  arrow::FieldVector fields;
  for (const auto& column : columns) {
    auto type = arrow_type(column.type);
    if (!type) {
      return Error{ErrorCode::kInvalid, "column " + column.name + " has the type " + column.type +
                                            ", which punnet's tables do not use"};
    }
    fields.push_back(arrow::field(column.name, std::move(type)));
  }
  return arrow::schema(std::move(fields));
}

Result<std::shared_ptr<arrow::RecordBatch>> conform(
    const std::shared_ptr<arrow::RecordBatch>& batch, const std::shared_ptr<arrow::Schema>& schema,
    std::string_view where) {
  std::vector<std::shared_ptr<arrow::Array>> columns;
  for (const auto& field : schema->fields()) {
    auto column = batch->GetColumnByName(field->name());
    if (!column) {
      return Error{ErrorCode::kCorrupt,
                   std::string(where) + " has no column " + field->name() + ", or has it twice"};
    }
    if (!column->type()->Equals(field->type())) {
      auto cast = arrow::compute::Cast(*column, field->type());
      if (!cast.ok()) {
        return to_error(cast.status(), std::string(where) + ", column " + field->name());
      }
      column = *std::move(cast);
    }
    columns.push_back(std::move(column));
  }
  return arrow::RecordBatch::Make(schema, batch->num_rows(), std::move(columns));
}

}  // namespace punnet::delta
