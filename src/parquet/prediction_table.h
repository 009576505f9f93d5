#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "domain/ids.h"
#include "ports/file_store.h"

namespace punnet {

/// A user and an item to be looked at together.
struct UserItemPair {
  UserId user;
  ItemId item;

  bool operator==(const UserItemPair&) const = default;
};

/// Names of the two columns.
struct PairColumns {
  std::string user = "user_id";
  std::string item = "item_id";
};

/// The pairs of `path`, in the order of the file: CSV with a header, CSV in gzip, or Parquet, a
/// file or a directory of them, as read_purchases reads them; other columns are ignored. kAbsent
/// when nothing is there; kInvalid, with file, row and value, for what is no id of `id_type`.
Result<std::vector<UserItemPair>> read_pairs(FileStore& files, std::string_view path,
                                             const PairColumns& columns, IdType id_type,
                                             const CallContext& call);

/// What a model thinks of a pair; NaN where it knows nothing.
struct Prediction {
  UserItemPair pair;
  float score = 0;
};

/// The predictions as CSV with a header (user, item, "prediction"), scores as Spark writes floats:
/// the shortest digits that give the same float, and "NaN".
std::string predictions_csv(std::span<const Prediction> predictions, const PairColumns& columns);

/// Publishes that CSV as the file `path`; kExists when there is one.
Status write_predictions_csv(FileStore& files, std::string_view path,
                             std::span<const Prediction> predictions, const PairColumns& columns,
                             const CallContext& call);

/// The same as one Parquet file: two columns of ids (int32, or int64 by `id_type`) and one of
/// floats.
Status write_predictions_parquet(FileStore& files, std::string_view path,
                                 std::span<const Prediction> predictions,
                                 const PairColumns& columns, IdType id_type,
                                 const CallContext& call);

}  // namespace punnet
