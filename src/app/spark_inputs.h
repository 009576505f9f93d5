#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/command.h"
#include "base/result.h"
#include "parquet/typed_table_reader.h"

namespace punnet {

/// What Spark would see as the partitions of one table: a table per file.
struct SparkInputs {
  std::vector<TypedFile> partitions;
  std::string version;  ///< "/data/ratings.csv + /data/more.csv"
};

/// Reads paths and URIs of CSV and Parquet, files and directories, in their order; files of a
/// directory in the order of their names. `ddl` describes all of them in Spark's words; Parquet
/// does without. Of `columns` alone unless that is empty. kInvalid when the tables have different
/// columns; other errors as parse_ddl and read_typed_files.
Result<SparkInputs> read_spark_inputs(const CommandContext& context,
                                      const std::vector<std::string>& inputs,
                                      const std::optional<std::string>& ddl,
                                      const std::vector<std::string>& columns = {});

}  // namespace punnet
