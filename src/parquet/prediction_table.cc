#include "parquet/prediction_table.h"

#include <arrow/array/builder_primitive.h>
#include <arrow/io/interfaces.h>
#include <arrow/memory_pool.h>
#include <arrow/table.h>
#include <arrow/type.h>
#include <parquet/arrow/writer.h>

#include <cstddef>
#include <memory>
#include <utility>

#include "base/java_number.h"
#include "domain/purchase.h"
#include "parquet/arrow_files.h"
#include "parquet/csv_table.h"
#include "parquet/data_files.h"
#include "parquet/part_directory.h"
#include "parquet/purchase_fields.h"
#include "parquet/read_rows.h"
#include "parquet/row_sink.h"

namespace punnet {
namespace {

constexpr std::int64_t kMemoryLimitBytes = std::int64_t{1} << 30;
constexpr std::int64_t kGroupRows = 1'000'000;
constexpr std::size_t kWriteBytes = std::size_t{1} << 20;
constexpr char kPredictionColumn[] = "prediction";

class PairRows final : public RowSink {
 public:
  explicit PairRows(IdType id_type) : fields_(id_type) {}

  void expect_rows(std::size_t rows) override { pairs_.reserve(pairs_.size() + rows); }
  Status add_rows(std::size_t rows) override {
    begin_ = pairs_.size();
    pairs_.resize(begin_ + rows);
    return ok();
  }
  Problem set_null(std::size_t column, std::size_t row) override {
    return taking(column, row, fields_.set_null(field(column), read_));
  }
  Problem set_integer(std::size_t column, std::size_t row, std::int64_t value) override {
    return taking(column, row, fields_.set_integer(field(column), value, read_));
  }
  Problem set_real(std::size_t column, std::size_t row, double value) override {
    return taking(column, row, fields_.set_real(field(column), value, read_));
  }
  Problem set_text(std::size_t column, std::size_t row, std::string_view value) override {
    return taking(column, row, fields_.set_text(field(column), value, read_));
  }
  Problem set_time(std::size_t column, std::size_t row, std::int64_t micros) override {
    return taking(column, row, fields_.set_time(field(column), micros, read_));
  }

  std::vector<UserItemPair> take() { return std::move(pairs_); }

 private:
  static PurchaseField field(std::size_t column) {
    return column == 0 ? PurchaseField::kUser : PurchaseField::kItem;
  }

  Problem taking(std::size_t column, std::size_t row, Problem problem) {
    if (!problem.empty()) return problem;
    auto& pair = pairs_[begin_ + row];
    if (column == 0) {
      pair.user = read_.user;
    } else {
      pair.item = read_.item;
    }
    return problem;
  }

  const PurchaseFields fields_;
  Purchase read_;  // ids are read as those of purchases are
  std::vector<UserItemPair> pairs_;
  std::size_t begin_ = 0;
};

void append_line(std::string& out, const Prediction& prediction) {
  out += std::to_string(prediction.pair.user.value);
  out += ',';
  out += std::to_string(prediction.pair.item.value);
  out += ',';
  append_java_float(out, prediction.score);
  out += '\n';
}

std::string header_line(const PairColumns& columns) {
  return to_csv({.header = {columns.user, columns.item, kPredictionColumn}, .rows = {}});
}

template <typename Builder, typename ValueOf>
arrow::Result<std::shared_ptr<arrow::Array>> column(std::span<const Prediction> predictions,
                                                    ValueOf value_of) {
  Builder builder;
  ARROW_RETURN_NOT_OK(builder.Reserve(static_cast<std::int64_t>(predictions.size())));
  for (const auto& prediction : predictions) {
    builder.UnsafeAppend(static_cast<typename Builder::value_type>(value_of(prediction)));
  }
  return builder.Finish();
}

template <typename ValueOf>
arrow::Result<std::shared_ptr<arrow::Array>> ids(std::span<const Prediction> predictions,
                                                 IdType id_type, ValueOf value_of) {
  return id_type == IdType::kInt64 ? column<arrow::Int64Builder>(predictions, value_of)
                                   : column<arrow::Int32Builder>(predictions, value_of);
}

arrow::Status write_table(WritableFile& file, std::span<const Prediction> predictions,
                          const PairColumns& columns, IdType id_type, const CallContext& call) {
  ARROW_ASSIGN_OR_RAISE(const auto users, ids(predictions, id_type, [](const Prediction& p) {
                          return p.pair.user.value;
                        }));
  ARROW_ASSIGN_OR_RAISE(const auto items, ids(predictions, id_type, [](const Prediction& p) {
                          return p.pair.item.value;
                        }));
  ARROW_ASSIGN_OR_RAISE(
      const auto scores,
      column<arrow::FloatBuilder>(predictions, [](const Prediction& p) { return p.score; }));
  const auto schema = arrow::schema({arrow::field(columns.user, users->type(), false),
                                     arrow::field(columns.item, items->type(), false),
                                     arrow::field(kPredictionColumn, arrow::float32(), false)});
  const auto properties = parquet::WriterProperties::Builder()
                              .compression(arrow::Compression::SNAPPY)
                              ->created_by("punnet")
                              ->build();
  return parquet::arrow::WriteTable(*arrow::Table::Make(schema, {users, items, scores}),
                                    arrow::default_memory_pool(), make_arrow_output(file, call),
                                    kGroupRows, properties);
}

}  // namespace

Result<std::vector<UserItemPair>> read_pairs(FileStore& files, std::string_view path,
                                             const PairColumns& columns, IdType id_type,
                                             const CallContext& call) {
  PUNNET_TRY(const auto found, find_data_files(files, path, call));
  const auto pool = make_capped_pool(kMemoryLimitBytes);
  const RowReadOptions options{.columns = {{.name = columns.user, .option = "--user-column"},
                                           {.name = columns.item, .option = "--item-column"}}};
  PairRows rows(id_type);
  for (const auto& file : found.files) {
    PUNNET_TRY(const auto ignored, read_rows(files, file, options, rows, *pool, call));
  }
  return rows.take();
}

std::string predictions_csv(std::span<const Prediction> predictions, const PairColumns& columns) {
  auto text = header_line(columns);
  for (const auto& prediction : predictions) append_line(text, prediction);
  return text;
}

Status write_predictions_csv(FileStore& files, std::string_view path,
                             std::span<const Prediction> predictions, const PairColumns& columns,
                             const CallContext& call) {
  PUNNET_TRY(auto file, files.create(path, call));
  auto text = header_line(columns);
  for (const auto& prediction : predictions) {
    append_line(text, prediction);
    if (text.size() < kWriteBytes) continue;
    PUNNET_CHECK(file->write(text, call));
    text.clear();
  }
  PUNNET_CHECK(file->write(text, call));
  return publish_as_new(files, path, std::move(file), call);
}

Status write_predictions_parquet(FileStore& files, std::string_view path,
                                 std::span<const Prediction> predictions,
                                 const PairColumns& columns, IdType id_type,
                                 const CallContext& call) {
  for (const auto& [pair, score] : predictions) {
    if (fits(pair.user.value, id_type) && fits(pair.item.value, id_type)) continue;
    return Error{ErrorCode::kInvalid, "user " + std::to_string(pair.user.value) + " or item " +
                                          std::to_string(pair.item.value) +
                                          " does not fit into 32 bits; set id_type = \"int64\""};
  }
  PUNNET_TRY(auto file, files.create(path, call));
  const auto written = write_table(*file, predictions, columns, id_type, call);
  if (!written.ok()) return to_error(written, "writing " + files.location(path));
  return publish_as_new(files, path, std::move(file), call);
}

}  // namespace punnet
