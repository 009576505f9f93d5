#include "training/spark_split.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "als/xor_shift_random.h"

namespace punnet {
namespace {

int compare(std::int64_t a, std::int64_t b) { return a < b ? -1 : static_cast<int>(a > b); }

int compare(const std::string& a, const std::string& b) { return a.compare(b); }

int compare(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return compare(std::int64_t{std::isnan(a)}, std::isnan(b));
  return a < b ? -1 : static_cast<int>(a > b);
}

int compare_rows(const TypedTable& table, std::size_t a, std::size_t b) {
  for (const auto& column : table.columns) {
    if (column.nulls[a] || column.nulls[b]) {
      const auto order = static_cast<int>(column.nulls[b]) - static_cast<int>(column.nulls[a]);
      if (order != 0) return order;
      continue;
    }
    const int order = std::visit([&](const auto& values) { return compare(values[a], values[b]); },
                                 column.values);
    if (order != 0) return order;
  }
  return 0;
}

/// Where the cells of the sides end, as Spark adds them up.
std::vector<double> cell_ends(std::span<const double> weights) {
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  std::vector<double> ends;
  double end = 0;
  for (const double weight : weights) ends.push_back(end += weight / sum);
  return ends;
}

}  // namespace

std::vector<std::size_t> spark_sorted_rows(const TypedTable& table) {
  std::vector<std::size_t> rows(table.rows);
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  std::stable_sort(rows.begin(), rows.end(),
                   [&](std::size_t a, std::size_t b) { return compare_rows(table, a, b) < 0; });
  return rows;
}

Status check_weights(std::span<const double> weights) {
  const bool sound = std::all_of(weights.begin(), weights.end(), [](double weight) {
    return std::isfinite(weight) && weight >= 0;
  });
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  if (sound && std::isfinite(sum) && sum > 0) return ok();
  return Error{ErrorCode::kInvalid,
               "--weights must be finite numbers at or above zero, not all of them zero"};
}

std::vector<std::vector<std::size_t>> spark_random_split(const TypedTable& table,
                                                         std::size_t partition,
                                                         std::span<const double> weights,
                                                         std::int64_t seed) {
  const auto ends = cell_ends(weights);
  const auto own_seed = static_cast<std::uint64_t>(seed) + partition;
  XorShiftRandom random(static_cast<std::int64_t>(own_seed));
  std::vector<std::vector<std::size_t>> sides(weights.size());
  for (const auto row : spark_sorted_rows(table)) {
    const double drawn = random.next_double();
    const auto side = std::upper_bound(ends.begin(), ends.end(), drawn) - ends.begin();
    if (static_cast<std::size_t>(side) < sides.size()) {
      sides[static_cast<std::size_t>(side)].push_back(row);
    }
  }
  return sides;
}

}  // namespace punnet
