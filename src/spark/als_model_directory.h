#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/call_context.h"
#include "base/clock.h"
#include "base/result.h"
#include "domain/model.h"
#include "ports/file_store.h"
#include "spark/als_metadata.h"

namespace punnet {

struct AlsModelWriteOptions {
  std::string user_column = "user_id";
  std::string item_column = "item_id";
  std::string cold_start_strategy = "drop";
  /// How ids stand in the factor tables. kInt32: as they are, and kInvalid when one does not fit;
  /// kInt64: by rows, with a map beside; absent: whichever the ids allow, int32 first.
  std::optional<IdType> id_type;
  Timestamp written;  ///< what the metadata says
};

/// Writes the factors of `model` as a directory that Spark's ALSModel.load (3.5, 4) reads:
/// metadata, userFactors, itemFactors. Where ids need more than 32 bits, all ids of that model
/// are replaced by their rows, and _ids/users and _ids/items map rows to ids; Spark then sees rows.
/// The same model and options give the same bytes.
///
/// kExists when there are files; kInvalid when the model has no rank, values that are not finite,
/// or other numbers of ids than of factors.
Status write_als_model(FileStore& files, std::string_view directory, const Model& model,
                       const AlsModelWriteOptions& options, const CallContext& call);

/// What the metadata of an ALSModel directory says; errors as read_als_model.
Result<AlsMetadata> read_als_model_metadata(FileStore& files, std::string_view directory,
                                            const CallContext& call);

/// An ALSModel as read: its factors, and what the metadata says.
struct AlsModel {
  AlsMetadata metadata;
  Model model;  ///< ids and factors; the rest at its defaults
};

struct AlsModelReadOptions {
  std::size_t limit_bytes = std::size_t{4} << 30;  ///< for the factors of either side
};

/// Reads an ALSModel directory of Spark 2.3 to 4, or of write_als_model. kAbsent when there is
/// none; kInvalid when it holds another kind of model; kCorrupt, with file and row, when a part is
/// damaged, a row is not of the model's rank or not finite, or an id comes twice.
Result<AlsModel> read_als_model(FileStore& files, std::string_view directory,
                                const AlsModelReadOptions& options, const CallContext& call);

}  // namespace punnet
