#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <semaphore>
#include <thread>
#include <vector>

#include "base/seeded_random.h"

namespace punnet::simulation {

/// Runs several bodies, each on a thread of its own but only one at a time; whenever the one that
/// runs yields, chance says who goes on. The same seed and the same bodies give the same order.
class Scheduler {
 public:
  explicit Scheduler(std::uint64_t seed) : random_(seed) {}
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;
  ~Scheduler() = default;

  /// Before run.
  void add(std::function<void()> body);

  /// Returns when every body has returned.
  void run();

  /// Called by the body that runs: lets others go on, or goes on itself. Now and then a body is
  /// left asleep for long.
  void yield();

  /// Bodies that have not returned.
  std::size_t left() const { return left_; }
  std::int64_t long_sleeps() const { return long_sleeps_; }

 private:
  struct Task {
    std::function<void()> body;
    std::thread thread;
    std::binary_semaphore turn{0};
    bool done = false;
    std::size_t sleeps = 0;  ///< turns that it lets pass
  };

  Task& pick();
  void hand_over(Task* from);

  SeededRandom random_;
  std::vector<std::unique_ptr<Task>> tasks_;
  Task* running_ = nullptr;
  std::size_t left_ = 0;
  std::int64_t long_sleeps_ = 0;
  std::binary_semaphore finished_{0};
};

}  // namespace punnet::simulation
