#include "training/spark_ratings.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>

namespace punnet {
namespace {

/// A column that was asked for, and where to complain about it.
struct NumericColumn {
  const TypedColumn* column = nullptr;
  std::string what;  ///< "column \"stars\" (--rating-column)"
};

std::string listed(const TableColumns& schema) {
  std::string text;
  for (const auto& column : schema) text += (text.empty() ? "" : ", ") + column.name;
  return text;
}

Result<NumericColumn> find_numeric(const TypedTable& table, const std::string& name,
                                   const std::string& option, const std::string& location) {
  const auto found = std::find_if(table.schema.begin(), table.schema.end(),
                                  [&](const auto& column) { return column.name == name; });
  if (found == table.schema.end()) {
    return Error{ErrorCode::kInvalid, location + " has no column \"" + name + "\"; it has " +
                                          listed(table.schema) + ". Name the one to read with " +
                                          option};
  }
  auto what = "column \"" + name + "\" (" + option + ")";
  if (!is_numeric(found->type)) {
    return Error{ErrorCode::kInvalid, location + ": " + what +
                                          " must be of a numeric type but is " +
                                          std::string(ddl_name(found->type))};
  }
  const auto at = static_cast<std::size_t>(found - table.schema.begin());
  return NumericColumn{&table.columns[at], std::move(what)};
}

Error bad(const std::string& location, std::size_t row, const NumericColumn& column,
          const std::string& problem) {
  return Error{ErrorCode::kInvalid,
               location + ": row " + std::to_string(row + 1) + ", " + column.what + ": " + problem};
}

Result<std::int32_t> id_at(const NumericColumn& from, std::size_t row,
                           const std::string& location) {
  constexpr char kMustFit[] =
      " is not a whole number of 32 bits, the only ids that Spark's ALS takes";
  if (from.column->nulls[row]) return bad(location, row, from, "no value");
  if (const auto* whole = std::get_if<std::vector<std::int64_t>>(&from.column->values)) {
    const auto id = (*whole)[row];
    if (id >= INT32_MIN && id <= INT32_MAX) return static_cast<std::int32_t>(id);
    return bad(location, row, from, std::to_string(id) + kMustFit);
  }
  const double id = std::get<std::vector<double>>(from.column->values)[row];
  if (id >= INT32_MIN && id <= INT32_MAX && std::trunc(id) == id) {
    return static_cast<std::int32_t>(id);
  }
  return bad(location, row, from, std::to_string(id) + kMustFit);
}

Result<float> rating_at(const NumericColumn& from, std::size_t row, const std::string& location) {
  if (from.column->nulls[row]) return bad(location, row, from, "no value");
  if (const auto* whole = std::get_if<std::vector<std::int64_t>>(&from.column->values)) {
    return static_cast<float>((*whole)[row]);
  }
  const double rating = std::get<std::vector<double>>(from.column->values)[row];
  if (std::abs(rating) <= static_cast<double>(std::numeric_limits<float>::max())) {
    return static_cast<float>(rating);
  }
  return bad(location, row, from,
             std::to_string(rating) + " is not a finite number that a float can hold");
}

}  // namespace

Result<std::vector<SparkRating>> spark_ratings(const TypedTable& table,
                                               const RatingColumns& columns,
                                               const std::string& location) {
  PUNNET_TRY(const auto users, find_numeric(table, columns.user, "--user-column", location));
  PUNNET_TRY(const auto items, find_numeric(table, columns.item, "--item-column", location));
  std::vector<SparkRating> ratings(table.rows, SparkRating{.rating = 1});
  for (std::size_t row = 0; row < table.rows; ++row) {
    PUNNET_TRY(ratings[row].user, id_at(users, row, location));
    PUNNET_TRY(ratings[row].item, id_at(items, row, location));
  }
  if (columns.rating.empty()) return ratings;
  PUNNET_TRY(const auto values, find_numeric(table, columns.rating, "--rating-column", location));
  for (std::size_t row = 0; row < table.rows; ++row) {
    PUNNET_TRY(ratings[row].rating, rating_at(values, row, location));
  }
  return ratings;
}

}  // namespace punnet
