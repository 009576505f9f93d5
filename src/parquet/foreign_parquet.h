// For tests alone: Parquet files as other programs write them.
#pragma once

#include <arrow/api.h>
#include <gtest/gtest.h>
#include <parquet/arrow/writer.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "parquet/arrow_files.h"
#include "ports/file_store.h"

namespace punnet {

/// A column for a test's file.
struct ForeignColumn {
  std::string name;
  std::shared_ptr<arrow::Array> values;
};

template <typename Builder, typename Value>
std::shared_ptr<arrow::Array> array_of(Builder builder, const std::vector<Value>& values) {
  EXPECT_TRUE(builder.AppendValues(values).ok());
  return builder.Finish().ValueOrDie();
}

inline std::shared_ptr<arrow::Array> int64s(const std::vector<std::int64_t>& values) {
  return array_of(arrow::Int64Builder(), values);
}
inline std::shared_ptr<arrow::Array> int32s(const std::vector<std::int32_t>& values) {
  return array_of(arrow::Int32Builder(), values);
}
inline std::shared_ptr<arrow::Array> doubles(const std::vector<double>& values) {
  return array_of(arrow::DoubleBuilder(), values);
}
inline std::shared_ptr<arrow::Array> strings(const std::vector<std::string>& values) {
  return array_of(arrow::StringBuilder(), values);
}
inline std::shared_ptr<arrow::Array> timestamps(arrow::TimeUnit::type unit,
                                                const std::vector<std::int64_t>& values) {
  return array_of(
      arrow::TimestampBuilder(arrow::timestamp(unit, "UTC"), arrow::default_memory_pool()), values);
}

struct ForeignOptions {
  bool int96 = false;
  bool store_arrow_schema = false;
  parquet::Compression::type compression = parquet::Compression::UNCOMPRESSED;
};

/// Writes a Parquet file as some other program would.
inline void write_foreign_parquet(FileStore& files, const std::string& path,
                                  const std::vector<ForeignColumn>& columns,
                                  const ForeignOptions& options = {}) {
  arrow::FieldVector fields;
  arrow::ArrayVector arrays;
  for (const auto& column : columns) {
    fields.push_back(arrow::field(column.name, column.values->type()));
    arrays.push_back(column.values);
  }
  const auto table = arrow::Table::Make(arrow::schema(fields), arrays);

  parquet::ArrowWriterProperties::Builder arrow_properties;
  if (options.int96) arrow_properties.enable_deprecated_int96_timestamps();
  if (options.store_arrow_schema) arrow_properties.store_schema();
  const auto call = CallContext::within(std::chrono::minutes{1});
  auto file = files.create(path, call);
  ASSERT_TRUE(file) << file.error().message;
  const auto status = parquet::arrow::WriteTable(
      *table, arrow::default_memory_pool(), make_arrow_output(**file, call), 1000,
      parquet::WriterProperties::Builder().compression(options.compression)->build(),
      arrow_properties.build());
  ASSERT_TRUE(status.ok()) << status.ToString();
  ASSERT_TRUE(files.publish(*std::move(file), call));
}

}  // namespace punnet
