#include "tests/simulation/scheduler.h"

#include <algorithm>
#include <utility>

namespace punnet::simulation {
namespace {

constexpr std::size_t kYieldsPerSwitch = 6;
constexpr std::size_t kSwitchesPerLongSleep = 60;
constexpr std::size_t kLongestSleep = 200;

}  // namespace

void Scheduler::add(std::function<void()> body) {
  tasks_.push_back(std::make_unique<Task>());
  tasks_.back()->body = std::move(body);
  ++left_;
}

void Scheduler::run() {
  if (tasks_.empty()) return;
  for (auto& task : tasks_) {
    task->thread = std::thread([this, &task = *task] {
      task.turn.acquire();
      task.body();
      task.done = true;
      --left_;
      if (left_ == 0) {
        finished_.release();
      } else {
        hand_over(nullptr);
      }
    });
  }
  hand_over(nullptr);
  finished_.acquire();
  for (auto& task : tasks_) task->thread.join();
  tasks_.clear();
}

void Scheduler::yield() {
  if (left_ < 2 || random_.below(kYieldsPerSwitch) != 0) return;
  Task* const self = running_;
  if (random_.below(kSwitchesPerLongSleep) == 0) {
    self->sleeps = random_.below(kLongestSleep);
    ++long_sleeps_;
  }
  hand_over(self);
}

Scheduler::Task& Scheduler::pick() {
  std::vector<Task*> ready;
  for (auto& task : tasks_) {
    if (task->done) continue;
    if (task->sleeps > 0) {
      --task->sleeps;
    } else {
      ready.push_back(task.get());
    }
  }
  if (ready.empty()) {
    for (auto& task : tasks_) {
      task->sleeps = 0;
      if (!task->done) ready.push_back(task.get());
    }
  }
  return *ready[random_.below(ready.size())];
}

void Scheduler::hand_over(Task* from) {
  Task& next = pick();
  running_ = &next;
  if (&next == from) return;
  next.turn.release();
  if (from != nullptr) from->turn.acquire();
}

}  // namespace punnet::simulation
