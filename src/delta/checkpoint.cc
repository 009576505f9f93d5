#include "delta/checkpoint.h"

#include <arrow/api.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/writer.h>
#include <parquet/exception.h>
#include <parquet/metadata.h>
#include <parquet/properties.h>
#include <boost/json.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "delta/content_hash.h"
#include "parquet/arrow_files.h"

namespace punnet::delta {
namespace {

/// In the footer: the hash of the version and of all actions as lines of the log.
constexpr char kContentKey[] = "punnet.content_xxh3";
/// A checkpoint of a million files takes some 500 MB in memory.
constexpr std::int64_t kReadLimitBytes = std::int64_t{2} << 30;

std::shared_ptr<arrow::Schema> checkpoint_schema() {
  const auto& text = arrow::utf8();
  const auto& whole = arrow::int64();
  const auto map = arrow::map(text, text);
  const auto texts = arrow::list(arrow::field("element", text));
  const auto column = [](const char* name, const arrow::FieldVector& fields) {
    return arrow::field(name, arrow::struct_(fields));
  };
  return arrow::schema(
      {column("txn", {arrow::field("appId", text), arrow::field("version", whole),
                      arrow::field("lastUpdated", whole)}),
       column("add", {arrow::field("path", text), arrow::field("partitionValues", map),
                      arrow::field("size", whole), arrow::field("modificationTime", whole),
                      arrow::field("dataChange", arrow::boolean()), arrow::field("tags", map),
                      arrow::field("stats", text)}),
       column("remove", {arrow::field("path", text), arrow::field("deletionTimestamp", whole),
                         arrow::field("dataChange", arrow::boolean()),
                         arrow::field("extendedFileMetadata", arrow::boolean()),
                         arrow::field("partitionValues", map), arrow::field("size", whole)}),
       column(
           "metaData",
           {arrow::field("id", text), arrow::field("name", text), arrow::field("description", text),
            arrow::field("format", arrow::struct_({arrow::field("provider", text),
                                                   arrow::field("options", map)})),
            arrow::field("schemaString", text), arrow::field("partitionColumns", texts),
            arrow::field("configuration", map), arrow::field("createdTime", whole)}),
       column("protocol", {arrow::field("minReaderVersion", arrow::int32()),
                           arrow::field("minWriterVersion", arrow::int32())})});
}

/// Puts values into the fields of one struct, in order.
class StructRow {
 public:
  explicit StructRow(arrow::ArrayBuilder* builder)
      : builder_(static_cast<arrow::StructBuilder&>(*builder)), status_(builder_.Append()) {}

  StructRow& text(std::string_view value) {
    return keep(next<arrow::StringBuilder>().Append(value));
  }
  StructRow& maybe_text(std::string_view value) {
    auto& field = next<arrow::StringBuilder>();
    return keep(value.empty() ? field.AppendNull() : field.Append(value));
  }
  StructRow& whole(std::optional<std::int64_t> value) {
    auto& field = next<arrow::Int64Builder>();
    return keep(value ? field.Append(*value) : field.AppendNull());
  }
  StructRow& int32(int value) { return keep(next<arrow::Int32Builder>().Append(value)); }
  StructRow& flag(bool value) { return keep(next<arrow::BooleanBuilder>().Append(value)); }
  StructRow& map(const StringMap& values) {
    auto& field = next<arrow::MapBuilder>();
    auto& keys = static_cast<arrow::StringBuilder&>(*field.key_builder());
    auto& items = static_cast<arrow::StringBuilder&>(*field.item_builder());
    keep(field.Append());
    for (const auto& [key, value] : values) keep(keys.Append(key)).keep(items.Append(value));
    return *this;
  }
  StructRow& texts(const std::vector<std::string>& values) {
    auto& field = next<arrow::ListBuilder>();
    keep(field.Append());
    for (const auto& value : values) {
      keep(static_cast<arrow::StringBuilder&>(*field.value_builder()).Append(value));
    }
    return *this;
  }
  arrow::ArrayBuilder* inner() { return builder_.field_builder(index_++); }
  StructRow& keep(arrow::Status status) {
    if (status_.ok()) status_ = std::move(status);
    return *this;
  }
  const arrow::Status& status() const { return status_; }

 private:
  template <typename Builder>
  Builder& next() {
    return static_cast<Builder&>(*builder_.field_builder(index_++));
  }

  arrow::StructBuilder& builder_;
  arrow::Status status_;
  int index_ = 0;
};

enum Column : int { kTxn, kAdd, kRemove, kMetadata, kProtocol, kColumns };

arrow::Status append_row(StructRow& row, const Txn& txn) {
  return row.text(txn.app_id).whole(txn.version).whole(txn.updated_ms).status();
}
arrow::Status append_row(StructRow& row, const AddFile& add) {
  // The state at this version, not a change of data: the protocol asks for false.
  return row.text(add.path)
      .map({})
      .whole(add.size_bytes)
      .whole(add.modified_ms)
      .flag(false)
      .map(add.tags)
      .maybe_text(add.stats)
      .status();
}
arrow::Status append_row(StructRow& row, const RemoveFile& remove) {
  return row.text(remove.path)
      .whole(remove.deleted_ms)
      .flag(false)
      .flag(remove.size_bytes.has_value())
      .map({})
      .whole(remove.size_bytes)
      .status();
}
arrow::Status append_row(StructRow& row, const Metadata& metadata) {
  row.text(metadata.id).maybe_text(metadata.name).maybe_text(metadata.description);
  StructRow format(row.inner());
  row.keep(format.text(metadata.provider).map(metadata.format_options).status());
  return row.text(metadata.schema_string)
      .texts(metadata.partition_columns)
      .map(metadata.configuration)
      .whole(metadata.created_ms)
      .status();
}
arrow::Status append_row(StructRow& row, const Protocol& protocol) {
  return row.int32(protocol.min_reader_version).int32(protocol.min_writer_version).status();
}

template <typename T>
arrow::Status append_action(arrow::RecordBatchBuilder& builder, int column, const T& action) {
  for (int i = 0; i < kColumns; ++i) {
    if (i != column) ARROW_RETURN_NOT_OK(builder.GetField(i)->AppendNull());
  }
  StructRow row(builder.GetField(column));
  return append_row(row, action);
}

/// The state as a checkpoint holds it, in its order: the same actions that reading it gives.
std::vector<Action> actions_of(const Snapshot& snapshot, std::int64_t tombstones_since_ms) {
  std::vector<Action> actions{snapshot.protocol, snapshot.metadata};
  for (const auto& [id, txn] : snapshot.txns) actions.emplace_back(txn);
  for (const auto& [path, remove] : snapshot.tombstones) {
    if (remove.deleted_ms < tombstones_since_ms) continue;
    auto kept = remove;
    kept.data_change = false;
    actions.emplace_back(std::move(kept));
  }
  for (const auto& [path, add] : snapshot.files) {
    auto kept = add;
    kept.data_change = false;
    actions.emplace_back(std::move(kept));
  }
  return actions;
}

arrow::Result<std::shared_ptr<arrow::RecordBatch>> to_batch(const std::vector<Action>& actions) {
  ARROW_ASSIGN_OR_RAISE(auto builder, arrow::RecordBatchBuilder::Make(
                                          checkpoint_schema(), arrow::default_memory_pool()));
  for (const auto& action : actions) {
    if (const auto* protocol = std::get_if<Protocol>(&action)) {
      ARROW_RETURN_NOT_OK(append_action(*builder, kProtocol, *protocol));
    } else if (const auto* metadata = std::get_if<Metadata>(&action)) {
      ARROW_RETURN_NOT_OK(append_action(*builder, kMetadata, *metadata));
    } else if (const auto* txn = std::get_if<Txn>(&action)) {
      ARROW_RETURN_NOT_OK(append_action(*builder, kTxn, *txn));
    } else if (const auto* remove = std::get_if<RemoveFile>(&action)) {
      auto encoded = *remove;
      encoded.path = encode_path(remove->path);
      ARROW_RETURN_NOT_OK(append_action(*builder, kRemove, encoded));
    } else if (const auto* add = std::get_if<AddFile>(&action)) {
      auto encoded = *add;
      encoded.path = encode_path(add->path);
      ARROW_RETURN_NOT_OK(append_action(*builder, kAdd, encoded));
    }
  }
  return builder->Flush();
}

/// Looks at one row of a struct column by field name, whatever the writer's choice of types.
class StructView {
 public:
  explicit StructView(std::shared_ptr<arrow::StructArray> array) : array_(std::move(array)) {}

  bool present(std::int64_t row) const { return array_ && array_->IsValid(row); }

  bool has(const char* name, std::int64_t row) const {
    const auto field = array_->GetFieldByName(name);
    return field && field->IsValid(row);
  }
  std::string text(const char* name, std::int64_t row) const {
    const auto field = array_->GetFieldByName(name);
    return field ? text_at(*field, row) : std::string();
  }
  std::optional<std::int64_t> whole(const char* name, std::int64_t row) const {
    const auto field = array_->GetFieldByName(name);
    if (!field || field->IsNull(row)) return std::nullopt;
    if (field->type_id() == arrow::Type::INT64) {
      return static_cast<const arrow::Int64Array&>(*field).Value(row);
    }
    if (field->type_id() == arrow::Type::INT32) {
      return static_cast<const arrow::Int32Array&>(*field).Value(row);
    }
    return std::nullopt;
  }
  StringMap map(const char* name, std::int64_t row) const {
    StringMap out;
    const auto field = array_->GetFieldByName(name);
    if (!field || field->type_id() != arrow::Type::MAP || field->IsNull(row)) return out;
    const auto& map = static_cast<const arrow::MapArray&>(*field);
    for (auto i = map.value_offset(row); i < map.value_offset(row + 1); ++i) {
      out[text_at(*map.keys(), i)] = text_at(*map.items(), i);
    }
    return out;
  }
  std::vector<std::string> texts(const char* name, std::int64_t row) const {
    std::vector<std::string> out;
    const auto field = array_->GetFieldByName(name);
    if (!field || field->type_id() != arrow::Type::LIST || field->IsNull(row)) return out;
    const auto& list = static_cast<const arrow::ListArray&>(*field);
    for (auto i = list.value_offset(row); i < list.value_offset(row + 1); ++i) {
      out.push_back(text_at(*list.values(), i));
    }
    return out;
  }
  StructView inner(const char* name) const {
    return StructView(std::dynamic_pointer_cast<arrow::StructArray>(array_->GetFieldByName(name)));
  }

 private:
  static std::string text_at(const arrow::Array& array, std::int64_t row) {
    if (array.IsNull(row)) return {};
    switch (array.type_id()) {
      case arrow::Type::STRING:
        return static_cast<const arrow::StringArray&>(array).GetString(row);
      case arrow::Type::LARGE_STRING:
        return static_cast<const arrow::LargeStringArray&>(array).GetString(row);
      case arrow::Type::STRING_VIEW:
        return static_cast<const arrow::StringViewArray&>(array).GetString(row);
      default:
        return {};
    }
  }

  std::shared_ptr<arrow::StructArray> array_;
};

Error corrupt(std::string_view where, std::string_view what) {
  return Error{ErrorCode::kCorrupt, std::string(where) + " is no checkpoint: " + std::string(what)};
}

Protocol protocol_at(const StructView& view, std::int64_t row) {
  const auto version = [&](const char* name) {
    return static_cast<int>(
        std::clamp<std::int64_t>(view.whole(name, row).value_or(99), 0, INT32_MAX));
  };
  Protocol protocol;
  protocol.min_reader_version = version("minReaderVersion");
  protocol.min_writer_version = version("minWriterVersion");
  protocol.features = view.texts("readerFeatures", row);
  for (auto& feature : view.texts("writerFeatures", row)) {
    if (std::find(protocol.features.begin(), protocol.features.end(), feature) ==
        protocol.features.end()) {
      protocol.features.push_back(std::move(feature));
    }
  }
  return protocol;
}

Metadata metadata_at(const StructView& view, std::int64_t row) {
  Metadata metadata;
  metadata.id = view.text("id", row);
  metadata.name = view.text("name", row);
  metadata.description = view.text("description", row);
  if (const auto format = view.inner("format"); format.present(row)) {
    metadata.provider = format.text("provider", row);
    metadata.format_options = format.map("options", row);
  }
  metadata.schema_string = view.text("schemaString", row);
  metadata.partition_columns = view.texts("partitionColumns", row);
  metadata.configuration = view.map("configuration", row);
  metadata.created_ms = view.whole("createdTime", row);
  return metadata;
}

Result<AddFile> add_at(const StructView& view, std::int64_t row, std::string_view where) {
  AddFile add;
  PUNNET_TRY(add.path, decode_path(view.text("path", row), where));
  const auto size = view.whole("size", row);
  if (!size) return corrupt(where, "a data file without size");
  add.size_bytes = *size;
  add.modified_ms = view.whole("modificationTime", row).value_or(0);
  add.data_change = false;
  add.tags = view.map("tags", row);
  add.stats = view.text("stats", row);
  return add;
}

Result<RemoveFile> remove_at(const StructView& view, std::int64_t row, std::string_view where) {
  RemoveFile remove;
  PUNNET_TRY(remove.path, decode_path(view.text("path", row), where));
  remove.deleted_ms = view.whole("deletionTimestamp", row).value_or(0);
  remove.data_change = false;
  remove.size_bytes = view.whole("size", row);
  return remove;
}

Status collect(const arrow::RecordBatch& batch, std::string_view where,
               std::vector<Action>& actions) {
  const auto column = [&](const char* name) {
    return StructView(std::dynamic_pointer_cast<arrow::StructArray>(batch.GetColumnByName(name)));
  };
  const auto txn = column("txn");
  const auto add = column("add");
  const auto remove = column("remove");
  const auto metadata = column("metaData");
  const auto protocol = column("protocol");
  const auto sidecar = column("sidecar");
  for (std::int64_t row = 0; row < batch.num_rows(); ++row) {
    if (protocol.present(row)) actions.emplace_back(protocol_at(protocol, row));
    if (metadata.present(row)) actions.emplace_back(metadata_at(metadata, row));
    if (add.present(row)) {
      if (add.has("deletionVector", row)) {
        return check_protocol(Protocol{3, 7, {"deletionVectors"}}, where);
      }
      PUNNET_TRY(auto file, add_at(add, row, where));
      actions.emplace_back(std::move(file));
    }
    if (remove.present(row)) {
      PUNNET_TRY(auto file, remove_at(remove, row, where));
      actions.emplace_back(std::move(file));
    }
    if (txn.present(row)) {
      const auto version = txn.whole("version", row);
      if (!version) return corrupt(where, "a txn without version");
      actions.emplace_back(Txn{txn.text("appId", row), *version, txn.whole("lastUpdated", row)});
    }
    if (sidecar.present(row)) return check_protocol(Protocol{3, 7, {"v2Checkpoint"}}, where);
  }
  return ok();
}

/// Parquet reports corrupt bytes by throwing in places where Arrow does not catch.
template <typename F>
auto without_exceptions(const std::string& where, F&& body) -> decltype(body()) {
  try {
    return body();
  } catch (const parquet::ParquetStatusException& error) {
    return to_error(error.status(), where);  // as what the store said, where it was the store
  } catch (const std::exception& error) {
    return corrupt(where, error.what());
  }
}

/// A part of a checkpoint as it is open for reading.
struct Part {
  std::shared_ptr<parquet::FileMetaData> metadata;
  std::shared_ptr<arrow::RecordBatch> actions;
};

Result<Part> read_part(const DeltaLog& log, const std::string& path, arrow::MemoryPool& pool,
                       const CallContext& call) {
  const auto where = log.files().location(path);
  PUNNET_TRY(auto file, log.files().open(path, call));
  return without_exceptions(where, [&]() -> Result<Part> {
    parquet::ReaderProperties properties(&pool);
    properties.set_page_checksum_verification(true);
    parquet::arrow::FileReaderBuilder builder;
    const auto opened = builder.Open(make_arrow_input(std::move(file), call), properties);
    if (!opened.ok()) return to_error(opened, where);
    const auto reader = builder.memory_pool(&pool)->Build();
    if (!reader.ok()) return to_error(reader.status(), where);
    auto table = (*reader)->ReadTable();
    if (!table.ok()) return to_error(table.status(), where);
    const auto valid = (*table)->ValidateFull();
    if (!valid.ok()) return corrupt(where, valid.message());
    auto batch = (*table)->CombineChunksToBatch(&pool);
    if (!batch.ok()) return to_error(batch.status(), where);
    return Part{(*reader)->parquet_reader()->metadata(), *std::move(batch)};
  });
}

/// kCorrupt unless what was read of a part of ours is what was written.
Status check_content(const Part& part, const std::vector<Action>& actions, std::int64_t version,
                     std::string_view where) {
  const auto& keys = part.metadata->key_value_metadata();
  if (!keys || !keys->Contains(kContentKey)) return ok();
  if (keys->Get(kContentKey).ValueOr("") == hash_of_version(to_json_lines(actions), version)) {
    return ok();
  }
  return corrupt(where, "it does not hold what was written");
}

}  // namespace

Result<Snapshot> read_checkpoint(const DeltaLog& log, const LogListing::Checkpoint& checkpoint,
                                 const CallContext& call) {
  const auto pool = make_capped_pool(kReadLimitBytes);
  const auto where = log.files().location(checkpoint.parts.front().path);
  std::vector<Action> actions;
  for (const auto& file : checkpoint.parts) {
    PUNNET_TRY(const auto part, read_part(log, file.path, *pool, call));
    const auto place = log.files().location(file.path);
    PUNNET_CHECK(collect(*part.actions, place, actions));
    if (checkpoint.parts.size() > 1) continue;  // ours are one file
    PUNNET_CHECK(check_content(part, actions, checkpoint.version, place));
  }
  const auto holds = [&](auto kind) {
    return std::any_of(actions.begin(), actions.end(), [&](const Action& action) {
      return std::holds_alternative<decltype(kind)>(action);
    });
  };
  if (!holds(Protocol()) || !holds(Metadata())) {
    return corrupt(where, "it has no protocol or no metaData");
  }
  Snapshot snapshot;
  PUNNET_CHECK(snapshot.apply(actions, where));
  snapshot.version = checkpoint.version;
  return snapshot;
}

Status write_checkpoint(const DeltaLog& log, const Snapshot& snapshot,
                        std::int64_t tombstones_since_ms, const CallContext& call) {
  const auto path = log.checkpoint_path(snapshot.version);
  const auto where = log.files().location(path);
  const auto actions = actions_of(snapshot, tombstones_since_ms);
  auto batch = to_batch(actions);
  if (!batch.ok()) return to_error(batch.status(), where);
  const auto content = hash_of_version(to_json_lines(actions), snapshot.version);
  const auto table = arrow::Table::FromRecordBatches({*batch});
  if (!table.ok()) return to_error(table.status(), where);

  PUNNET_TRY(auto file, log.files().create(path, call));
  // Without statistics, which no reader of checkpoints needs and nothing here could prove.
  const auto properties = parquet::WriterProperties::Builder()
                              .compression(parquet::Compression::ZSTD)
                              ->disable_statistics()
                              ->enable_page_checksum()
                              ->build();
  const auto writer =
      parquet::arrow::FileWriter::Open(*(*table)->schema(), arrow::default_memory_pool(),
                                       make_arrow_output(*file, call), properties);
  if (!writer.ok()) return to_error(writer.status(), where);
  auto written = (*writer)->WriteTable(**table, parquet::DEFAULT_MAX_ROW_GROUP_LENGTH);
  // Metadata of the schema would not reach the footer.
  if (written.ok()) {
    written = (*writer)->AddKeyValueMetadata(
        arrow::key_value_metadata(std::vector<std::string>{kContentKey}, {content}));
  }
  if (written.ok()) written = (*writer)->Close();
  if (!written.ok()) return to_error(written, where);
  PUNNET_TRY(const auto outcome, log.files().publish(std::move(file), call));
  if (outcome == PublishOutcome::kUnknown) {
    return Error{ErrorCode::kUnknownOutcome, where + ": whether it was published is not known"};
  }
  const boost::json::object pointer{{"version", snapshot.version}, {"size", (*batch)->num_rows()}};
  return replace_file(log.files(), log.last_checkpoint_path(), boost::json::serialize(pointer),
                      call);
}

Result<std::int64_t> count_actions(const DeltaLog& log, const LogListing::Checkpoint& checkpoint,
                                   const CallContext& call) {
  std::int64_t actions = 0;
  for (const auto& part : checkpoint.parts) {
    const auto where = log.files().location(part.path);
    PUNNET_TRY(auto file, log.files().open(part.path, call));
    PUNNET_TRY(const auto rows, without_exceptions(where, [&]() -> Result<std::int64_t> {
                 return parquet::ParquetFileReader::Open(make_arrow_input(std::move(file), call))
                     ->metadata()
                     ->num_rows();
               }));
    actions += rows;
  }
  return actions;
}

Result<std::int64_t> clean_log(const DeltaLog& log, std::int64_t keep_since_ms,
                               const CallContext& call) {
  PUNNET_TRY(const auto listing, log.list(call));
  std::int64_t first_kept = 0;
  for (const auto& checkpoint : listing.checkpoints) {
    if (to_ms(checkpoint.parts.back().modified) < keep_since_ms) first_kept = checkpoint.version;
  }
  std::int64_t removed = 0;
  const auto remove = [&](std::int64_t version, const FileInfo& file) -> Status {
    if (version >= first_kept || to_ms(file.modified) >= keep_since_ms) return ok();
    PUNNET_CHECK(log.files().remove(file.path, call));
    ++removed;
    return ok();
  };
  // Oldest first, so that whoever dies here leaves a log without holes.
  for (const auto& entry : listing.entries) PUNNET_CHECK(remove(entry.version, entry.file));
  for (const auto& checkpoint : listing.checkpoints) {
    for (const auto& part : checkpoint.parts) PUNNET_CHECK(remove(checkpoint.version, part));
  }
  return removed;
}

}  // namespace punnet::delta
