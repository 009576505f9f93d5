// Writes the made-up data sets of the benchmarks, and the factors that every contestant starts
// from.
//
//   make_ratings ml-20m|lastfm-360k RATINGS_FILE
//   make_ratings factors ROWS RANK SEED FACTORS_FILE      what implicit starts from: uniform in [0,
//   0.01) make_ratings normal ROWS RANK SEED FACTORS_FILE       Gaussian, for ranking

#include <cstdint>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "als/initial_factors.h"
#include "base/seeded_random.h"
#include "bench/made_up_ratings.h"
#include "bench/ratings_file.h"
#include "domain/ids.h"

namespace punnet {
namespace {

constexpr std::uint64_t kSeed = 20210117;

FactorMatrix drawn(std::string_view kind, std::size_t rows, int rank, std::uint64_t seed) {
  FactorMatrix factors(rows, rank);
  SeededRandom random(seed);
  for (auto& x : factors.values()) {
    x = static_cast<float>(kind == "normal" ? random.normal() : 0.01 * random.uniform());
  }
  return factors;
}

FactorMatrix drawn_by_spark(std::size_t rows, int rank, std::int64_t seed, int blocks) {
  std::vector<UserId> users(rows);
  for (std::size_t row = 0; row < rows; ++row) users[row].value = static_cast<std::int64_t>(row);
  return spark_initial_factors(users, rank, seed, blocks);
}

Status run(std::span<char* const> arguments) {
  const std::string_view kind = arguments.empty() ? "" : arguments[0];
  if ((kind == "factors" || kind == "normal") && arguments.size() == 5) {
    return write_factors_file(
        arguments[4],
        drawn(kind, std::stoull(arguments[1]), std::stoi(arguments[2]), std::stoull(arguments[3])));
  }
  if (kind == "spark" && arguments.size() == 6) {
    return write_factors_file(arguments[4],
                              drawn_by_spark(std::stoull(arguments[1]), std::stoi(arguments[2]),
                                             std::stoll(arguments[3]), std::stoi(arguments[5])));
  }
  if (kind == "ml-20m" && arguments.size() == 2) {
    return write_ratings_file(arguments[1], made_up_ratings(ml_20m_shape(), kSeed));
  }
  if (kind == "lastfm-360k" && arguments.size() == 2) {
    return write_ratings_file(arguments[1], made_up_ratings(lastfm_360k_shape(), kSeed));
  }
  return Error{ErrorCode::kInvalid, "see the top of bench/make_ratings.cc for the arguments"};
}

}  // namespace
}  // namespace punnet

int main(int count, char** arguments) {
  const auto done =
      punnet::run(std::span<char* const>(arguments, static_cast<std::size_t>(count)).subspan(1));
  if (done) return 0;
  std::fprintf(stderr, "make_ratings: %s\n", done.error().message.c_str());
  return 1;
}
