#include "bench/plain_sink.h"

#include <arrow/api.h>
#include <arrow/io/file.h>
#include <parquet/arrow/writer.h>
#include <parquet/properties.h>

#include <utility>

#include "delta/arrow_schema.h"
#include "delta/pending_runs.h"
#include "delta/table_schema.h"

namespace punnet {
namespace {

Status to_status(const arrow::Status& status) {
  if (status.ok()) return ok();
  return Error{ErrorCode::kInternal, status.ToString()};
}

/// As create_data_file has them, without checksums of pages.
std::shared_ptr<parquet::WriterProperties> writer_properties(const arrow::Schema& schema) {
  parquet::WriterProperties::Builder builder;
  builder.compression(parquet::Compression::ZSTD)
      ->compression_level(1)
      ->disable_dictionary()
      ->disable_statistics()
      ->max_row_group_length(std::int64_t{1} << 20);
  for (const auto& field : schema.fields()) {
    if (field->type()->id() == arrow::Type::STRING) builder.enable_dictionary(field->name());
  }
  builder.enable_statistics("offset")->enable_statistics("partition");
  builder.encoding("offset", parquet::Encoding::DELTA_BINARY_PACKED);
  return builder.build();
}

class PlainSink final : public PurchaseSink {
 public:
  PlainSink(std::string directory, const PurchaseSchema& schema)
      : directory_(std::move(directory)), schema_(schema), pending_(schema) {}

  const Positions& positions() const override { return positions_; }

  Status append(EnrichedRun run, std::string_view model_version, const CallContext&) override {
    return pending_.append(std::move(run), model_version, std::nullopt);
  }
  std::size_t pending_bytes() const override { return pending_.bytes() + writing_bytes_; }
  std::int64_t pending_rows() const override { return pending_.rows() + writing_rows_; }
  void drop(Partition partition) override { pending_.drop(partition); }
  Status refresh(const CallContext&) override { return ok(); }

  Status begin_commit() override {
    if (!writing_.empty()) return ok();
    writing_bytes_ = pending_.bytes();
    writing_rows_ = pending_.rows();
    PUNNET_TRY(writing_, pending_.take());
    return ok();
  }

  Status run_commit(const CallContext&) override {
    PUNNET_TRY(const auto schema, delta::arrow_schema(delta::purchase_columns(schema_)));
    const auto path = directory_ + "/part-" + std::to_string(++files_) + ".parquet";
    auto file = arrow::io::FileOutputStream::Open(path);
    if (!file.ok()) return to_status(file.status());
    auto writer = parquet::arrow::FileWriter::Open(*schema, arrow::default_memory_pool(), *file,
                                                   writer_properties(*schema));
    if (!writer.ok()) return to_status(writer.status());
    for (const auto& [partition, run] : writing_) {
      for (const auto& chunk : run.chunks) {
        if (chunk.batch) PUNNET_CHECK(to_status((*writer)->WriteRecordBatch(*chunk.batch)));
      }
    }
    PUNNET_CHECK(to_status((*writer)->Close()));
    return to_status((*file)->Close());
  }

  CommitOutcome end_commit() override {
    CommitOutcome outcome;
    outcome.rows = writing_rows_;
    for (const auto& [partition, run] : writing_) positions_[partition] = run.range.next;
    outcome.next = positions_;
    writing_.clear();
    writing_bytes_ = 0;
    writing_rows_ = 0;
    return outcome;
  }

 private:
  const std::string directory_;
  const PurchaseSchema schema_;
  delta::PendingRuns pending_;
  Positions positions_;
  std::size_t writing_bytes_ = 0;
  std::int64_t writing_rows_ = 0;

  // Of the thread that commits, from begin_commit to end_commit.
  delta::RunsByPartition writing_;
  int files_ = 0;
};

}  // namespace

std::unique_ptr<PurchaseSink> make_plain_sink(std::string directory, const PurchaseSchema& schema) {
  return std::make_unique<PlainSink>(std::move(directory), schema);
}

}  // namespace punnet
