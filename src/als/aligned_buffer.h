#pragma once

#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>

namespace punnet {

/// A fixed number of values that start on a cache line, all zero at first.
///
/// Large ones ask for huge pages: rows read in no order would else miss the table of pages more
/// often than the cache.
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
    const std::size_t bytes = size * sizeof(T);
    const std::align_val_t alignment{bytes < kLarge ? kLine : kHugePage};
    buffer.size_ = size;
    buffer.values_ = {static_cast<T*>(::operator new(bytes, alignment)), Delete{alignment}};
    // A system without huge pages says no, and is only slower.
    if (bytes >= kLarge) static_cast<void>(madvise(buffer.values_.get(), bytes, MADV_HUGEPAGE));
    return buffer;
  }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T* data() { return values_.get(); }
  const T* data() const { return values_.get(); }
  T& operator[](std::size_t i) { return values_.get()[i]; }
  const T& operator[](std::size_t i) const { return values_.get()[i]; }

 private:
  static constexpr std::size_t kLine = 64;
  static constexpr std::size_t kHugePage = std::size_t{2} << 20;
  static constexpr std::size_t kLarge = 2 * kHugePage;
  struct Delete {
    std::align_val_t alignment{kLine};
    void operator()(T* values) const { ::operator delete(values, alignment); }
  };

  std::size_t size_ = 0;
  std::unique_ptr<T, Delete> values_;
};

}  // namespace punnet
