#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/seeded_random.h"
#include "domain/interactions.h"

namespace punnet {

/// One row of ratings, to be written down in a test.
struct RatedRow {
  std::vector<std::int32_t> columns;
  std::vector<float> ratings;
};

inline SparseRows sparse_rows(const std::vector<RatedRow>& rows) {
  SparseRows sparse;
  for (const auto& row : rows) {
    sparse.columns.insert(sparse.columns.end(), row.columns.begin(), row.columns.end());
    sparse.values.insert(sparse.values.end(), row.ratings.begin(), row.ratings.end());
    sparse.offsets.push_back(static_cast<std::int64_t>(sparse.columns.size()));
  }
  return sparse;
}

/// Ratings in quarters from -1 to 4 of random columns, which may repeat; the first is 2, so that
/// implicit has something to want.
inline RatedRow random_row(std::size_t length, std::size_t columns, SeededRandom& random) {
  RatedRow row;
  for (std::size_t e = 0; e < length; ++e) {
    row.columns.push_back(static_cast<std::int32_t>(random.below(columns)));
    row.ratings.push_back(static_cast<float>(random.below(21)) / 4 - 1);
  }
  if (length > 0) row.ratings.front() = 2;
  return row;
}

/// Many rows of few ratings and some long ones.
inline SparseRows mostly_short_rows(std::size_t rows, std::size_t columns, SeededRandom& random) {
  std::vector<RatedRow> rated;
  for (std::size_t r = 0; r < rows; ++r) {
    const auto length = r % 50 == 7 ? 60 + random.below(200) : random.below(12);
    rated.push_back(random_row(length, columns, random));
  }
  return sparse_rows(rated);
}

}  // namespace punnet
