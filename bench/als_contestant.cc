// punnet's side of a contest in training: reads ratings and first factors, then does one sweep for
// each line "sweep" on standard input and answers with a line of JSON. "save USERS ITEMS" writes
// the factors as they are. Ends with its input.
//
//   als_contestant RATINGS USERS [options of bench/contest_options.cc]

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <ctime>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <utility>

#include "als/als_side.h"
#include "als/half_step.h"
#include "bench/contest_options.h"

namespace punnet {
namespace {

double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

void say(const std::string& line) {
  std::cout << line << std::endl;  // flushed: the harness waits for it
}

class Contestant {
 public:
  /// Reads the files that `options` names.
  static Result<Contestant> open(ContestOptions options);

  /// What there was to do before the first sweep.
  std::string ready() const;

  Status sweep();
  Status fit(int sweeps);
  Status save(const std::string& users_file, const std::string& items_file) const;

 private:
  Contestant() = default;

  AlsConfig config_;
  std::unique_ptr<const ContestData> data_;  // stays where it is: the sides refer to it
  AlsSide user_side_;
  AlsSide item_side_;
  double prepare_seconds_ = 0;
  FactorMatrix first_users_;
  FactorMatrix users_;
  FactorMatrix items_;
};

Result<Contestant> Contestant::open(ContestOptions options) {
  Contestant contestant;
  PUNNET_TRY(auto data, read_contest_data(options.ratings_file));
  contestant.data_ = std::make_unique<const ContestData>(std::move(data));
  PUNNET_TRY(contestant.first_users_, read_factors_file(options.users_file));
  contestant.users_ = contestant.first_users_;
  options.als.rank = contestant.users_.rank();
  PUNNET_CHECK(validate(options.als));
  contestant.config_ = options.als;
  const auto& ratings = contestant.data_->ratings;
  const double begun = wall_seconds();
  contestant.user_side_ = prepare_side(ratings.by_user, ratings.by_item.rows(), options.als);
  contestant.item_side_ = prepare_side(ratings.by_item, ratings.by_user.rows(), options.als);
  contestant.prepare_seconds_ = wall_seconds() - begun;
  return contestant;
}

std::string Contestant::ready() const {
  return fmt::format(
      R"({{"read_seconds":{:.4f},"transpose_seconds":{:.4f},"prepare_seconds":{:.4f}}})",
      data_->read_seconds, data_->transpose_seconds, prepare_seconds_);
}

Status Contestant::sweep() {
  const double begun = wall_seconds();
  const double cpu_begun = cpu_seconds();
  PUNNET_CHECK(half_step(item_side_, users_, items_, config_));
  const double items_done = wall_seconds();
  PUNNET_CHECK(half_step(user_side_, items_, users_, config_));
  const double done = wall_seconds();
  say(fmt::format(
      R"({{"seconds":{:.6f},"cpu_seconds":{:.6f},"item_seconds":{:.6f},"user_seconds":{:.6f}}})",
      done - begun, cpu_seconds() - cpu_begun, items_done - begun, done - items_done));
  return ok();
}

Status Contestant::fit(int sweeps) {
  const double begun = wall_seconds();
  users_ = first_users_;
  items_ = {};
  for (int sweep = 0; sweep < sweeps; ++sweep) {
    PUNNET_CHECK(half_step(item_side_, users_, items_, config_));
    PUNNET_CHECK(half_step(user_side_, items_, users_, config_));
  }
  say(fmt::format(R"({{"seconds":{:.6f}}})", wall_seconds() - begun));
  return ok();
}

Status Contestant::save(const std::string& users_file, const std::string& items_file) const {
  PUNNET_CHECK(write_factors_file(users_file, users_));
  PUNNET_CHECK(write_factors_file(items_file, items_));
  say("{}");
  return ok();
}

Status answer(Contestant& contestant, const std::string& line) {
  std::istringstream words(line);
  std::string command, first, second;
  words >> command >> first >> second;
  if (command == "sweep") return contestant.sweep();
  if (command == "fit") return contestant.fit(std::stoi(first));
  if (command == "save") return contestant.save(first, second);
  return Error{ErrorCode::kInvalid, "unknown command: " + line};
}

Status run(int count, char** arguments) {
  PUNNET_TRY(auto options, parse_contest_options(count, arguments));
  PUNNET_TRY(auto contestant, Contestant::open(std::move(options)));
  say(contestant.ready());
  for (std::string line; std::getline(std::cin, line);) PUNNET_CHECK(answer(contestant, line));
  return ok();
}

}  // namespace
}  // namespace punnet

int main(int count, char** arguments) {
  const auto done = punnet::run(count, arguments);
  if (done) return 0;
  std::fprintf(stderr, "als_contestant: %s\n", done.error().message.c_str());
  return 1;
}
