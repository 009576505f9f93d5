#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "domain/ids.h"

namespace punnet {

/// At most `limit` of `users`, evenly spread over them, in their order.
inline std::vector<UserId> sample_evenly(std::span<const UserId> users, std::size_t limit) {
  if (users.size() <= limit) return {users.begin(), users.end()};
  std::vector<UserId> sample;
  sample.reserve(limit);
  for (std::size_t i = 0; i < limit; ++i) sample.push_back(users[i * users.size() / limit]);
  return sample;
}

}  // namespace punnet
