#include "telemetry/progress_bar.h"

#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <utility>

namespace punnet {
namespace {

constexpr std::int64_t kWidth = 30;
constexpr std::chrono::milliseconds kRedraw{100};

}  // namespace

bool is_terminal(std::FILE* stream) {
  const char* term = std::getenv("TERM");
  return ::isatty(::fileno(stream)) == 1 && term != nullptr && std::string_view(term) != "dumb";
}

bool wants_colour(std::FILE* stream) {
  const char* refused = std::getenv("NO_COLOR");
  return is_terminal(stream) && (refused == nullptr || *refused == '\0');
}

std::string progress_text(std::string_view label, std::int64_t done, std::int64_t total,
                          std::string_view note) {
  std::string text(label);
  if (total > 0) {
    const auto part = std::clamp<std::int64_t>(done, 0, total);
    const auto filled = static_cast<std::size_t>(part * kWidth / total);
    const auto percent = std::to_string(part * 100 / total);
    text += " [" + std::string(filled, '#') +
            std::string(static_cast<std::size_t>(kWidth) - filled, '-') + "] " +
            std::string(3 - percent.size(), ' ') + percent + " %";
  } else {
    text += ' ' + std::to_string(done);
  }
  if (!note.empty()) {
    text += ' ';
    text += note;
  }
  return text;
}

ProgressBar::ProgressBar(std::string label, std::int64_t total, std::FILE* stream)
    : label_(std::move(label)), total_(total), stream_(stream), visible_(is_terminal(stream)) {}

ProgressBar::~ProgressBar() { clear(); }

void ProgressBar::show(std::int64_t done, std::string_view note) {
  if (!visible_) return;
  const auto now = std::chrono::steady_clock::now();
  if (drawn_ && now < next_draw_) return;
  next_draw_ = now + kRedraw;
  drawn_ = true;
  std::fprintf(stream_, "\r\x1b[K%s", progress_text(label_, done, total_, note).c_str());
  std::fflush(stream_);
}

void ProgressBar::clear() {
  if (!drawn_) return;
  drawn_ = false;
  std::fputs("\r\x1b[K", stream_);
  std::fflush(stream_);
}

}  // namespace punnet
