#include "delta/data_file.h"

#include <arrow/api.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/writer.h>
#include <parquet/exception.h>
#include <parquet/metadata.h>
#include <parquet/properties.h>
#include <parquet/statistics.h>
#include <boost/json.hpp>

#include <algorithm>
#include <utility>

#include "delta/arrow_schema.h"
#include "delta/content_hash.h"
#include "delta/file_stats.h"
#include "parquet/arrow_files.h"

namespace punnet::delta {
namespace {

constexpr int kZstdLevel = 1;
constexpr std::int64_t kRowGroupRows = std::int64_t{1} << 20;
constexpr std::int64_t kReadBatchRows = std::int64_t{1} << 16;
/// No row group of ours decodes to more; a stranger's may not take all memory.
constexpr std::int64_t kReadLimitBytes = std::int64_t{2} << 30;
constexpr std::size_t kHashChunkBytes = std::size_t{1} << 20;

constexpr char kFormat[] = "punnet.format";
constexpr char kTopic[] = "punnet.topic";
constexpr char kTopicId[] = "punnet.topic_id";
constexpr char kRanges[] = "punnet.ranges";
constexpr char kRows[] = "punnet.rows";
constexpr char kModels[] = "punnet.model_versions";
constexpr char kWriter[] = "punnet.writer";

/// Passes bytes on to a file and hashes them on the way.
class HashingFile final : public WritableFile {
 public:
  explicit HashingFile(std::unique_ptr<WritableFile> file) : file_(std::move(file)) {}
  Status write(std::span<const char> bytes, const CallContext& call) override {
    hash_.update(bytes);
    return file_->write(bytes, call);
  }
  std::int64_t size() const override { return file_->size(); }
  std::string hex() const { return hash_.hex(); }
  std::unique_ptr<WritableFile> release() { return std::move(file_); }

 private:
  std::unique_ptr<WritableFile> file_;
  ContentHash hash_;
};

std::shared_ptr<parquet::WriterProperties> writer_properties(const arrow::Schema& schema) {
  parquet::WriterProperties::Builder builder;
  builder.compression(parquet::Compression::ZSTD)
      ->compression_level(kZstdLevel)
      ->disable_dictionary()
      ->disable_statistics()
      ->enable_page_checksum()
      ->max_row_group_length(kRowGroupRows)
      ->created_by("punnet");
  for (const auto& field : schema.fields()) {
    if (field->type()->id() == arrow::Type::STRING) builder.enable_dictionary(field->name());
  }
  builder.enable_statistics("offset")->enable_statistics("partition");
  builder.encoding("offset", parquet::Encoding::DELTA_BINARY_PACKED);
  return builder.build();
}

std::string to_json(const std::vector<std::string>& texts) {
  boost::json::array array;
  for (const auto& text : texts) array.emplace_back(text);
  return boost::json::serialize(array);
}

std::vector<std::string> parse_texts(std::string_view text) {
  std::vector<std::string> texts;
  boost::system::error_code error;
  const auto value = boost::json::parse(text, error);
  if (error || !value.is_array()) return texts;
  for (const auto& entry : value.get_array()) {
    if (entry.is_string()) texts.emplace_back(entry.get_string());
  }
  return texts;
}

std::shared_ptr<arrow::KeyValueMetadata> to_metadata(const FileFooter& footer) {
  return arrow::key_value_metadata({{kFormat, "1"},
                                    {kTopic, footer.topic},
                                    {kTopicId, footer.topic_id},
                                    {kRanges, to_json(footer.ranges)},
                                    {kRows, std::to_string(footer.rows)},
                                    {kModels, to_json(footer.model_versions)},
                                    {kWriter, footer.writer_id}});
}

std::optional<FileFooter> from_metadata(const parquet::FileMetaData& metadata) {
  const auto& keys = metadata.key_value_metadata();
  if (!keys || !keys->Contains(kFormat)) return std::nullopt;
  const auto get = [&](const char* key) { return keys->Get(key).ValueOr(""); };
  const auto ranges = parse_ranges(get(kRanges));
  if (!ranges) return std::nullopt;
  FileFooter footer;
  footer.topic = get(kTopic);
  footer.topic_id = get(kTopicId);
  footer.ranges = *ranges;
  footer.rows = std::strtoll(get(kRows).c_str(), nullptr, 10);
  footer.model_versions = parse_texts(get(kModels));
  footer.writer_id = get(kWriter);
  return footer;
}

/// Parquet reports corrupt bytes by throwing in places where Arrow does not catch.
template <typename F>
auto without_exceptions(std::string_view where, F&& body) -> decltype(body()) {
  try {
    return body();
  } catch (const parquet::ParquetStatusException& error) {
    return to_error(error.status(), where);  // as what the store said, where it was the store
  } catch (const std::exception& error) {
    return Error{ErrorCode::kCorrupt, std::string(where) + ": " + error.what()};
  }
}

class Writer final : public DataFileWriter {
 public:
  Writer(const DeltaLog& log, std::string path, SchemaPointer schema, const Clock& clock,
         CallContext call, std::unique_ptr<WritableFile> file)
      : log_(log),
        path_(std::move(path)),
        where_(log.files().location(log.data_path(path_))),
        schema_(std::move(schema)),
        clock_(clock),
        call_(std::move(call)),
        file_(std::move(file)) {}

  Status open() {
    auto writer = parquet::arrow::FileWriter::Open(*schema_, arrow::default_memory_pool(),
                                                   make_arrow_output(file_, call_),
                                                   writer_properties(*schema_));
    if (!writer.ok()) return to_error(writer.status(), where_);
    writer_ = *std::move(writer);
    return ok();
  }

  Status write(const arrow::RecordBatch& batch) override {
    PUNNET_CHECK(count(batch));
    const auto written = writer_->WriteRecordBatch(batch);
    if (!written.ok()) return to_error(written, where_);
    memory_bytes_ += batch_bytes(batch);
    return ok();
  }

  // Before the row group is closed its columns wait in memory; a quarter is what zstd leaves.
  std::int64_t size_bytes() const override { return std::max(file_.size(), memory_bytes_ / 4); }
  std::int64_t rows() const override { return stats_.rows.value_or(0); }

  Result<AddFile> finish(FileFooter footer) override {
    footer.rows = rows();
    auto written = writer_->AddKeyValueMetadata(to_metadata(footer));
    if (written.ok()) written = writer_->Close();
    if (!written.ok()) return to_error(written, where_);

    AddFile add;
    add.path = path_;
    add.size_bytes = file_.size();
    add.modified_ms = to_ms(clock_.now());
    add.stats = delta::to_json(stats_);
    add.tags[kHashTag] = file_.hex();
    if (!footer.ranges.empty()) add.tags[kRangesTag] = delta::to_json(footer.ranges);

    PUNNET_TRY(const auto outcome, log_.files().publish(file_.release(), call_));
    if (outcome == PublishOutcome::kLost) {
      return Error{ErrorCode::kExists, where_ + " exists already: writer ids must be unique"};
    }
    if (outcome == PublishOutcome::kUnknown) {
      return Error{ErrorCode::kUnavailable, where_ + ": whether it was published is not known"};
    }
    PUNNET_CHECK(check_written(add, footer));
    return add;
  }

 private:
  static std::int64_t batch_bytes(const arrow::RecordBatch& batch) {
    std::int64_t bytes = 0;
    for (const auto& column : batch.columns()) {
      for (const auto& buffer : column->data()->buffers) bytes += buffer ? buffer->size() : 0;
      for (const auto& child : column->data()->child_data) {
        for (const auto& buffer : child->buffers) bytes += buffer ? buffer->size() : 0;
      }
    }
    return bytes;
  }

  Status count(const arrow::RecordBatch& batch) {
    const auto partitions =
        std::dynamic_pointer_cast<arrow::Int32Array>(batch.GetColumnByName("partition"));
    const auto offsets =
        std::dynamic_pointer_cast<arrow::Int64Array>(batch.GetColumnByName("offset"));
    if (!partitions || !offsets || partitions->null_count() > 0 || offsets->null_count() > 0) {
      return Error{ErrorCode::kCorrupt, where_ + ": rows without partition or offset"};
    }
    for (std::int64_t row = 0; row < batch.num_rows(); ++row) {
      stats_.add(partitions->Value(row), offsets->Value(row));
    }
    return ok();
  }

  Status check_written(const AddFile& add, const FileFooter& footer) {
    PUNNET_TRY(const auto info, log_.files().stat(log_.data_path(path_), call_));
    PUNNET_TRY(const auto found, read_footer(log_, path_, call_));
    if (info.size_bytes != add.size_bytes || !found || *found != footer) {
      return Error{ErrorCode::kCorrupt, where_ + " is not what was just written to it"};
    }
    return ok();
  }

  const DeltaLog log_;
  const std::string path_;
  const std::string where_;
  const SchemaPointer schema_;
  const Clock& clock_;
  const CallContext call_;
  HashingFile file_;
  std::unique_ptr<parquet::arrow::FileWriter> writer_;
  FileStats stats_;
  std::int64_t memory_bytes_ = 0;
};

std::vector<int> leaves_of(const parquet::FileMetaData& metadata, const arrow::Schema& schema) {
  std::vector<int> leaves;
  for (int i = 0; i < metadata.num_columns(); ++i) {
    const auto path = metadata.schema()->Column(i)->path()->ToDotVector();
    if (!path.empty() && schema.GetFieldIndex(path.front()) >= 0) leaves.push_back(i);
  }
  return leaves;
}

bool may_hold(const parquet::RowGroupMetaData& group, const OffsetRange& offsets) {
  const auto column = group.schema()->ColumnIndex("offset");
  if (column < 0) return true;
  const auto statistics = group.ColumnChunk(column)->statistics();
  if (!statistics || !statistics->HasMinMax() ||
      statistics->physical_type() != parquet::Type::INT64) {
    return true;
  }
  const auto& typed = static_cast<const parquet::Int64Statistics&>(*statistics);
  return typed.min() < offsets.next && typed.max() >= offsets.start;
}

Status read_batches(parquet::arrow::FileReader& reader, const SchemaPointer& schema,
                    std::optional<OffsetRange> offsets, const std::string& where,
                    const BatchVisitor& visit, const CallContext& call) {
  const auto metadata = reader.parquet_reader()->metadata();
  std::vector<int> groups;
  for (int i = 0; i < metadata->num_row_groups(); ++i) {
    if (!offsets || may_hold(*metadata->RowGroup(i), *offsets)) groups.push_back(i);
  }
  if (groups.empty()) return ok();
  auto batches = reader.GetRecordBatchReader(groups, leaves_of(*metadata, *schema));
  if (!batches.ok()) return to_error(batches.status(), where);
  while (true) {
    PUNNET_CHECK(call.check("reading " + where));
    std::shared_ptr<arrow::RecordBatch> batch;
    const auto next = (*batches)->ReadNext(&batch);
    if (!next.ok()) return to_error(next, where);
    if (!batch) return ok();
    PUNNET_TRY(const auto conformed, conform(batch, schema, where));
    PUNNET_CHECK(visit(conformed));
  }
}

}  // namespace

Result<std::unique_ptr<DataFileWriter>> create_data_file(const DeltaLog& log, std::string path,
                                                         SchemaPointer schema, const Clock& clock,
                                                         const CallContext& call) {
  PUNNET_TRY(auto file, log.files().create(log.data_path(path), call));
  auto writer = std::make_unique<Writer>(log, std::move(path), std::move(schema), clock, call,
                                         std::move(file));
  PUNNET_CHECK(writer->open());
  return std::unique_ptr<DataFileWriter>(std::move(writer));
}

Result<std::optional<FileFooter>> read_footer(const DeltaLog& log, std::string_view path,
                                              const CallContext& call) {
  const auto where = log.files().location(log.data_path(path));
  PUNNET_TRY(auto file, log.files().open(log.data_path(path), call));
  return without_exceptions(where, [&]() -> Result<std::optional<FileFooter>> {
    const auto reader = parquet::ParquetFileReader::Open(make_arrow_input(std::move(file), call));
    auto footer = from_metadata(*reader->metadata());
    if (footer && footer->rows != reader->metadata()->num_rows()) {
      return Error{ErrorCode::kCorrupt, where + ": the footer speaks of " +
                                            std::to_string(footer->rows) + " rows, the file has " +
                                            std::to_string(reader->metadata()->num_rows())};
    }
    return footer;
  });
}

Status read_data_file(const DeltaLog& log, const AddFile& file, const SchemaPointer& schema,
                      std::optional<OffsetRange> offsets, const BatchVisitor& visit,
                      const CallContext& call) {
  const auto where = log.files().location(log.data_path(file.path));
  PUNNET_TRY(auto opened, log.files().open(log.data_path(file.path), call));
  if (opened->size() != file.size_bytes) {
    return Error{ErrorCode::kCorrupt, where + " has " + std::to_string(opened->size()) +
                                          " bytes, the log says " +
                                          std::to_string(file.size_bytes)};
  }
  return without_exceptions(where, [&]() -> Status {
    const auto pool = make_capped_pool(kReadLimitBytes);
    parquet::ReaderProperties properties(pool.get());
    properties.set_page_checksum_verification(true);
    parquet::ArrowReaderProperties arrow_properties;
    arrow_properties.set_batch_size(kReadBatchRows);
    arrow_properties.set_use_threads(false);
    parquet::arrow::FileReaderBuilder builder;
    const auto open = builder.Open(make_arrow_input(std::move(opened), call), properties);
    if (!open.ok()) return to_error(open, where);
    auto reader = builder.memory_pool(pool.get())->properties(arrow_properties)->Build();
    if (!reader.ok()) return to_error(reader.status(), where);
    return read_batches(**reader, schema, offsets, where, visit, call);
  });
}

Result<std::string> hash_file(const DeltaLog& log, std::string_view path, const CallContext& call) {
  PUNNET_TRY(const auto file, log.files().open(log.data_path(path), call));
  ContentHash hash;
  std::vector<char> chunk(kHashChunkBytes);
  for (std::int64_t position = 0; position < file->size();) {
    PUNNET_TRY(const auto read, file->read_at(position, chunk, call));
    if (read == 0) break;
    hash.update(std::span(chunk).first(read));
    position += static_cast<std::int64_t>(read);
  }
  return hash.hex();
}

}  // namespace punnet::delta
