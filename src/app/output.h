#pragma once

#include <cstdio>
#include <functional>
#include <string_view>

#include "base/result.h"

namespace punnet {

/// Standard output, where results go. One thread.
class Output {
 public:
  /// `on_broken` is called once, when nobody reads any more or the stream cannot be written.
  Output(std::FILE* stream, std::function<void()> on_broken);

  /// Writes and passes on at once; nothing after the stream broke.
  void write(std::string_view text);

  /// The same with a line end behind it.
  void line(std::string_view text);

  /// True when the reader went away: not a failure, but nothing more need be done.
  bool reader_left() const { return reader_left_; }

  /// kExhausted or kUnavailable when something could not be written, a reader that left aside.
  Status finish();

 private:
  std::FILE* const stream_;
  const std::function<void()> on_broken_;
  bool broken_ = false;
  bool reader_left_ = false;
  int error_ = 0;
};

}  // namespace punnet
