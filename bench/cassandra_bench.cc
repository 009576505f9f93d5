// What the tables in a real Cassandra cost a stream: `tools/cluster up cassandra`, then
// build/release/bench/cassandra_bench HOST:PORT. Users are asked for once only, as a stream meets
// them.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/random_id.h"
#include "cassandra/cassandra_tables.h"
#include "cassandra/cql_session.h"

namespace punnet {
namespace {

constexpr int kUsers = 2'500;
constexpr int kItemsOfAUser = 370;
constexpr int kBatch = 100;
constexpr int kGroupEvents = 100'000;

CallContext patiently() { return CallContext::within(std::chrono::minutes{5}); }

/// Of what must not fail here.
template <typename T>
T value(Result<T> result) {
  if (result) return *std::move(result);
  std::fprintf(stderr, "cassandra_bench: %s\n", result.error().message.c_str());
  std::exit(1);
}

template <typename Work>
double milliseconds(const Work& work) {
  const auto began = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began)
      .count();
}

double quantile(std::vector<double> values, double q) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(q * static_cast<double>(values.size() - 1))];
}

/// Times `fetch(users)` for batches of users that were not asked for before.
template <typename Fetch>
void look_up(const char* what, const Fetch& fetch) {
  std::vector<double> times;
  for (int first = 0; first + kBatch <= kUsers; first += kBatch) {
    std::vector<UserId> users;
    for (int user = first; user < first + kBatch; ++user) users.push_back({user});
    times.push_back(milliseconds([&] { fetch(users); }));
  }
  std::printf("%s of %d users: p50 %.1f ms, p99 %.1f ms, first %.1f ms\n", what, kBatch,
              quantile(times, 0.5), quantile(times, 0.99), times.front());
}

void measure(const std::string& server) {
  CassandraTablesOptions options;
  options.servers = {server};
  options.keyspace = "bench_" + random_id().substr(0, 8);
  options.user = "cassandra";
  options.password = "cassandra";
  options.create = true;
  auto tables = value(open_cassandra_tables(options, patiently()));

  std::vector<HistoryIncrement> rows;
  OwnPurchases::ItemLists lists;
  for (int user = 0; user < kUsers; ++user) {
    for (int i = 0; i < kItemsOfAUser; ++i) {
      const ItemId item{(user * 37 + i * 13) % 5'000};
      rows.push_back({{user}, {item, 1 + i % 3, Timestamp{std::chrono::seconds{i}}}});
      lists[{user}].push_back(item);
    }
  }
  const double load =
      milliseconds([&] { value(tables.histories->replace_all(rows, patiently())); });
  std::printf("loading %zu rows of histories: %.1f s, %.0f rows/s\n", rows.size(), load / 1e3,
              static_cast<double>(rows.size()) / load * 1e3);
  const double own =
      milliseconds([&] { value(tables.own_purchases->replace_all(lists, patiently())); });
  std::printf("loading %zu lists of own purchases: %.2f s\n", lists.size(), own / 1e3);

  // What was loaded is merged in the background, which takes the same processors.
  std::this_thread::sleep_for(std::chrono::seconds{10});
  tables = {};
  const double open =
      milliseconds([&] { tables = value(open_cassandra_tables(options, patiently())); });
  std::printf("opening: %.0f ms\n", open);
  look_up("histories, 370 items each,", [&](const std::vector<UserId>& users) {
    value(tables.histories->fetch(users, patiently()));
  });
  look_up("own purchases, 370 items each,", [&](const std::vector<UserId>& users) {
    value(tables.own_purchases->fetch(users, patiently()));
  });

  std::vector<HistoryIncrement> group;
  for (int event = 0; event < kGroupEvents; ++event) {
    group.push_back({{event % kUsers}, {{event * 7 % 5'000}, 1, Timestamp{}}});
  }
  for (Offset start = 0; start < 3 * kGroupEvents; start += kGroupEvents) {
    const double took = milliseconds([&] {
      value(tables.histories->apply("topic", group, {{0, start}}, {{0, start + kGroupEvents}},
                                    patiently()));
    });
    std::printf("counting a group of %d events: %.2f s\n", kGroupEvents, took / 1e3);
  }

  const auto session = value(CqlSession::open(options, patiently()));
  value(session->define(session->in_keyspace("DROP KEYSPACE {}"), patiently()));
}

}  // namespace
}  // namespace punnet

int main(int count, char** arguments) {
  if (count != 2) {
    std::fprintf(stderr, "usage: cassandra_bench HOST:PORT\n");
    return 64;
  }
  punnet::measure(arguments[1]);
  return 0;
}
