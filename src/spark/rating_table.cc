#include "spark/rating_table.h"

#include <arrow/array/array_primitive.h>
#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>
#include <arrow/memory_pool.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <parquet/arrow/writer.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "parquet/arrow_files.h"
#include "parquet/part_directory.h"

namespace punnet {
namespace {

constexpr std::size_t kGroupRows = std::size_t{1} << 20;  // small enough for many tasks

arrow::Status write_groups(WritableFile& file, const SparseRows& by_user, const CallContext& call) {
  const auto schema = arrow::schema({arrow::field("user", arrow::int32(), /*nullable=*/false),
                                     arrow::field("item", arrow::int32(), /*nullable=*/false),
                                     arrow::field("rating", arrow::float32(), /*nullable=*/false)});
  const auto properties = parquet::WriterProperties::Builder()
                              .compression(arrow::Compression::SNAPPY)
                              ->created_by("punnet")
                              ->build();
  ARROW_ASSIGN_OR_RAISE(const auto writer, parquet::arrow::FileWriter::Open(
                                               *schema, arrow::default_memory_pool(),
                                               make_arrow_output(file, call), properties));
  const auto entries = by_user.columns.size();
  std::size_t user = 0;
  for (std::size_t begin = 0; begin < entries; begin += kGroupRows) {
    const auto rows = std::min(kGroupRows, entries - begin);
    std::vector<std::int32_t> users(rows);
    for (std::size_t i = 0; i < rows; ++i) {
      while (static_cast<std::size_t>(by_user.offsets[user + 1]) <= begin + i) ++user;
      users[i] = static_cast<std::int32_t>(user);
    }
    const auto count = static_cast<std::int64_t>(rows);
    const auto batch = arrow::RecordBatch::Make(
        schema, count,
        {std::make_shared<arrow::Int32Array>(count, arrow::Buffer::FromVector(std::move(users))),
         std::make_shared<arrow::Int32Array>(
             count, arrow::Buffer::Wrap(by_user.columns.data() + begin, rows)),
         std::make_shared<arrow::FloatArray>(
             count, arrow::Buffer::Wrap(by_user.values.data() + begin, rows))});
    ARROW_RETURN_NOT_OK(writer->NewBufferedRowGroup());
    ARROW_RETURN_NOT_OK(writer->WriteRecordBatch(*batch));
  }
  return writer->Close();
}

}  // namespace

Status write_rating_table(FileStore& files, std::string_view directory, const SparseRows& by_user,
                          const CallContext& call) {
  PUNNET_TRY(auto parts, PartDirectory::begin(files, directory, ExistingFiles::kRefuse, call));
  PUNNET_TRY(auto* const file, parts.create_part(".snappy.parquet", call));
  const auto status = write_groups(*file, by_user, call);
  if (!status.ok()) return to_error(status, "writing " + files.location(directory));
  return parts.finish(call);
}

}  // namespace punnet
