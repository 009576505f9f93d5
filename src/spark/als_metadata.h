#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace punnet {

/// What the metadata line of an ALSModel directory says.
struct AlsMetadata {
  std::string uid;            ///< e.g. "ALS_bbd3d6aced96"
  std::string spark_version;  ///< of the writer
  Timestamp written;
  std::string user_column = "user_id";
  std::string item_column = "item_id";
  std::string cold_start_strategy = "drop";
  int block_size = 4096;
  int rank = 0;
};

/// The line as Spark 3.5 writes it, "\n" included.
std::string to_json_line(const AlsMetadata& metadata);

/// Reads what Spark 2.3 to 4 writes. kInvalid when it describes something else than an ALSModel, or
/// its rank is not from 1 to 65536; kCorrupt when it is not JSON. `location` is for the messages.
Result<AlsMetadata> parse_als_metadata(std::string_view line, const std::string& location);

}  // namespace punnet
