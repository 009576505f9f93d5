// How soon a stream that starts again knows its position, on a table of 10,000 commits of a local
// directory: at a checkpoint, and at the last commit before the next one.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "delta/delta_purchase_sink.h"
#include "embedded/local_file_store.h"

namespace punnet {
namespace {

constexpr int kPartitions = 12;
constexpr std::int64_t kCommits = 10'000;

template <typename T>
T get(Result<T> result) {
  if (result) return *std::move(result);
  std::fprintf(stderr, "restart_bench: %s\n", result.error().message.c_str());
  std::exit(1);
}

CallContext patiently() { return CallContext::within(std::chrono::minutes{5}); }

/// A directory with a table that grows while the bench runs; removed at the end.
class Shop {
 public:
  Shop() {
    auto pattern = (std::filesystem::temp_directory_path() / "punnet-bench-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) std::exit(1);
    path_ = pattern;
    // What is measured is reading: writing need not survive a power failure.
    files_ = get(open_local_file_store({path_, false}));
  }
  Shop(const Shop&) = delete;
  Shop& operator=(const Shop&) = delete;
  ~Shop() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  std::unique_ptr<PurchaseSink> open() {
    DeltaSinkOptions options;
    options.topic = "purchases";
    options.topic_id = "t";
    options.writer_id = "writer-" + std::to_string(++opened_);
    return get(open_delta_purchase_sink(*files_, system_clock(), options, patiently()));
  }

  void grow_to(std::int64_t commits) {
    const auto sink = open();
    for (; commits_ < commits; ++commits_) {
      const auto partition = static_cast<Partition>(commits_ % kPartitions);
      const auto held = sink->positions().find(partition);
      EnrichedRun run;
      run.partition = partition;
      run.range.start = held == sink->positions().end() ? 0 : held->second;
      run.range.next = run.range.start + 1;
      EnrichedPurchase row;
      row.partition = partition;
      row.offset = run.range.start;
      run.rows.push_back(row);
      get(sink->append(std::move(run), "1", patiently()));
      get(sink->commit(patiently()));
    }
  }

 private:
  std::string path_;
  std::unique_ptr<FileStore> files_;
  std::int64_t commits_ = 0;
  int opened_ = 0;
};

void know_positions(benchmark::State& state) {
  static Shop shop;
  shop.grow_to(state.range(0));
  for (auto _ : state) {
    const auto sink = shop.open();
    if (sink->positions().size() != kPartitions) state.SkipWithError("positions are missing");
  }
}

BENCHMARK(know_positions)
    ->ArgName("commits")
    ->Arg(kCommits)
    ->Arg(kCommits + 99)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace punnet
