#include "ranking/packed_users.h"

namespace punnet {

PackedUsers::PackedUsers(std::span<const std::span<const float>> users, std::size_t rank)
    : size_(users.size()), groups_((size_ + kMost - 1) / kMost), values_(size_ * rank) {
  if (groups_ == 0) return;
  larger_ = (size_ + groups_ - 1) / groups_;
  larger_groups_ = size_ - (larger_ - 1) * groups_;
  std::size_t first = 0;
  for (std::size_t g = 0; g < groups_; ++g) {
    const auto members = g < larger_groups_ ? larger_ : larger_ - 1;
    for (std::size_t u = 0; u < members; ++u) {
      float* lane = values_.data() + first * rank + u;
      for (std::size_t f = 0; f < rank; ++f) lane[f * members] = users[first + u][f];
    }
    first += members;
  }
}

}  // namespace punnet
