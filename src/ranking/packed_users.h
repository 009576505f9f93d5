#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace punnet {

/// Factors of users laid out for scanning: groups of nearly equal size, at most kMost users each,
/// the larger groups first; inside a group factor by factor. Immutable.
class PackedUsers {
 public:
  static constexpr std::size_t kMost = 8;

  PackedUsers() = default;

  /// Each of `users` holds `rank` values.
  PackedUsers(std::span<const std::span<const float>> users, std::size_t rank);

  std::size_t size() const { return size_; }
  std::size_t groups() const { return groups_; }

  /// How many users the larger groups have; 0 without any user.
  std::size_t larger() const { return larger_; }

  /// How many groups are of that size; the others have one user less.
  std::size_t larger_groups() const { return larger_groups_; }

  /// The groups follow one another: for factor 0 the values of a group's users, then for factor 1,
  /// …
  const float* values() const { return values_.data(); }

 private:
  std::size_t size_ = 0;
  std::size_t groups_ = 0;
  std::size_t larger_ = 0;
  std::size_t larger_groups_ = 0;
  std::vector<float> values_;
};

}  // namespace punnet
