// punnet's side of a contest in ranking: answers each line on standard input with a line of JSON,
// and ends with its input.
//
//   search BATCH THREADS   a fifth of a second of batches of users, one after the other: the median
//                          and the least seconds of a batch
//   lists COUNT            the lists of the first users
//
//   top_k_contestant ITEMS USERS K      two files of factors, the length of a list

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <iostream>
#include <span>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "bench/ratings_file.h"
#include "ranking/top_k.h"

namespace punnet {
namespace {

using Lists = std::vector<std::vector<ScoredRow>>;

double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void say(const std::string& line) {
  std::cout << line << std::endl;  // flushed: the harness waits for it
}

struct Shop {
  PackedItems items;
  FactorMatrix users;
  std::size_t k = 0;
};

std::vector<TopKQuery> queries_of(const Shop& shop, std::size_t first, std::size_t count) {
  std::vector<TopKQuery> queries;
  queries.reserve(count);
  for (std::size_t n = 0; n < count; ++n) {
    queries.push_back({.user = shop.users.row(first + n), .k = shop.k, .excluded = {}});
  }
  return queries;
}

Lists search(const Shop& shop, std::size_t first, std::size_t count, int threads) {
  return top_k(shop.items, queries_of(shop, first, count), nullptr, threads);
}

void tell_times(const Shop& shop, std::size_t batch, int threads) {
  std::vector<double> times;
  std::size_t first = 0;
  for (const double begun = wall_seconds(); wall_seconds() - begun < 0.2;) {
    const double start = wall_seconds();
    const auto lists = search(shop, first, batch, threads);
    times.push_back(wall_seconds() - start);
    if (lists.size() != batch) return;  // the harness gives up when there is no answer
    first = first + 2 * batch <= shop.users.rows() ? first + batch : 0;
  }
  std::ranges::sort(times);
  say(fmt::format(R"({{"seconds":{:.9f},"least":{:.9f}}})", times[times.size() / 2], times[0]));
}

void tell_lists(const Shop& shop, std::size_t count) {
  std::string rows, scores;
  for (const auto& list : search(shop, 0, count, 1)) {
    std::string list_rows, list_scores;
    for (const auto& [row, score] : list) {
      list_rows += fmt::format("{}{}", list_rows.empty() ? "" : ",", row);
      list_scores += fmt::format("{}{:.9g}", list_scores.empty() ? "" : ",", score);
    }
    rows += fmt::format("{}[{}]", rows.empty() ? "" : ",", list_rows);
    scores += fmt::format("{}[{}]", scores.empty() ? "" : ",", list_scores);
  }
  say(fmt::format(R"({{"rows":[{}],"scores":[{}]}})", rows, scores));
}

Status run(std::span<char* const> arguments) {
  if (arguments.size() != 3) return Error{ErrorCode::kInvalid, "wanted: ITEMS USERS K"};
  PUNNET_TRY(const auto items, read_factors_file(arguments[0]));
  PUNNET_TRY(auto users, read_factors_file(arguments[1]));
  const Shop shop{
      .items = PackedItems(items), .users = std::move(users), .k = std::stoull(arguments[2])};
  say("{}");
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string command;
    std::size_t count = 0;
    int threads = 1;
    words >> command >> count >> threads;
    if (command == "search") {
      tell_times(shop, count, threads);
    } else if (command == "lists") {
      tell_lists(shop, count);
    } else {
      return Error{ErrorCode::kInvalid, "unknown command: " + line};
    }
  }
  return ok();
}

}  // namespace
}  // namespace punnet

int main(int count, char** arguments) {
  const auto done =
      punnet::run(std::span<char* const>(arguments, static_cast<std::size_t>(count)).subspan(1));
  if (done) return 0;
  std::fprintf(stderr, "top_k_contestant: %s\n", done.error().message.c_str());
  return 1;
}
