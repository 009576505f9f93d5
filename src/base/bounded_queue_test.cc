#include "base/bounded_queue.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <memory>
#include <numeric>
#include <thread>
#include <vector>

namespace punnet {
namespace {

TEST(BoundedQueue, HandsOverInOrder) {
  BoundedQueue<int> queue(100);
  EXPECT_TRUE(queue.push(1, 10));
  EXPECT_TRUE(queue.push(2, 20));
  EXPECT_EQ(queue.bytes(), 30U);
  EXPECT_EQ(queue.pop(), 1);
  EXPECT_EQ(queue.pop(), 2);
  EXPECT_EQ(queue.bytes(), 0U);
}

TEST(BoundedQueue, HandsOverWhatCannotBeCopied) {
  BoundedQueue<std::unique_ptr<int>> queue(100);
  EXPECT_TRUE(queue.push(std::make_unique<int>(7), 1));
  EXPECT_EQ(**queue.pop(), 7);
}

TEST(BoundedQueue, WhatIsLargerThanTheLimitPassesAlone) {
  BoundedQueue<int> queue(10);
  EXPECT_TRUE(queue.push(1, 1000));
  EXPECT_EQ(queue.pop(), 1);
}

TEST(BoundedQueue, AFullQueueWaitsForRoom) {
  BoundedQueue<int> queue(10);
  ASSERT_TRUE(queue.push(1, 10));
  std::jthread producer([&] { EXPECT_TRUE(queue.push(2, 10)); });
  EXPECT_EQ(queue.pop(), 1);
  EXPECT_EQ(queue.pop(), 2);
}

TEST(BoundedQueue, AFullQueueRefusesAfterAStop) {
  BoundedQueue<int> queue(10);
  ASSERT_TRUE(queue.push(1, 10));
  std::stop_source source;
  const std::jthread stopper([&] { source.request_stop(); });
  EXPECT_FALSE(queue.push(2, 10, source.get_token()));
  EXPECT_EQ(queue.bytes(), 10U);
}

TEST(BoundedQueue, AnEmptyQueueGivesNothingAfterAStop) {
  BoundedQueue<int> queue(10);
  std::stop_source source;
  const std::jthread stopper([&] { source.request_stop(); });
  EXPECT_EQ(queue.pop(source.get_token()), std::nullopt);
}

TEST(BoundedQueue, AClosedQueueIsDrained) {
  BoundedQueue<int> queue(100);
  ASSERT_TRUE(queue.push(1, 1));
  queue.close();
  queue.close();
  EXPECT_FALSE(queue.push(2, 1));
  EXPECT_EQ(queue.pop(), 1);
  EXPECT_EQ(queue.pop(), std::nullopt);
}

TEST(BoundedQueue, ClosingWakesWhoeverWaits) {
  BoundedQueue<int> full(1);
  ASSERT_TRUE(full.push(1, 1));
  BoundedQueue<int> empty(1);
  const std::jthread producer([&] { EXPECT_FALSE(full.push(2, 1)); });
  const std::jthread consumer([&] { EXPECT_EQ(empty.pop(), std::nullopt); });
  full.close();
  empty.close();
}

TEST(BoundedQueue, ManyThreadsLoseNothing) {
  constexpr int kThreads = 3;
  constexpr int kEach = 500;
  BoundedQueue<int> queue(16);
  std::vector<std::vector<int>> taken(kThreads);
  {
    std::vector<std::jthread> consumers;
    consumers.reserve(kThreads);
    for (auto& mine : taken) {
      consumers.emplace_back([&] {
        while (const auto value = queue.pop()) mine.push_back(*value);
      });
    }
    {
      std::vector<std::jthread> producers;
      producers.reserve(kThreads);
      for (int producer = 0; producer < kThreads; ++producer) {
        producers.emplace_back([&, producer] {
          for (int i = 0; i < kEach; ++i) EXPECT_TRUE(queue.push(producer * kEach + i, 3));
        });
      }
    }
    queue.close();
  }
  std::vector<int> seen(std::size_t{kThreads} * kEach);
  for (const auto& mine : taken) {
    for (const auto value : mine) ++seen[static_cast<std::size_t>(value)];
  }
  EXPECT_EQ(seen, std::vector<int>(seen.size(), 1));
}

}  // namespace
}  // namespace punnet
