#include "spark/factor_table.h"

#include <arrow/array.h>
#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>
#include <arrow/memory_pool.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>
#include <parquet/arrow/schema.h>
#include <parquet/arrow/writer.h>
#include <parquet/exception.h>
#include <parquet/file_writer.h>
#include <parquet/schema.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <numeric>
#include <string>
#include <utility>

#include "parquet/arrow_files.h"
#include "parquet/data_files.h"
#include "parquet/parquet_batches.h"
#include "parquet/part_directory.h"
#include "spark/spark_version.h"

namespace punnet {
namespace {

constexpr std::size_t kGroupRows = 65'536;

// Spark takes the types of its columns from here, Parquet's own only where this is missing.
constexpr char kRowMetadataKey[] = "org.apache.spark.sql.parquet.row.metadata";
constexpr char kFactorRow[] =
    R"({"type":"struct","fields":[{"name":"id","type":"integer","nullable":false,"metadata":{}},)"
    R"({"name":"features","type":{"type":"array","elementType":"float","containsNull":false},)"
    R"("nullable":true,"metadata":{}}]})";

std::shared_ptr<arrow::Schema> factor_schema() {
  return arrow::schema(
      {arrow::field("id", arrow::int32(), /*nullable=*/false),
       arrow::field("features",
                    arrow::list(arrow::field("element", arrow::float32(), /*nullable=*/false)))});
}

template <typename Value>
std::shared_ptr<arrow::Buffer> wrap(std::span<const Value> values) {
  return arrow::Buffer::Wrap(values.data(), values.size());
}

/// Rows [begin, begin + rows) without copying the factors.
std::shared_ptr<arrow::RecordBatch> factor_batch(const std::shared_ptr<arrow::Schema>& schema,
                                                 std::span<const std::int32_t> ids,
                                                 const FactorMatrix& factors, std::size_t begin,
                                                 std::size_t rows) {
  const auto rank = static_cast<std::size_t>(factors.rank());
  std::vector<std::int32_t> offsets(rows + 1);
  for (std::size_t i = 0; i <= rows; ++i) offsets[i] = static_cast<std::int32_t>(i * rank);
  const auto values = factors.values().subspan(begin * rank, rows * rank);
  const auto count = static_cast<std::int64_t>(rows);
  const auto elements = std::make_shared<arrow::FloatArray>(
      static_cast<std::int64_t>(values.size()), wrap<float>(values));
  return arrow::RecordBatch::Make(
      schema, count,
      {std::make_shared<arrow::Int32Array>(count, wrap(ids.subspan(begin, rows))),
       std::make_shared<arrow::ListArray>(schema->field(1)->type(), count,
                                          arrow::Buffer::FromVector(std::move(offsets)),
                                          elements)});
}

using NextBatch = std::function<std::shared_ptr<arrow::RecordBatch>()>;

/// As FileWriter::Open, but with the name that Spark gives the root of its schemas.
arrow::Result<std::unique_ptr<parquet::arrow::FileWriter>> open_writer(
    const std::shared_ptr<arrow::Schema>& schema, WritableFile& file, const CallContext& call) {
  const auto properties = parquet::WriterProperties::Builder()
                              .compression(arrow::Compression::SNAPPY)
                              ->disable_dictionary()
                              ->created_by("punnet")
                              ->build();
  std::shared_ptr<parquet::SchemaDescriptor> descriptor;
  ARROW_RETURN_NOT_OK(parquet::arrow::ToParquetSchema(schema.get(), *properties, &descriptor));
  parquet::schema::NodeVector columns;
  for (int i = 0; i < descriptor->group_node()->field_count(); ++i) {
    columns.push_back(descriptor->group_node()->field(i));
  }
  const auto root =
      parquet::schema::GroupNode::Make("spark_schema", parquet::Repetition::REQUIRED, columns);
  std::unique_ptr<parquet::ParquetFileWriter> opened;
  PARQUET_CATCH_NOT_OK(opened = parquet::ParquetFileWriter::Open(
                           make_arrow_output(file, call),
                           std::static_pointer_cast<parquet::schema::GroupNode>(root), properties));
  std::unique_ptr<parquet::arrow::FileWriter> writer;
  ARROW_RETURN_NOT_OK(
      parquet::arrow::FileWriter::Make(arrow::default_memory_pool(), std::move(opened), schema,
                                       parquet::default_arrow_writer_properties(), &writer));
  return writer;
}

arrow::Status write_batches(WritableFile& file, const std::shared_ptr<arrow::Schema>& schema,
                            const std::shared_ptr<const arrow::KeyValueMetadata>& key_values,
                            const NextBatch& next, const CallContext& call) {
  ARROW_ASSIGN_OR_RAISE(const auto writer, open_writer(schema, file, call));
  while (const auto batch = next()) {
    ARROW_RETURN_NOT_OK(writer->NewBufferedRowGroup());
    ARROW_RETURN_NOT_OK(writer->WriteRecordBatch(*batch));
  }
  if (key_values) ARROW_RETURN_NOT_OK(writer->AddKeyValueMetadata(key_values));
  return writer->Close();
}

Status write_part(FileStore& files, std::string_view directory,
                  const std::shared_ptr<arrow::Schema>& schema,
                  const std::shared_ptr<const arrow::KeyValueMetadata>& key_values,
                  const NextBatch& next, const CallContext& call) {
  PUNNET_TRY(auto parts, PartDirectory::begin(files, directory, ExistingFiles::kRefuse, call));
  PUNNET_TRY(auto* const file, parts.create_part(".snappy.parquet", call));
  const auto status = write_batches(*file, schema, key_values, next, call);
  if (!status.ok()) return to_error(status, "writing " + files.location(directory));
  return parts.finish(call);
}

/// Calls `take(batch, rows before it)` for each batch of two named columns of every part.
using TakeBatch = std::function<Status(const arrow::RecordBatch& batch, const std::string& location,
                                       std::int64_t rows_before)>;

Status read_parts(FileStore& files, std::string_view directory, const char* first,
                  const char* second, std::size_t limit_bytes, const TakeBatch& take,
                  const CallContext& call) {
  PUNNET_TRY(const auto found, find_data_files(files, directory, call));
  const auto pool = make_capped_pool(static_cast<std::int64_t>(limit_bytes));
  for (const auto& file : found.files) {
    const auto location = files.location(file.path);
    PUNNET_TRY(const auto batches, open_parquet_batches(files, file.path, *pool, call));
    std::vector<std::size_t> chosen;
    for (const std::string_view name : {first, second}) {
      const auto& there = batches->columns();
      const auto at = std::find(there.begin(), there.end(), name);
      if (at == there.end()) {
        return Error{ErrorCode::kCorrupt, location + " has no column " + std::string(name)};
      }
      chosen.push_back(static_cast<std::size_t>(at - there.begin()));
    }
    PUNNET_CHECK(batches->select(chosen));
    std::int64_t rows_before = 0;
    while (true) {
      PUNNET_TRY(const auto batch, batches->next());
      if (!batch) break;
      PUNNET_CHECK(take(*batch, location, rows_before));
      rows_before += batch->num_rows();
    }
  }
  return ok();
}

Error corrupt_row(const std::string& location, std::int64_t row, const std::string& problem) {
  return Error{ErrorCode::kCorrupt, location + ": row " + std::to_string(row + 1) + " " + problem};
}

Status check_limit(std::size_t bytes, std::size_t limit_bytes, const std::string& location) {
  if (bytes <= limit_bytes) return ok();
  return Error{ErrorCode::kExhausted, location + ": the factors take more than the " +
                                          std::to_string(limit_bytes >> 20) + " MiB allowed"};
}

/// Rows in the order in which they are stored.
struct Rows {
  std::vector<std::int32_t> ids;
  std::vector<float> values;
};

Status take_factors(const arrow::RecordBatch& batch, const std::string& location,
                    std::int64_t rows_before, int rank, Rows& rows) {
  const auto& ids = *batch.column(0);
  const auto& features = *batch.column(1);
  const bool typed =
      ids.type_id() == arrow::Type::INT32 && features.type_id() == arrow::Type::LIST &&
      static_cast<const arrow::ListArray&>(features).value_type()->id() == arrow::Type::FLOAT;
  if (!typed) {
    return Error{ErrorCode::kCorrupt, location + " holds " + ids.type()->ToString() + " and " +
                                          features.type()->ToString() +
                                          " where id int32 and features list<float> are expected"};
  }
  const auto& lists = static_cast<const arrow::ListArray&>(features);
  const auto& elements = static_cast<const arrow::FloatArray&>(*lists.values());
  for (std::int64_t row = 0; row < batch.num_rows(); ++row) {
    if (ids.IsNull(row)) return corrupt_row(location, rows_before + row, "has no id");
    const auto id = static_cast<const arrow::Int32Array&>(ids).Value(row);
    const auto length = lists.IsNull(row) ? 0 : lists.value_length(row);
    if (length != rank) {
      return corrupt_row(location, rows_before + row,
                         "(id " + std::to_string(id) + ") has " + std::to_string(length) +
                             " factors in a model of rank " + std::to_string(rank));
    }
    const auto begin = lists.value_offset(row);
    for (std::int64_t i = begin; i < begin + length; ++i) {
      if (elements.IsNull(i) || !std::isfinite(elements.Value(i))) {
        return corrupt_row(location, rows_before + row,
                           "(id " + std::to_string(id) + ") holds a factor that is not finite");
      }
    }
    rows.ids.push_back(id);
    rows.values.insert(rows.values.end(), elements.raw_values() + begin,
                       elements.raw_values() + begin + length);
  }
  return ok();
}

Result<FactorTable> in_order_of_ids(const Rows& rows, int rank, const std::string& location) {
  std::vector<std::size_t> order(rows.ids.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return rows.ids[a] < rows.ids[b]; });
  FactorTable table{.ids = {}, .factors = FactorMatrix(order.size(), rank)};
  table.ids.reserve(order.size());
  for (const auto from : order) {
    const auto id = rows.ids[from];
    if (!table.ids.empty() && table.ids.back() == id) {
      return Error{ErrorCode::kCorrupt,
                   location + " holds id " + std::to_string(id) + " more than once"};
    }
    const auto* values = rows.values.data() + from * static_cast<std::size_t>(rank);
    std::copy_n(values, rank, table.factors.row(table.ids.size()).begin());
    table.ids.push_back(id);
  }
  return table;
}

}  // namespace

Status write_factor_table(FileStore& files, std::string_view directory,
                          std::span<const std::int32_t> ids, const FactorMatrix& factors,
                          const CallContext& call) {
  const auto schema = factor_schema();
  const auto key_values = arrow::key_value_metadata({kRowMetadataKey, "org.apache.spark.version"},
                                                    {kFactorRow, kSparkVersion});
  std::size_t begin = 0;
  const auto next = [&]() -> std::shared_ptr<arrow::RecordBatch> {
    if (begin == ids.size()) return nullptr;
    const auto rows = std::min(kGroupRows, ids.size() - begin);
    return factor_batch(schema, ids, factors, std::exchange(begin, begin + rows), rows);
  };
  return write_part(files, directory, schema, key_values, next, call);
}

Result<FactorTable> read_factor_table(FileStore& files, std::string_view directory, int rank,
                                      std::size_t limit_bytes, const CallContext& call) {
  Rows rows;
  const auto take = [&](const arrow::RecordBatch& batch, const std::string& location,
                        std::int64_t rows_before) -> Status {
    PUNNET_CHECK(take_factors(batch, location, rows_before, rank, rows));
    return check_limit(rows.values.size() * sizeof(float), limit_bytes, location);
  };
  PUNNET_CHECK(read_parts(files, directory, "id", "features", limit_bytes, take, call));
  return in_order_of_ids(rows, rank, files.location(directory));
}

Status write_wide_ids(FileStore& files, std::string_view directory,
                      std::span<const std::int64_t> ids, const CallContext& call) {
  const auto schema = arrow::schema({arrow::field("row", arrow::int32(), /*nullable=*/false),
                                     arrow::field("id", arrow::int64(), /*nullable=*/false)});
  bool done = ids.empty();
  const auto next = [&]() -> std::shared_ptr<arrow::RecordBatch> {
    if (std::exchange(done, true)) return nullptr;
    std::vector<std::int32_t> rows(ids.size());
    std::iota(rows.begin(), rows.end(), 0);
    const auto count = static_cast<std::int64_t>(ids.size());
    return arrow::RecordBatch::Make(
        schema, count,
        {std::make_shared<arrow::Int32Array>(count, arrow::Buffer::FromVector(std::move(rows))),
         std::make_shared<arrow::Int64Array>(count, wrap(ids))});
  };
  return write_part(files, directory, schema, nullptr, next, call);
}

Result<std::vector<std::int64_t>> read_wide_ids(FileStore& files, std::string_view directory,
                                                std::size_t limit_bytes, const CallContext& call) {
  std::vector<std::int64_t> ids;
  const auto take = [&](const arrow::RecordBatch& batch, const std::string& location,
                        std::int64_t rows_before) -> Status {
    if (batch.column(0)->type_id() != arrow::Type::INT32 ||
        batch.column(1)->type_id() != arrow::Type::INT64) {
      return Error{ErrorCode::kCorrupt, location + " does not map row int32 to id int64"};
    }
    const auto& numbers = static_cast<const arrow::Int32Array&>(*batch.column(0));
    const auto& values = static_cast<const arrow::Int64Array&>(*batch.column(1));
    for (std::int64_t row = 0; row < batch.num_rows(); ++row) {
      const bool next = !numbers.IsNull(row) && !values.IsNull(row) &&
                        static_cast<std::size_t>(numbers.Value(row)) == ids.size() &&
                        (ids.empty() || values.Value(row) > ids.back());
      if (!next) return corrupt_row(location, rows_before + row, "is out of order");
      ids.push_back(values.Value(row));
    }
    return check_limit(ids.size() * sizeof(std::int64_t), limit_bytes, location);
  };
  PUNNET_CHECK(read_parts(files, directory, "row", "id", limit_bytes, take, call));
  return ids;
}

}  // namespace punnet
