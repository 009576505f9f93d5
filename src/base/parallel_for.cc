#include "base/parallel_for.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

namespace punnet {

void parallel_for(std::size_t tasks, int threads, const std::function<void(std::size_t)>& task) {
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (auto i = next.fetch_add(1); i < tasks; i = next.fetch_add(1)) task(i);
  };
  const auto wanted = static_cast<std::size_t>(std::max(threads, 1));
  std::vector<std::jthread> others;
  for (std::size_t i = 1; i < std::min(wanted, tasks); ++i) others.emplace_back(work);
  work();
}

}  // namespace punnet
