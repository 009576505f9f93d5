#include "bench/ratings_file.h"

#include <array>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <numeric>
#include <span>
#include <string_view>
#include <utility>

namespace punnet {
namespace {

constexpr std::string_view kRatingsMagic = "PNRATING";
constexpr std::string_view kFactorsMagic = "PNFACTOR";

template <typename T>
bool get(std::ifstream& in, std::span<T> values) {
  in.read(reinterpret_cast<char*>(values.data()),
          static_cast<std::streamsize>(values.size_bytes()));
  return static_cast<bool>(in);
}

template <typename T>
void put(std::ofstream& out, std::span<const T> values) {
  out.write(reinterpret_cast<const char*>(values.data()),
            static_cast<std::streamsize>(values.size_bytes()));
}

/// The numbers behind the magic, or none when the file begins otherwise.
template <std::size_t kNumbers>
bool get_header(std::ifstream& in, std::string_view magic,
                std::array<std::int64_t, kNumbers>& numbers) {
  std::array<char, 8> start{};
  return get(in, std::span<char>(start)) && std::memcmp(start.data(), magic.data(), 8) == 0 &&
         get(in, std::span<std::int64_t>(numbers));
}

Error bad_file(const std::string& path, const char* what) {
  return {ErrorCode::kCorrupt, path + " is not a whole file of " + what};
}

Status closed(std::ofstream& out, const std::string& path) {
  out.close();
  if (out) return ok();
  return Error{ErrorCode::kUnavailable, "could not write " + path};
}

}  // namespace

Result<RatingsFile> read_ratings_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::array<std::int64_t, 3> shape{};
  if (!get_header(in, kRatingsMagic, shape)) return bad_file(path, "ratings");
  const auto [users, items, entries] = shape;
  RatingsFile ratings{.by_user = {}, .items = static_cast<std::size_t>(items)};
  ratings.by_user.offsets.resize(static_cast<std::size_t>(users) + 1);
  ratings.by_user.columns.resize(static_cast<std::size_t>(entries));
  ratings.by_user.values.resize(static_cast<std::size_t>(entries));
  if (!get(in, std::span(ratings.by_user.offsets)) ||
      !get(in, std::span(ratings.by_user.columns)) || !get(in, std::span(ratings.by_user.values))) {
    return bad_file(path, "ratings");
  }
  return ratings;
}

Status write_ratings_file(const std::string& path, const RatingsFile& ratings) {
  std::ofstream out(path, std::ios::binary);
  const std::array<std::int64_t, 3> shape{
      static_cast<std::int64_t>(ratings.by_user.rows()), static_cast<std::int64_t>(ratings.items),
      static_cast<std::int64_t>(ratings.by_user.columns.size())};
  put(out, std::span<const char>(kRatingsMagic));
  put(out, std::span<const std::int64_t>(shape));
  put(out, std::span<const std::int64_t>(ratings.by_user.offsets));
  put(out, std::span<const std::int32_t>(ratings.by_user.columns));
  put(out, std::span<const float>(ratings.by_user.values));
  return closed(out, path);
}

Result<FactorMatrix> read_factors_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::array<std::int64_t, 2> shape{};
  if (!get_header(in, kFactorsMagic, shape)) return bad_file(path, "factors");
  FactorMatrix factors(static_cast<std::size_t>(shape[0]), static_cast<int>(shape[1]));
  if (!get(in, factors.values())) return bad_file(path, "factors");
  return factors;
}

Status write_factors_file(const std::string& path, const FactorMatrix& factors) {
  std::ofstream out(path, std::ios::binary);
  const std::array<std::int64_t, 2> shape{static_cast<std::int64_t>(factors.rows()),
                                          factors.rank()};
  put(out, std::span<const char>(kFactorsMagic));
  put(out, std::span<const std::int64_t>(shape));
  put(out, factors.values());
  return closed(out, path);
}

SparseRows transposed(const SparseRows& rows, std::size_t columns) {
  SparseRows result;
  result.offsets.assign(columns + 1, 0);
  result.columns.resize(rows.columns.size());
  result.values.resize(rows.values.size());
  for (const auto column : rows.columns) ++result.offsets[static_cast<std::size_t>(column) + 1];
  std::partial_sum(result.offsets.begin(), result.offsets.end(), result.offsets.begin());
  std::vector<std::int64_t> next(result.offsets.begin(), result.offsets.end() - 1);
  for (std::size_t row = 0; row < rows.rows(); ++row) {
    const auto row_columns = rows.row_columns(row);
    const auto row_values = rows.row_values(row);
    for (std::size_t n = 0; n < row_columns.size(); ++n) {
      const auto place = static_cast<std::size_t>(next[static_cast<std::size_t>(row_columns[n])]++);
      result.columns[place] = static_cast<std::int32_t>(row);
      result.values[place] = row_values[n];
    }
  }
  return result;
}

}  // namespace punnet
