// Judges a contest in training, all in fp64: answers each line on standard input with a line of
// JSON.
//
//   goal SWEEPS            what that many sweeps of exact Cholesky from the first factors come to
//   loss USERS ITEMS       the objective at somebody's factors
//   limits USERS ITEMS     what the machine gives at this moment, and the bytes and operations a
//   sweep needs
//
//   referee RATINGS USERS [options of bench/contest_options.cc]

#include <fmt/format.h>

#include <cstdio>
#include <iostream>
#include <sstream>
#include <string>
#include <utility>

#include "als/als_objective.h"
#include "als/train_als.h"
#include "bench/contest_options.h"
#include "bench/machine_limits.h"

namespace punnet {
namespace {

void say(const std::string& line) {
  std::cout << line << std::endl;  // flushed: the harness waits for it
}

Status tell_goal(std::istream& arguments, const ContestData& data, const ContestOptions& options) {
  auto config = options.als;
  arguments >> config.iterations;
  config.solver = Solver::kExactCholesky;
  PUNNET_TRY(auto users, read_factors_file(options.users_file));
  std::string losses;
  PUNNET_CHECK(
      train_als_from(std::move(users), data.ratings, config, {}, [&](const AlsProgress& progress) {
        losses += fmt::format("{}{:.17g}", losses.empty() ? "" : ",", progress.loss);
      }));
  say(fmt::format(R"({{"losses":[{}]}})", losses));
  return ok();
}

Status tell_loss(std::istream& arguments, const ContestData& data, const ContestOptions& options) {
  std::string users_file, items_file;
  arguments >> users_file >> items_file;
  PUNNET_TRY(const auto users, read_factors_file(users_file));
  PUNNET_TRY(const auto items, read_factors_file(items_file));
  say(fmt::format(R"({{"loss":{:.17g}}})", als_objective(data.ratings, users, items, options.als)));
  return ok();
}

Status tell_limits(std::istream& arguments, const ContestData& data,
                   const ContestOptions& options) {
  std::string users_file, items_file;
  arguments >> users_file >> items_file;
  PUNNET_TRY(const auto users, read_factors_file(users_file));
  PUNNET_TRY(const auto items, read_factors_file(items_file));
  const auto threads = options.als.threads;
  say(fmt::format(
      R"({{"gflops":{:.1f},"item_gather_seconds":{:.6f},"user_gather_seconds":{:.6f},"users":{},"items":{},"entries":{}}})",
      measured_gflops(threads), measured_gather_seconds(data.ratings.by_item, users, threads),
      measured_gather_seconds(data.ratings.by_user, items, threads), users.rows(), items.rows(),
      data.ratings.by_user.columns.size()));
  return ok();
}

Status run(int count, char** arguments) {
  PUNNET_TRY(auto options, parse_contest_options(count, arguments));
  PUNNET_TRY(const auto data, read_contest_data(options.ratings_file));
  PUNNET_TRY(const auto start, read_factors_file(options.users_file));
  options.als.rank = start.rank();
  say("{}");
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string command;
    words >> command;
    if (command == "goal") {
      PUNNET_CHECK(tell_goal(words, data, options));
    } else if (command == "loss") {
      PUNNET_CHECK(tell_loss(words, data, options));
    } else if (command == "limits") {
      PUNNET_CHECK(tell_limits(words, data, options));
    } else {
      return Error{ErrorCode::kInvalid, "unknown command: " + line};
    }
  }
  return ok();
}

}  // namespace
}  // namespace punnet

int main(int count, char** arguments) {
  const auto done = punnet::run(count, arguments);
  if (done) return 0;
  std::fprintf(stderr, "referee: %s\n", done.error().message.c_str());
  return 1;
}
