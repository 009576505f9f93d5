#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace punnet {

/// A dense matrix of factors, row-major: one row of `rank` floats per user or item.
class FactorMatrix {
 public:
  FactorMatrix() = default;
  FactorMatrix(std::size_t rows, int rank)
      : rows_(rows), rank_(rank), values_(rows * static_cast<std::size_t>(rank)) {}

  std::size_t rows() const { return rows_; }
  int rank() const { return rank_; }

  std::span<float> row(std::size_t r) { return {values_.data() + r * width(), width()}; }
  std::span<const float> row(std::size_t r) const {
    return {values_.data() + r * width(), width()};
  }

  std::span<float> values() { return values_; }
  std::span<const float> values() const { return values_; }

  bool operator==(const FactorMatrix&) const = default;

 private:
  std::size_t width() const { return static_cast<std::size_t>(rank_); }

  std::size_t rows_ = 0;
  int rank_ = 0;
  std::vector<float> values_;
};

}  // namespace punnet
