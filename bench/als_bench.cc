// One iteration of ALS, loss included, on ratings of a grocery's shape: 2,500 users, a long tail of
// items.

#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdint>
#include <vector>

#include "als/train_als.h"
#include "base/seeded_random.h"

namespace punnet {
namespace {

constexpr std::size_t kUsers = 2500;

InteractionMatrix grocery_ratings(std::size_t count, std::size_t items) {
  SeededRandom random(1);
  std::vector<Interaction> interactions(count);
  for (auto& x : interactions) {
    x.user =
        static_cast<std::int32_t>(static_cast<double>(kUsers) * std::pow(random.uniform(), 1.5));
    x.item = static_cast<std::int32_t>(static_cast<double>(items) * std::pow(random.uniform(), 3));
    x.rating = 1 + static_cast<float>(random.below(4));
  }
  return make_interaction_matrix(interactions, kUsers, items);
}

void iterate(benchmark::State& state, const InteractionMatrix& ratings, Feedback feedback) {
  const AlsConfig config{.rank = static_cast<int>(state.range(0)),
                         .iterations = 1,
                         .feedback = feedback,
                         .threads = static_cast<int>(state.range(1))};
  for (auto _ : state) {
    auto factors = train_als(ratings, config, {}, [&](const AlsProgress& progress) {
      state.counters["loss"] = progress.loss;
    });
    benchmark::DoNotOptimize(factors);
  }
  state.SetItemsProcessed(state.iterations() *
                          static_cast<std::int64_t>(ratings.by_user.values.size()));
}

void explicit_iteration(benchmark::State& state) {
  static const auto ratings = grocery_ratings(730'000, 60'000);
  iterate(state, ratings, Feedback::kExplicit);
}

void implicit_iteration(benchmark::State& state) {
  static const auto ratings = grocery_ratings(650'000, 5'000);
  iterate(state, ratings, Feedback::kImplicit);
}

BENCHMARK(explicit_iteration)
    ->ArgNames({"rank", "threads"})
    ->ArgsProduct({{10, 64}, {1, 2}})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK(implicit_iteration)
    ->ArgNames({"rank", "threads"})
    ->ArgsProduct({{10, 64, 128}, {1, 2}})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
}  // namespace punnet
