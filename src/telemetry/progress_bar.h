#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace punnet {

/// True when `stream` is a terminal that understands cursor movement.
bool is_terminal(std::FILE* stream);

/// True when colours may be used on `stream`: a terminal, and NO_COLOR is not set.
bool wants_colour(std::FILE* stream);

/// One line on a terminal that fills from left to right; writes nothing anywhere else. One thread.
class ProgressBar {
 public:
  /// `total` 0: unknown, only the count is shown.
  ProgressBar(std::string label, std::int64_t total, std::FILE* stream);
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  /// Draws at most ten times a second. `note` stands behind the bar, e.g. "loss 0.482".
  void show(std::int64_t done, std::string_view note = {});

  /// Takes the line away, so that what is printed next starts clean. Twice does nothing.
  void clear();

 private:
  const std::string label_;
  const std::int64_t total_;
  std::FILE* const stream_;
  const bool visible_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point next_draw_;
};

/// The text of the bar: "label [#####-----]  50 % note", or "label 1234 note" without a total.
std::string progress_text(std::string_view label, std::int64_t done, std::int64_t total,
                          std::string_view note);

}  // namespace punnet
