#pragma once

#include <exception>
#include <functional>
#include <utility>

#include "stream/background.h"

namespace punnet::testing {

/// Does a task when it is waited for, or earlier when the test says so: `is_done` is asked whenever
/// the owner looks. No other thread, so that a test is the same each time.
class DeferredBackground final : public Background {
 public:
  explicit DeferredBackground(std::function<bool()> is_done) : is_done_(std::move(is_done)) {}

  void start(std::function<void()> task) override { task_ = std::move(task); }
  bool is_idle() override {
    if (task_ && is_done_()) wait();
    return !task_;
  }
  void wait() override {
    const auto task = std::exchange(task_, nullptr);
    // A process that is being killed does nothing more.
    if (task && std::uncaught_exceptions() == 0) task();
  }

 private:
  const std::function<bool()> is_done_;
  std::function<void()> task_;
};

}  // namespace punnet::testing
