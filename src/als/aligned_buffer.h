#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>

namespace punnet {

/// A fixed number of values that start on a cache line, all zero at first.
template <typename T>
class AlignedBuffer {
 public:
  AlignedBuffer() = default;
  explicit AlignedBuffer(std::size_t size) : AlignedBuffer(uninitialized(size)) {
    std::fill_n(values_.get(), size, T{});
  }

  /// With values that are yet to be written.
  static AlignedBuffer uninitialized(std::size_t size) {
    AlignedBuffer buffer;
    buffer.size_ = size;
    buffer.values_.reset(static_cast<T*>(::operator new(size * sizeof(T), kLine)));
    return buffer;
  }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T* data() { return values_.get(); }
  const T* data() const { return values_.get(); }
  T& operator[](std::size_t i) { return values_.get()[i]; }
  const T& operator[](std::size_t i) const { return values_.get()[i]; }

 private:
  static constexpr std::align_val_t kLine{64};
  struct Delete {
    void operator()(T* values) const { ::operator delete(values, kLine); }
  };

  std::size_t size_ = 0;
  std::unique_ptr<T, Delete> values_;
};

}  // namespace punnet
