#include "base/parallel_for.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <mutex>
#include <numeric>
#include <set>
#include <thread>
#include <vector>

namespace punnet {
namespace {

TEST(ParallelFor, RunsEveryTaskExactlyOnce) {
  for (const int threads : {-1, 0, 1, 2, 3, 8}) {
    for (const std::size_t tasks : {0U, 1U, 2U, 7U, 1000U}) {
      std::vector<std::atomic<int>> runs(tasks);
      parallel_for(tasks, threads, [&](std::size_t i) { ++runs[i]; });
      EXPECT_TRUE(std::ranges::all_of(runs, [](const auto& n) { return n == 1; }))
          << tasks << " tasks, " << threads << " threads";
    }
  }
}

TEST(ParallelFor, OneThreadIsTheCallerAndKeepsTheOrder) {
  for (const int threads : {0, 1}) {
    const auto caller = std::this_thread::get_id();
    std::vector<std::size_t> order;
    parallel_for(100, threads, [&](std::size_t i) {
      EXPECT_EQ(std::this_thread::get_id(), caller);
      order.push_back(i);
    });
    std::vector<std::size_t> expected(100);
    std::iota(expected.begin(), expected.end(), std::size_t{0});
    EXPECT_EQ(order, expected);
  }
}

TEST(ParallelFor, UsesNoMoreThreadsThanAllowed) {
  std::mutex mutex;
  std::set<std::thread::id> seen;
  parallel_for(500, 3, [&](std::size_t) {
    const std::lock_guard lock(mutex);
    seen.insert(std::this_thread::get_id());
  });
  EXPECT_LE(seen.size(), 3U);
  EXPECT_GE(seen.size(), 1U);
}

TEST(ParallelFor, TasksRunAtTheSameTime) {
  // Each task waits for the other: on one thread this would never end.
  std::atomic<int> arrived{0};
  parallel_for(2, 2, [&](std::size_t) {
    ++arrived;
    while (arrived < 2) std::this_thread::yield();
  });
  EXPECT_EQ(arrived, 2);
}

TEST(ParallelFor, EverythingIsDoneAndVisibleOnReturn) {
  std::vector<int> squares(10000);
  parallel_for(squares.size(), 4,
               [&](std::size_t i) { squares[i] = static_cast<int>(i % 100 * (i % 100)); });
  for (std::size_t i = 0; i < squares.size(); ++i) {
    ASSERT_EQ(squares[i], static_cast<int>(i % 100 * (i % 100)));
  }
}

}  // namespace
}  // namespace punnet
