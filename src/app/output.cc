#include "app/output.h"

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

namespace punnet {

Output::Output(std::FILE* stream, std::function<void()> on_broken)
    : stream_(stream), on_broken_(std::move(on_broken)) {}

void Output::write(std::string_view text) {
  if (broken_) return;
  errno = 0;
  const bool written =
      std::fwrite(text.data(), 1, text.size(), stream_) == text.size() && std::fflush(stream_) == 0;
  if (written) return;
  broken_ = true;
  error_ = errno;
  reader_left_ = error_ == EPIPE;
  if (on_broken_) on_broken_();
}

void Output::line(std::string_view text) { write(std::string(text) + '\n'); }

Status Output::finish() {
  if (!broken_ || reader_left_) return ok();
  const auto code = error_ == ENOSPC ? ErrorCode::kExhausted : ErrorCode::kUnavailable;
  return Error{code, std::string("writing standard output: ") + std::strerror(error_)};
}

}  // namespace punnet
