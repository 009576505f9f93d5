#include "app/spark_inputs.h"

#include <iterator>
#include <utility>

#include "app/open_ports.h"
#include "parquet/ddl.h"

namespace punnet {
namespace {

std::string described(const TableColumns& schema) {
  std::string text;
  for (const auto& column : schema) {
    text += (text.empty() ? "" : ", ") + column.name + ' ' + std::string(ddl_name(column.type));
  }
  return text;
}

Status check_same_columns(const std::vector<TypedFile>& partitions) {
  const auto& first = partitions.front();
  for (const auto& other : partitions) {
    if (other.table.schema == first.table.schema) continue;
    return Error{ErrorCode::kInvalid, other.location + " has the columns " +
                                          described(other.table.schema) + " where " +
                                          first.location + " has " + described(first.table.schema) +
                                          "; --schema says what to read of all"};
  }
  return ok();
}

}  // namespace

Result<SparkInputs> read_spark_inputs(const CommandContext& context,
                                      const std::vector<std::string>& inputs,
                                      const std::optional<std::string>& ddl,
                                      const std::vector<std::string>& columns) {
  const auto call = context.whole_run();
  TypedReadOptions options;
  if (ddl) {
    PUNNET_TRY(options.schema, parse_ddl(*ddl));
  }
  options.columns = columns;
  SparkInputs read;
  for (const auto& name : inputs) {
    PUNNET_TRY(const auto input, open_named_path(name, call));
    PUNNET_TRY(auto files, read_typed_files(*input.files, input.path, options, call));
    std::move(files.begin(), files.end(), std::back_inserter(read.partitions));
    if (!read.version.empty()) read.version += " + ";
    read.version += input.files->location(input.path);
  }
  PUNNET_CHECK(check_same_columns(read.partitions));
  return read;
}

}  // namespace punnet
