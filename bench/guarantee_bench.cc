// What it costs that every event is written once: the same stream into the Delta tables and into
// plain Parquet files without sync, footer and log, in turn on the same machine.
//
//     guarantee_bench DIRECTORY     on the disk to measure, which it leaves as it was
//
// Prints one JSON object; bench/guarantee_contest.py says what is in it and judges it.
#include <boost/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/seeded_random.h"
#include "bench/made_up_topic.h"
#include "bench/plain_sink.h"
#include "delta/delta_purchase_sink.h"
#include "embedded/local_file_store.h"
#include "stream/run_stream.h"
#include "tests/support/memory_world.h"

namespace punnet {
namespace {

namespace json = boost::json;

using std::chrono::duration;
using std::chrono::microseconds;
using std::chrono::steady_clock;

constexpr std::size_t kUsers = 2'500;
constexpr std::size_t kItems = 5'000;
constexpr int kRank = 64;

/// Enough for ten commits of 16 MB while the stream goes on, and one of the rest at the end.
constexpr std::int64_t kLargeBatch = 10'000;
constexpr std::int64_t kLargeEvents = 1'200'000;
constexpr int kLargePairs = 13;
constexpr std::int64_t kSmallBatch = 100;
constexpr std::int64_t kSmallEvents = 40'000;
constexpr int kSmallPairs = 15;
/// What the default age of a commit, ten seconds, brings at a thousand events a second.
constexpr std::int64_t kPacedEvents = 10'000;
constexpr std::int64_t kPacedCommits = 200;

template <typename T>
T get(Result<T> result) {
  if (result) return *std::move(result);
  std::fprintf(stderr, "guarantee_bench: %s\n", result.error().message.c_str());
  std::exit(1);
}

CallContext patiently() { return CallContext::within(std::chrono::minutes{1}); }

Model make_model() {
  std::vector<UserId> users;
  std::vector<ItemId> items;
  for (std::size_t i = 0; i < kUsers; ++i) users.push_back(UserId{static_cast<std::int64_t>(i)});
  for (std::size_t i = 0; i < kItems; ++i) items.push_back(ItemId{static_cast<std::int64_t>(i)});
  Model model;
  model.user_factors = FactorMatrix(kUsers, kRank);
  model.item_factors = FactorMatrix(kItems, kRank);
  SeededRandom random(3);
  for (auto& value : model.user_factors.values()) value = static_cast<float>(random.normal());
  for (auto& value : model.item_factors.values()) value = static_cast<float>(random.normal());
  model.popularity = {{items[0], 0.5F}};
  model.users = IdIndex<UserId>(std::move(users));
  model.items = IdIndex<ItemId>(std::move(items));
  return model;
}

/// What one run of the stream took.
struct Run {
  double seconds = 0;      ///< from the first batch to the last commit
  double cpu_seconds = 0;  ///< of all threads meanwhile, the first batch aside
  std::vector<double> ready_seconds;
  std::vector<double> commit_seconds;
};

class Watch final : public StreamObserver {
 public:
  void batch_done(const BatchReport& batch) override {
    if (run_.ready_seconds.empty()) {
      started_ = steady_clock::now() - batch.took;
      cpu_started_ = std::clock();
    }
    run_.ready_seconds.push_back(duration<double>(batch.to_rows_ready()).count());
  }
  void committed(const CommitReport& commit) override {
    run_.commit_seconds.push_back(duration<double>(commit.took).count());
  }
  Run end() {
    run_.seconds = duration<double>(steady_clock::now() - started_).count();
    run_.cpu_seconds = static_cast<double>(std::clock() - cpu_started_) / CLOCKS_PER_SEC;
    return std::move(run_);
  }

 private:
  steady_clock::time_point started_;
  std::clock_t cpu_started_ = 0;
  Run run_;
};

/// Drains a topic once, as the command does with two threads.
Run drain(EventLog& log, const Model& model, PurchaseSink& sink, std::int64_t batch,
          bool every_batch) {
  testing::MemoryWorld world;
  testing::MemoryCommittedPurchases committed(world);
  testing::MemoryOwnPurchases own_purchases(world);
  testing::MemoryHistories histories(world);
  testing::MemoryItemTable items(world);
  testing::MemoryRecommendationTable recommendations(world);
  testing::MemoryModelStore models(world);
  get(models.publish(model, {}, patiently()));
  const auto promoted = models.promote("1", patiently());
  if (!promoted) std::exit(1);
  const auto background = make_background_thread();
  const auto history_writer = make_background_thread();
  StreamPorts ports{log,
                    sink,
                    committed,
                    own_purchases,
                    histories,
                    items,
                    recommendations,
                    models,
                    system_clock(),
                    [](microseconds, const std::stop_token&) {}};
  ports.background = background.get();
  ports.history_writer = history_writer.get();
  StreamConfig config;
  config.trigger.kind = TriggerKind::kAvailableNow;
  config.max_offsets_per_trigger = batch;
  config.commit.every_batch = every_batch;
  config.apply.threads = 2;
  config.apply.shown_rows = 0;
  Watch watch;
  get(run_stream(ports, config, watch, {}));
  return watch.end();
}

class Bench {
 public:
  explicit Bench(const std::filesystem::path& directory) : place_(directory / "guarantee-bench") {}

  json::object run() {
    json::object found;
    found["large_batches"] = pairs(kLargeEvents, kLargeBatch, kLargePairs);
    found["small_batches"] = pairs(kSmallEvents, kSmallBatch, kSmallPairs);
    const auto topic = make_made_up_topic({kPacedCommits * kPacedEvents, kUsers, kItems});
    found["paced_commits"] = to_json(guaranteed(*topic, kPacedEvents, true));
    return found;
  }

 private:
  /// Both sides in turn, each as often the first.
  json::array pairs(std::int64_t events, std::int64_t batch, int count) {
    const auto topic = make_made_up_topic({events, kUsers, kItems});
    json::array found;
    for (int pair = 0; pair < count; ++pair) {
      json::object sides;
      for (const bool is_guaranteed : {pair % 2 == 0, pair % 2 != 0}) {
        const auto run = is_guaranteed ? guaranteed(*topic, batch, false) : plain(*topic, batch);
        sides[is_guaranteed ? "guaranteed" : "plain"] = to_json(run);
      }
      found.push_back(std::move(sides));
    }
    return found;
  }

  static json::object to_json(const Run& run) {
    const auto array = [](const std::vector<double>& values) {
      return json::array(values.begin(), values.end());
    };
    return {{"seconds", run.seconds},
            {"cpu_seconds", run.cpu_seconds},
            {"ready_seconds", array(run.ready_seconds)},
            {"commit_seconds", array(run.commit_seconds)}};
  }

  Run guaranteed(EventLog& log, std::int64_t batch, bool every_batch) {
    return in_fresh_place([&] {
      const auto files = get(open_local_file_store({place_.string(), true}));
      DeltaSinkOptions options;
      options.topic = "purchases";
      options.topic_id = "t";
      options.writer_id = "bench";
      const auto sink = get(open_delta_purchase_sink(*files, system_clock(), options, patiently()));
      return drain(log, model_, *sink, batch, every_batch);
    });
  }

  Run plain(EventLog& log, std::int64_t batch) {
    return in_fresh_place([&] {
      const auto sink = make_plain_sink(place_.string(), {});
      return drain(log, model_, *sink, batch, false);
    });
  }

  Run in_fresh_place(const std::function<Run()>& measure) {
    std::filesystem::remove_all(place_);
    std::filesystem::create_directories(place_);
    auto run = measure();
    std::filesystem::remove_all(place_);
    return run;
  }

  const std::filesystem::path place_;
  const Model model_ = make_model();
};

}  // namespace
}  // namespace punnet

int main(int count, char** arguments) {
  if (count != 2) {
    std::fprintf(stderr, "guarantee_bench: one argument, the directory to write to\n");
    return 64;
  }
  const auto text = boost::json::serialize(punnet::Bench(arguments[1]).run());
  std::printf("%s\n", text.c_str());
  return 0;
}
