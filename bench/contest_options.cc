#include "bench/contest_options.h"

#include <CLI/CLI.hpp>
#include <chrono>
#include <map>
#include <utility>

namespace punnet {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_between(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

}  // namespace

Result<ContestOptions> parse_contest_options(int count, const char* const* arguments) {
  ContestOptions options;
  auto& als = options.als;
  CLI::App parser;
  const std::map<std::string, Feedback> feedbacks{{"explicit", Feedback::kExplicit},
                                                  {"implicit", Feedback::kImplicit}};
  const std::map<std::string, Confidence> confidences{{"rating", Confidence::kByRating},
                                                      {"constant", Confidence::kConstant}};
  const std::map<std::string, RegularizationScaling> scalings{
      {"count", RegularizationScaling::kByCount},
      {"none", RegularizationScaling::kUnscaled},
      {"weight", RegularizationScaling::kByWeight}};
  const std::map<std::string, Solver> solvers{{"cholesky", Solver::kCholesky},
                                              {"exact", Solver::kExactCholesky},
                                              {"cg", Solver::kConjugateGradient}};
  const auto one_of = [](const auto& names) { return CLI::CheckedTransformer(names); };
  parser.add_option("ratings", options.ratings_file)->required();
  parser.add_option("users", options.users_file)->required();
  parser.add_option("--feedback", als.feedback)->transform(one_of(feedbacks));
  parser.add_option("--confidence", als.confidence)->transform(one_of(confidences));
  parser.add_option("--scaling", als.scaling)->transform(one_of(scalings));
  parser.add_option("--solver", als.solver)->transform(one_of(solvers));
  parser.add_option("--regularization", als.regularization);
  parser.add_option("--alpha", als.alpha);
  parser.add_option("--unobserved-weight", als.unobserved_weight);
  parser.add_option("--nu", als.nu);
  parser.add_option("--threads", als.threads);
  try {
    parser.parse(count, arguments);
  } catch (const CLI::Error& error) {
    return Error{ErrorCode::kInvalid, error.what()};
  }
  return options;
}

Result<ContestData> read_contest_data(const std::string& ratings_file) {
  ContestData data;
  const auto begun = Clock::now();
  PUNNET_TRY(auto file, read_ratings_file(ratings_file));
  const auto read = Clock::now();
  data.ratings.by_item = transposed(file.by_user, file.items);
  data.ratings.by_user = std::move(file.by_user);
  data.read_seconds = seconds_between(begun, read);
  data.transpose_seconds = seconds_between(read, Clock::now());
  return data;
}

}  // namespace punnet
