#include "bench/machine_limits.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "bench/machine_limits.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "base/parallel_for.h"

HWY_BEFORE_NAMESPACE();
namespace punnet {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

constexpr std::size_t kChains = 12;  // more than latency times width asks for

// kChains independent chains of fused multiply-adds, `rounds` long. Returns the operations done.
double multiply_add(std::size_t rounds, float* sink) {
  const hn::ScalableTag<float> d;
  const auto factor = hn::Set(d, 0.999F);
  const auto term = hn::Set(d, 1e-3F);
  // Each begins elsewhere, or the compiler would see that one chain is enough for all.
  const auto start = [d](float value) HWY_ATTR { return hn::Set(d, value); };
  auto a0 = start(1.0F), a1 = start(1.1F), a2 = start(1.2F), a3 = start(1.3F), a4 = start(1.4F);
  auto a5 = start(1.5F), a6 = start(1.6F), a7 = start(1.7F), a8 = start(1.8F), a9 = start(1.9F);
  auto a10 = start(2.0F), a11 = start(2.1F);
  for (std::size_t i = 0; i < rounds; ++i) {
    a0 = hn::MulAdd(a0, factor, term);
    a1 = hn::MulAdd(a1, factor, term);
    a2 = hn::MulAdd(a2, factor, term);
    a3 = hn::MulAdd(a3, factor, term);
    a4 = hn::MulAdd(a4, factor, term);
    a5 = hn::MulAdd(a5, factor, term);
    a6 = hn::MulAdd(a6, factor, term);
    a7 = hn::MulAdd(a7, factor, term);
    a8 = hn::MulAdd(a8, factor, term);
    a9 = hn::MulAdd(a9, factor, term);
    a10 = hn::MulAdd(a10, factor, term);
    a11 = hn::MulAdd(a11, factor, term);
  }
  const auto sum = hn::Add(hn::Add(hn::Add(a0, a1), hn::Add(a2, a3)),
                           hn::Add(hn::Add(hn::Add(a4, a5), hn::Add(a6, a7)),
                                   hn::Add(hn::Add(a8, a9), hn::Add(a10, a11))));
  *sink = hn::GetLane(hn::SumOfLanes(d, sum));
  return 2.0 * static_cast<double>(rounds * kChains * hn::Lanes(d));
}

// The sum of everything read, so that nothing is left out.
float gather(const std::int32_t* columns, std::size_t count, const float* factors,
             std::size_t rank) {
  constexpr std::size_t kAhead = 24;
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  auto sum = hn::Zero(d);
  float rest = 0;
  for (std::size_t n = 0; n < count; ++n) {
    const auto ahead = std::min(n + kAhead, count - 1);
    const float* next = factors + static_cast<std::size_t>(columns[ahead]) * rank;
    for (std::size_t i = 0; i < rank; i += 16) __builtin_prefetch(next + i);
    const float* row = factors + static_cast<std::size_t>(columns[n]) * rank;
    std::size_t i = 0;
    for (; i + lanes <= rank; i += lanes) sum = hn::Add(sum, hn::LoadU(d, row + i));
    for (; i < rank; ++i) rest += row[i];
  }
  return rest + hn::GetLane(hn::SumOfLanes(d, sum));
}

}  // namespace HWY_NAMESPACE
}  // namespace punnet
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace punnet {
namespace {

HWY_EXPORT(multiply_add);
HWY_EXPORT(gather);

using Seconds = std::chrono::duration<double>;

double seconds_since(std::chrono::steady_clock::time_point start) {
  return Seconds(std::chrono::steady_clock::now() - start).count();
}

// Keeps the compiler from leaving out what nobody uses.
volatile float sink;

}  // namespace

double measured_gflops(int threads) {
  constexpr std::size_t kRounds = 2'000'000;
  double best = 0;
  const auto start = std::chrono::steady_clock::now();
  while (seconds_since(start) < 0.5) {
    std::vector<double> operations(static_cast<std::size_t>(threads));
    const auto begun = std::chrono::steady_clock::now();
    parallel_for(operations.size(), threads, [&](std::size_t n) {
      float sum = 0;
      operations[n] = HWY_DYNAMIC_DISPATCH(multiply_add)(kRounds, &sum);
      sink = sum;
    });
    double total = 0;
    for (const double each : operations) total += each;
    best = std::max(best, total / seconds_since(begun) / 1e9);
  }
  return best;
}

double measured_gather_seconds(const SparseRows& rows, const FactorMatrix& factors, int threads) {
  constexpr std::size_t kTask = 1 << 16;
  const std::span columns(rows.columns);
  const auto tasks = (columns.size() + kTask - 1) / kTask;
  double best = std::numeric_limits<double>::infinity();
  for (int repeat = 0; repeat < 3; ++repeat) {
    const auto begun = std::chrono::steady_clock::now();
    parallel_for(tasks, threads, [&](std::size_t task) {
      const auto part =
          columns.subspan(task * kTask, std::min(kTask, columns.size() - task * kTask));
      sink = HWY_DYNAMIC_DISPATCH(gather)(part.data(), part.size(), factors.values().data(),
                                          static_cast<std::size_t>(factors.rank()));
    });
    best = std::min(best, seconds_since(begun));
  }
  return best;
}

}  // namespace punnet

#endif  // HWY_ONCE
