#pragma once

#include <cstddef>
#include <functional>

namespace punnet {

/// Calls `task(i)` for every i in [0, tasks), on at most `threads` threads (the caller's is one of
/// them), and returns when all are done. Tasks are handed out in ascending order; which thread runs
/// a task is unspecified, so results must not depend on it. With threads <= 1 everything runs in
/// order on the caller. `task` must not throw.
void parallel_for(std::size_t tasks, int threads, const std::function<void(std::size_t)>& task);

}  // namespace punnet
