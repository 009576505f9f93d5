#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "domain/typed_table.h"

namespace punnet {

/// Which columns of a table are the ratings.
struct RatingColumns {
  std::string user = "user_id";
  std::string item = "item_id";
  std::string rating = "rating";  ///< empty: every row is a rating of 1
};

/// One rating as Spark's ALS takes it.
struct SparkRating {
  std::int32_t user = 0;
  std::int32_t item = 0;
  float rating = 0;

  bool operator==(const SparkRating&) const = default;
};

/// A rating for each row of `table`, in their order: nothing is merged or left out, zero and
/// negative ratings are as good as others.
///
/// kInvalid, naming option, column and row, for what Spark refuses: a column that is not there or
/// not numeric, null, an id that is no whole number of 32 bits, a rating that is NaN; and for one
/// that is not finite as a float, with which Spark trains factors of NaN. `location` is where the
/// table came from.
Result<std::vector<SparkRating>> spark_ratings(const TypedTable& table,
                                               const RatingColumns& columns,
                                               const std::string& location);

}  // namespace punnet
