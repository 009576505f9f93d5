#include "parquet/read_rows.h"

#include <arrow/record_batch.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "parquet/array_rows.h"
#include "parquet/csv_rows.h"
#include "parquet/parquet_batches.h"

namespace punnet {
namespace {

/// A column of the file that is being read, and the sink's column that it fills.
struct Source {
  std::size_t column;
  std::size_t sink_column;
  std::string name;
};

Error bad_value(const std::string& location, std::int64_t row, const Source& source,
                const Problem& problem) {
  return Error{ErrorCode::kInvalid, location + ": row " + std::to_string(row + 1) + ", column " +
                                        std::to_string(source.column + 1) + " (" + source.name +
                                        "): " + problem};
}

Result<std::vector<Source>> named_sources(const std::vector<WantedColumn>& wanted,
                                          const std::vector<std::string>& there,
                                          const std::string& location) {
  PUNNET_TRY(const auto places, locate_columns(wanted, there, location));
  std::vector<Source> sources;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (places[i]) sources.push_back({*places[i], i, wanted[i].name});
  }
  return sources;
}

Result<std::vector<Source>> fixed_sources(const std::vector<WantedColumn>& wanted,
                                          const std::vector<std::string>& there,
                                          const std::string& location) {
  if (!there.empty() && there.size() != wanted.size()) {
    return Error{ErrorCode::kInvalid, location + ": rows have " + std::to_string(there.size()) +
                                          " columns where, without a header, " +
                                          std::to_string(wanted.size()) + " are expected"};
  }
  std::vector<Source> sources;
  for (std::size_t i = 0; i < wanted.size(); ++i) sources.push_back({i, i, wanted[i].name});
  return sources;
}

Status read_csv(FileStore& files, const DataFile& file, const RowReadOptions& options,
                RowSink& sink, const CallContext& call) {
  const auto location = files.location(file.path);
  PUNNET_TRY(const auto rows, open_csv_rows(files, file, options.csv_header, call));
  PUNNET_TRY(const auto sources, options.csv_header
                                     ? named_sources(options.columns, rows->columns(), location)
                                     : fixed_sources(options.columns, rows->columns(), location));
  while (true) {
    PUNNET_TRY(const bool more, rows->next());
    if (!more) return ok();
    PUNNET_CHECK(sink.add_rows(rows->rows()));
    for (const auto& source : sources) {
      PUNNET_CHECK(
          rows->for_each(source.column, [&](std::size_t row, std::string_view text) -> Status {
            const auto problem = sink.set_text(source.sink_column, row, text);
            if (problem.empty()) return ok();
            return bad_value(location, rows->rows_before() + static_cast<std::int64_t>(row), source,
                             problem);
          }));
    }
  }
}

Status take_column(const arrow::Array& array, const Source& source, const std::string& location,
                   std::int64_t rows_before, RowSink& sink) {
  const auto end = take_array(array, source.sink_column, sink);
  if (!end) {
    return Error{end.error().code, location + ": column " + std::to_string(source.column + 1) +
                                       " (" + source.name + ") " + end.error().message};
  }
  if (end->problem.empty()) return ok();
  return bad_value(location, rows_before + static_cast<std::int64_t>(end->row), source,
                   end->problem);
}

Result<std::map<std::string, std::string>> read_parquet(FileStore& files, const DataFile& file,
                                                        const RowReadOptions& options,
                                                        RowSink& sink, arrow::MemoryPool& pool,
                                                        const CallContext& call) {
  const auto location = files.location(file.path);
  PUNNET_TRY(const auto batches, open_parquet_batches(files, file.path, pool, call));
  PUNNET_TRY(const auto sources, named_sources(options.columns, batches->columns(), location));
  std::vector<std::size_t> chosen;
  for (const auto& source : sources) chosen.push_back(source.column);
  PUNNET_CHECK(batches->select(chosen));

  // The footer of a stranger may claim anything; rows of less than a bit are a lie.
  const auto believed = std::clamp<std::int64_t>(batches->rows(), 0, file.size_bytes * 8);
  sink.expect_rows(static_cast<std::size_t>(believed));

  std::int64_t rows_before = 0;
  while (true) {
    PUNNET_TRY(const auto batch, batches->next());
    if (!batch) return batches->metadata();
    PUNNET_CHECK(sink.add_rows(static_cast<std::size_t>(batch->num_rows())));
    for (std::size_t i = 0; i < sources.size(); ++i) {
      PUNNET_CHECK(take_column(*batch->column(static_cast<int>(i)), sources[i], location,
                               rows_before, sink));
    }
    rows_before += batch->num_rows();
  }
}

}  // namespace

Result<std::map<std::string, std::string>> read_rows(FileStore& files, const DataFile& file,
                                                     const RowReadOptions& options, RowSink& sink,
                                                     arrow::MemoryPool& pool,
                                                     const CallContext& call) {
  if (file.format == FileFormat::kParquet) {
    return read_parquet(files, file, options, sink, pool, call);
  }
  PUNNET_CHECK(read_csv(files, file, options, sink, call));
  return std::map<std::string, std::string>{};
}

}  // namespace punnet
