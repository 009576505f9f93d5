#pragma once

#include <functional>
#include <memory>

namespace punnet {

/// Does one task at a time beside its owner, who alone calls it.
class Background {
 public:
  Background() = default;
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;
  virtual ~Background() = default;

  /// Begins a task, which must not throw. The one before has ended.
  virtual void start(std::function<void()> task) = 0;

  /// True when no task is under way. What the last one did can then be seen.
  virtual bool is_idle() = 0;

  /// Returns when no task is under way.
  virtual void wait() = 0;
};

/// A thread of its own; ends with its task when destroyed.
std::unique_ptr<Background> make_background_thread();

}  // namespace punnet
