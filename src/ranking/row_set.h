#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace punnet {

/// A set of rows in [0, rows), one bit each.
class RowSet {
 public:
  explicit RowSet(std::size_t rows) : rows_(rows), words_((rows + kBits - 1) / kBits) {}

  std::size_t rows() const { return rows_; }

  /// Requires row < rows().
  void insert(std::size_t row) { words_[row / kBits] |= std::uint64_t{1} << (row % kBits); }
  bool contains(std::size_t row) const { return (words_[row / kBits] >> (row % kBits) & 1U) != 0; }

 private:
  static constexpr std::size_t kBits = 64;

  std::size_t rows_;
  std::vector<std::uint64_t> words_;
};

}  // namespace punnet
