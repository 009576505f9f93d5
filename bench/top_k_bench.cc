// Exact top 5, one thread: a batch of users against all items.

#include <benchmark/benchmark.h>

#include <cstdint>
#include <vector>

#include "base/seeded_random.h"
#include "ranking/top_k.h"

namespace punnet {
namespace {

FactorMatrix normal_factors(std::size_t rows, int rank, std::uint64_t seed) {
  SeededRandom random(seed);
  FactorMatrix factors(rows, rank);
  for (auto& x : factors.values()) x = static_cast<float>(random.normal());
  return factors;
}

void top_5(benchmark::State& state) {
  const auto rank = static_cast<int>(state.range(1));
  const PackedItems items(normal_factors(static_cast<std::size_t>(state.range(0)), rank, 1));
  const auto users = normal_factors(static_cast<std::size_t>(state.range(2)), rank, 2);
  std::vector<TopKQuery> queries;
  for (std::size_t u = 0; u < users.rows(); ++u) queries.push_back({users.row(u), 5, {}});
  for (auto _ : state) {
    auto lists = top_k(items, queries);
    benchmark::DoNotOptimize(lists);
  }
  state.SetItemsProcessed(state.iterations() * state.range(2));
}

BENCHMARK(top_5)
    ->ArgNames({"items", "rank", "users"})
    ->ArgsProduct({{5'000, 92'000}, {10, 64, 128}, {1, 5, 100}})
    ->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace punnet
