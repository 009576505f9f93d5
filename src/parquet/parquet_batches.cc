#include "parquet/parquet_batches.h"

#include <arrow/io/interfaces.h>
#include <arrow/memory_pool.h>
#include <arrow/record_batch.h>
#include <arrow/status.h>
#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>
#include <parquet/arrow/reader.h>
#include <parquet/exception.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/schema.h>

#include <numeric>
#include <utility>

#include "parquet/arrow_files.h"

namespace punnet {
namespace {

constexpr std::int64_t kBatchRows = 65'536;

std::map<std::string, std::string> key_values(const parquet::FileMetaData& footer) {
  std::map<std::string, std::string> found;
  const auto& stored = footer.key_value_metadata();
  for (std::int64_t i = 0; stored && i < stored->size(); ++i) {
    found[stored->key(i)] = stored->value(i);
  }
  return found;
}

class Batches final : public ParquetBatches {
 public:
  Batches(std::unique_ptr<parquet::arrow::FileReader> reader, std::string location,
          CallContext call)
      : reader_(std::move(reader)),
        footer_(reader_->parquet_reader()->metadata()),
        metadata_(key_values(*footer_)),
        location_(std::move(location)),
        call_(std::move(call)) {
    const auto& root = *footer_->schema()->group_node();
    for (int i = 0; i < root.field_count(); ++i) columns_.push_back(root.field(i)->name());
  }

  const std::vector<std::string>& columns() const override { return columns_; }
  std::int64_t rows() const override { return footer_->num_rows(); }
  const std::map<std::string, std::string>& metadata() const override { return metadata_; }

  bool is_int64(std::string_view name) const override {
    const auto leaf = footer_->schema()->ColumnIndex(std::string(name));
    return leaf >= 0 && footer_->schema()->Column(leaf)->physical_type() == parquet::Type::INT64;
  }

  Result<std::shared_ptr<arrow::Schema>> schema() const override {
    std::shared_ptr<arrow::Schema> schema;
    const auto status = [&]() -> arrow::Status {
      BEGIN_PARQUET_CATCH_EXCEPTIONS
      return reader_->GetSchema(&schema);
      END_PARQUET_CATCH_EXCEPTIONS
    }();
    if (!status.ok()) return to_error(status, location_);
    arrow::FieldVector fields;
    for (const auto& field : schema->fields()) {
      const auto leaf = footer_->schema()->ColumnIndex(field->name());
      const bool int96 =
          leaf >= 0 && footer_->schema()->Column(leaf)->physical_type() == parquet::Type::INT96;
      fields.push_back(int96 ? field->WithType(arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"))
                             : field);
    }
    return arrow::schema(std::move(fields));
  }

  Status select(const std::vector<std::size_t>& chosen) override {
    chosen_ = chosen;
    std::vector<int> leaves;
    for (int leaf = 0; leaf < footer_->num_columns(); ++leaf) {
      const auto* top = footer_->schema()->GetColumnRoot(leaf);
      const auto field = footer_->schema()->group_node()->FieldIndex(*top);
      for (const auto wanted : chosen) {
        if (static_cast<std::size_t>(field) == wanted) leaves.push_back(leaf);
      }
    }
    std::vector<int> groups(static_cast<std::size_t>(reader_->num_row_groups()));
    std::iota(groups.begin(), groups.end(), 0);
    const auto status = [&]() -> arrow::Status {
      BEGIN_PARQUET_CATCH_EXCEPTIONS
      return reader_->GetRecordBatchReader(groups, leaves).Value(&batches_);
      END_PARQUET_CATCH_EXCEPTIONS
    }();
    return status.ok() ? ok() : Status(to_error(status, location_));
  }

  Result<std::shared_ptr<arrow::RecordBatch>> next() override {
    PUNNET_CHECK(call_.check("reading " + location_));
    std::shared_ptr<arrow::RecordBatch> batch;
    const auto status = [&]() -> arrow::Status {
      BEGIN_PARQUET_CATCH_EXCEPTIONS
      return batches_->ReadNext(&batch);
      END_PARQUET_CATCH_EXCEPTIONS
    }();
    if (!status.ok()) return to_error(status, location_);
    if (!batch) return batch;
    std::vector<int> order;
    for (const auto wanted : chosen_) {
      order.push_back(batch->schema()->GetFieldIndex(columns_[wanted]));
      if (order.back() < 0) {
        return Error{ErrorCode::kCorrupt,
                     location_ + ": column \"" + columns_[wanted] + "\" cannot be found again"};
      }
    }
    auto picked = batch->SelectColumns(order);
    if (!picked.ok()) return to_error(picked.status(), location_);
    return *std::move(picked);
  }

 private:
  const std::unique_ptr<parquet::arrow::FileReader> reader_;
  const std::shared_ptr<parquet::FileMetaData> footer_;
  const std::map<std::string, std::string> metadata_;
  const std::string location_;
  const CallContext call_;
  std::vector<std::string> columns_;
  std::vector<std::size_t> chosen_;
  std::unique_ptr<arrow::RecordBatchReader> batches_;
};

arrow::Result<std::unique_ptr<parquet::arrow::FileReader>> open_reader(
    const std::shared_ptr<arrow::io::RandomAccessFile>& input, arrow::MemoryPool& pool) {
  parquet::arrow::FileReaderBuilder builder;
  ARROW_RETURN_NOT_OK(builder.Open(input, parquet::ReaderProperties(&pool)));
  parquet::ArrowReaderProperties properties(/*use_threads=*/false);
  properties.set_batch_size(kBatchRows);
  properties.set_pre_buffer(false);
  // Nanoseconds in 64 bits end in 1677 and 2262, microseconds do not.
  properties.set_coerce_int96_timestamp_unit(arrow::TimeUnit::MICRO);
  return builder.memory_pool(&pool)->properties(properties)->Build();
}

}  // namespace

Result<std::unique_ptr<ParquetBatches>> open_parquet_batches(FileStore& files,
                                                             std::string_view path,
                                                             arrow::MemoryPool& pool,
                                                             const CallContext& call) {
  auto location = files.location(path);
  PUNNET_TRY(auto file, files.open(path, call));
  auto reader = open_reader(make_arrow_input(std::move(file), call), pool);
  if (!reader.ok()) return to_error(reader.status(), location);
  return std::unique_ptr<ParquetBatches>(
      std::make_unique<Batches>(*std::move(reader), std::move(location), call));
}

}  // namespace punnet
