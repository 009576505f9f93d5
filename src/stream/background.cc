#include "stream/background.h"

#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

namespace punnet {
namespace {

class BackgroundThread final : public Background {
 public:
  BackgroundThread() : thread_([this](const std::stop_token& stop) { serve(stop); }) {}

  void start(std::function<void()> task) override {
    const std::scoped_lock lock(mutex_);
    task_ = std::move(task);
    changed_.notify_all();
  }

  bool is_idle() override {
    const std::scoped_lock lock(mutex_);
    return !task_;
  }

  void wait() override {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !task_; });
  }

 private:
  void serve(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (changed_.wait(lock, stop, [&] { return static_cast<bool>(task_); })) {
      lock.unlock();
      task_();
      lock.lock();
      task_ = nullptr;
      changed_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::function<void()> task_;  // guarded by mutex_, but for the call; empty: none is under way
  std::jthread thread_;
};

}  // namespace

std::unique_ptr<Background> make_background_thread() {
  return std::make_unique<BackgroundThread>();
}

}  // namespace punnet
