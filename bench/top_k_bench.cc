// Exact lists for a batch of users out of all items.

#include <benchmark/benchmark.h>

#include <cstdint>
#include <map>
#include <vector>

#include "base/seeded_random.h"
#include "bench/machine_limits.h"
#include "ranking/top_k.h"

namespace punnet {
namespace {

FactorMatrix normal_factors(std::size_t rows, int rank, std::uint64_t seed) {
  SeededRandom random(seed);
  FactorMatrix factors(rows, rank);
  for (auto& x : factors.values()) x = static_cast<float>(random.normal());
  return factors;
}

double peak_gflops(int threads) {
  static std::map<int, double> measured;
  const auto [at, is_new] = measured.try_emplace(threads, 0);
  if (is_new) at->second = measured_gflops(threads);
  return at->second;
}

// of_peak: the share of the machine's multiply-adds that scoring every item in this time would be.
// Above 1 where norms rule items out.
void lists(benchmark::State& state) {
  const auto rank = static_cast<int>(state.range(1));
  const auto k = static_cast<std::size_t>(state.range(3));
  const auto threads = static_cast<int>(state.range(4));
  const PackedItems items(normal_factors(static_cast<std::size_t>(state.range(0)), rank, 1));
  const auto users = normal_factors(static_cast<std::size_t>(state.range(2)), rank, 2);
  std::vector<TopKQuery> queries;
  for (std::size_t u = 0; u < users.rows(); ++u) queries.push_back({users.row(u), k, {}});
  for (auto _ : state) {
    auto best = top_k(items, queries, nullptr, threads);
    benchmark::DoNotOptimize(best);
  }
  const auto flops = 2e-9 * static_cast<double>(items.size() * users.rows()) * rank;
  state.SetItemsProcessed(state.iterations() * state.range(2));
  state.counters["of_peak"] = benchmark::Counter(flops / peak_gflops(threads),
                                                 benchmark::Counter::kIsIterationInvariantRate);
}

BENCHMARK(lists)
    ->ArgNames({"items", "rank", "users", "k", "threads"})
    ->ArgsProduct({{5'000, 92'000}, {10, 64, 128}, {1, 5, 100}, {5}, {1}})
    ->ArgsProduct({{5'000}, {96}, {100}, {6, 100, 1'000}, {1, 2}})
    ->ArgsProduct({{92'000}, {96}, {1, 100}, {6}, {1, 2}})
    ->UseRealTime()
    ->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace punnet
