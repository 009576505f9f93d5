// The kernels of training, each beside what the machine can do at that moment: Gram panels, one
// Cholesky, and whole iterations by every solver on ratings of a shop's shape (few users, a long
// tail of items) and of a film site's (as many ratings on either side).
//
//   of_peak     share of the multiply-adds that the machine does on registers alone
//   of_gather   share of the speed at which it reads the same factors in the same order
//   of_limit    share of the tighter one of the two

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <map>
#include <vector>

#include "als/aligned_buffer.h"
#include "als/als_objective.h"
#include "als/half_step.h"
#include "als/initial_factors.h"
#include "als/padded_factors.h"
#include "base/seeded_random.h"
#include "bench/als_kernels.h"
#include "bench/machine_limits.h"

namespace punnet {
namespace {

struct Shape {
  std::size_t users;
  std::size_t items;
  std::size_t ratings;
};

constexpr Shape kShop{2'500, 60'000, 730'000};
constexpr Shape kFilms{30'000, 6'000, 2'000'000};
constexpr int kCgSteps = 3;

InteractionMatrix make_ratings(const Shape& shape) {
  SeededRandom random(1);
  std::vector<Interaction> interactions(shape.ratings);
  const auto draw = [&](std::size_t count, double power) {
    return static_cast<std::int32_t>(static_cast<double>(count) *
                                     std::pow(random.uniform(), power));
  };
  for (auto& x : interactions) {
    x.user = draw(shape.users, 1.5);
    x.item = draw(shape.items, 3);
    x.rating = 1 + static_cast<float>(random.below(4));
  }
  return make_interaction_matrix(interactions, shape.users, shape.items);
}

const InteractionMatrix& ratings_of(bool films) {
  static const auto shop = make_ratings(kShop);
  static const auto site = make_ratings(kFilms);
  return films ? site : shop;
}

double peak_gflops(int threads) {
  static std::map<int, double> measured;
  auto& gflops = measured[threads];
  if (gflops == 0) gflops = measured_gflops(threads);
  return gflops;
}

void report(benchmark::State& state, double operations, double gather_seconds, int threads) {
  const auto runs = static_cast<double>(state.iterations());
  const auto rate = [](double amount) {
    return benchmark::Counter(amount, benchmark::Counter::kIsRate);
  };
  const double least = operations / peak_gflops(threads) / 1e9;
  state.counters["gflops"] = rate(runs * operations / 1e9);
  state.counters["of_peak"] = rate(runs * least);
  if (gather_seconds == 0) return;
  state.counters["of_gather"] = rate(runs * gather_seconds);
  state.counters["of_limit"] = rate(runs * std::max(least, gather_seconds));
}

void gram_panel(benchmark::State& state) {
  const auto rank = static_cast<std::size_t>(state.range(0));
  const auto count = static_cast<std::size_t>(state.range(1));
  const auto stride = padded_rank(static_cast<int>(rank));
  AlignedBuffer<float> rows(count * stride);
  AlignedBuffer<float> sum(stride * stride);
  for (std::size_t n = 0; n < rows.size(); ++n) rows[n] = static_cast<float>(n % 7) - 3;
  for (auto _ : state) sum_panel(rows.data(), count, stride, rank, sum.data());
  const auto k = static_cast<double>(rank);
  report(state, static_cast<double>(count) * k * (k + 1), 0, 1);
}

void cholesky(benchmark::State& state) {
  const auto rank = static_cast<std::size_t>(state.range(0));
  const auto stride = padded_rank(static_cast<int>(rank));
  AlignedBuffer<float> rows(2 * stride * stride);
  AlignedBuffer<float> A(stride * stride);
  AlignedBuffer<float> scratch(stride * stride);
  AlignedBuffer<float> b(stride);
  SeededRandom random(2);
  for (std::size_t n = 0; n < 2 * stride; ++n) {
    for (std::size_t i = 0; i < rank; ++i) {
      rows[n * stride + i] = static_cast<float>(random.normal());
    }
  }
  sum_panel(rows.data(), 2 * stride, stride, rank, A.data());
  for (std::size_t i = 0; i < stride; ++i) A[i * stride + i] += 1;
  for (auto _ : state) {
    std::memcpy(scratch.data(), A.data(), A.size() * sizeof(float));
    if (!solve_system(scratch.data(), b.data(), stride, rank)) state.SkipWithError("singular");
  }
  const auto k = static_cast<double>(rank);
  report(state, k * k * k / 3 + 2 * k * k, 0, 1);
}

// What solving one side must do at least, in operations.
double operations(std::size_t terms, std::size_t solved, std::size_t fixed,
                  const AlsConfig& config) {
  const auto n = static_cast<double>(terms);
  const auto rows = static_cast<double>(solved);
  const double k = config.rank;
  const bool implicit = config.feedback == Feedback::kImplicit;
  const double gram = implicit ? static_cast<double>(fixed) * k * (k + 1) : 0;
  if (config.solver != Solver::kConjugateGradient) {
    return gram + n * (k * (k + 1) + 2 * k) + rows * (k * k * k / 3 + 2 * k * k);
  }
  const double gram_products = implicit ? 2 * k * k * (kCgSteps + 1) : 0;
  return gram + n * 4 * k * (kCgSteps + 1) + rows * (gram_products + 10 * k * kCgSteps);
}

void iteration(benchmark::State& state, bool films, Feedback feedback, Solver solver) {
  const auto& ratings = ratings_of(films);
  AlsConfig config;
  config.rank = static_cast<int>(state.range(0));
  config.feedback = feedback;
  config.solver = solver;
  config.cg_steps = kCgSteps;
  config.threads = static_cast<int>(state.range(1));
  const auto users = ratings.by_user.rows();
  const auto items = ratings.by_item.rows();
  const auto user_side = prepare_side(ratings.by_user, items, config);
  const auto item_side = prepare_side(ratings.by_item, users, config);
  auto user_factors = initial_factors(users, config.rank, 1);
  FactorMatrix item_factors;
  const auto sweep = [&] {
    const auto done = half_step(item_side, user_factors, item_factors, config);
    return done && half_step(user_side, item_factors, user_factors, config);
  };
  for (auto _ : state) {
    if (!sweep()) state.SkipWithError("no solution");
  }
  const auto terms = [](const AlsSide& side) {
    const auto merged = side.least_squares.columns.size();
    return merged > 0 ? merged : side.ratings->columns.size();
  };
  report(state,
         operations(terms(item_side), items, users, config) +
             operations(terms(user_side), users, items, config),
         measured_gather_seconds(ratings.by_item, user_factors, config.threads) +
             measured_gather_seconds(ratings.by_user, item_factors, config.threads),
         config.threads);
}

void loss(benchmark::State& state) {
  const auto& ratings = ratings_of(false);
  AlsConfig config;
  config.rank = static_cast<int>(state.range(0));
  config.threads = static_cast<int>(state.range(1));
  const auto users = initial_factors(ratings.by_user.rows(), config.rank, 1);
  const auto items = initial_factors(ratings.by_item.rows(), config.rank, 2);
  for (auto _ : state) benchmark::DoNotOptimize(als_objective(ratings, users, items, config));
}

void with_ranks(benchmark::internal::Benchmark* bench, std::vector<std::int64_t> ranks) {
  bench->ArgNames({"rank", "threads"})
      ->ArgsProduct({std::move(ranks), {1, 2}})
      ->Unit(benchmark::kMillisecond)
      ->UseRealTime();
}

void small_and_large(benchmark::internal::Benchmark* bench) { with_ranks(bench, {10, 64, 128}); }
void large(benchmark::internal::Benchmark* bench) { with_ranks(bench, {64, 128}); }

constexpr bool kOfShop = false;
constexpr bool kOfFilms = true;

BENCHMARK(gram_panel)->ArgNames({"rank", "rows"})->ArgsProduct({{10, 64, 128, 256}, {64}});
BENCHMARK(cholesky)->ArgName("rank")->Arg(128)->Arg(256);
BENCHMARK_CAPTURE(iteration, shop_explicit_cholesky, kOfShop, Feedback::kExplicit,
                  Solver::kCholesky)
    ->Apply(small_and_large);
BENCHMARK_CAPTURE(iteration, shop_explicit_exact, kOfShop, Feedback::kExplicit,
                  Solver::kExactCholesky)
    ->ArgNames({"rank", "threads"})
    ->Args({10, 2})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(iteration, films_implicit_cholesky, kOfFilms, Feedback::kImplicit,
                  Solver::kCholesky)
    ->Apply(large);
BENCHMARK_CAPTURE(iteration, films_implicit_cg, kOfFilms, Feedback::kImplicit,
                  Solver::kConjugateGradient)
    ->Apply(large);
BENCHMARK(loss)->Apply(small_and_large);

}  // namespace
}  // namespace punnet
