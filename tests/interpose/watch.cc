#include "tests/interpose/watch.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <utility>

namespace punnet::interpose {
namespace {

// System calls by number go past ourselves.
int open_beside(const std::string& path) {
  if (path.empty()) return -1;
  return static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path.c_str(),
                                    O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
}

void write_beside(int fd, const void* bytes, std::size_t size) {
  [[maybe_unused]] const auto written = ::syscall(SYS_write, fd, bytes, size);
}

std::string without_dots(const std::string& path) {
  std::string clean;
  std::size_t at = 0;
  while (at < path.size()) {
    auto end = path.find('/', at);
    if (end == path.npos) end = path.size();
    const auto part = path.substr(at, end - at);
    if (part == "..") {
      clean.erase(clean.empty() ? 0 : clean.rfind('/'));
    } else if (!part.empty() && part != ".") {
      clean += "/" + part;
    }
    at = end + 1;
  }
  return clean.empty() ? "/" : clean;
}

}  // namespace

Watch& Watch::instance() {
  static Watch& watch = *new Watch;
  return watch;
}

Watch::Watch() : orders_(orders_from_environment()) {
  list_ = open_beside(orders_.list);
  trace_ = open_beside(orders_.record);
  if (trace_ < 0) return;
  data_ = open_beside(orders_.record + ".data");
  data_end_ = ::syscall(SYS_lseek, data_, 0, SEEK_END);
  record("process\t" + std::to_string(::syscall(SYS_getpid)));
}

std::optional<std::string> Watch::below(int directory, const char* path) const {
  if (orders_.root.empty() || path == nullptr) return std::nullopt;
  std::string absolute = path;
  if (!absolute.starts_with('/')) {
    std::array<char, PATH_MAX> here{};
    const auto known = open_.find(directory);
    if (known != open_.end()) {
      absolute = orders_.root + "/" + known->second.path + "/" + absolute;
    } else if (directory == AT_FDCWD && ::getcwd(here.data(), here.size()) != nullptr) {
      absolute = std::string(here.data()) + "/" + absolute;
    } else {
      return std::nullopt;
    }
  }
  absolute = without_dots(absolute);
  if (absolute == orders_.root) return std::string();
  if (!absolute.starts_with(orders_.root + "/")) return std::nullopt;
  return absolute.substr(orders_.root.size() + 1);
}

const OpenFile* Watch::find(int fd) const {
  const auto found = open_.find(fd);
  return found == open_.end() ? nullptr : &found->second;
}

void Watch::opened(int fd, OpenFile file) { open_[fd] = std::move(file); }
void Watch::forget(int fd) { open_.erase(fd); }

Failure Watch::before(std::string_view operation, const std::string& kind) {
  reached("before-", operation, kind);
  if (orders_.fault_operation == operation &&
      (orders_.fault_class == "*" || orders_.fault_class == kind) &&
      ++fault_seen_ == orders_.fault_at) {
    reached("failed-", operation, kind);
    errno = orders_.failure_errno;
    return orders_.failure;
  }
  if (!is_full(operation)) return Failure::kNone;
  reached("full-", operation, kind);
  errno = ENOSPC;
  return Failure::kError;
}

void Watch::after(std::string_view operation, const std::string& kind) {
  reached("after-", operation, kind);
}

void Watch::record(const std::string& line) const {
  const auto whole = line + "\n";
  write_beside(trace_, whole.data(), whole.size());
}

std::int64_t Watch::record_data(const void* bytes, std::size_t size) {
  write_beside(data_, bytes, size);
  return std::exchange(data_end_, data_end_ + static_cast<std::int64_t>(size));
}

void Watch::reached(std::string_view moment, std::string_view operation, const std::string& kind) {
  const auto point = std::string(moment) + std::string(operation) + "-" + kind;
  if (list_ >= 0) {
    const auto line = point + "\n";
    write_beside(list_, line.data(), line.size());
  }
  if (point == orders_.crash_point && ++crash_seen_ == orders_.crash_at) {
    ::syscall(SYS_kill, ::syscall(SYS_getpid), SIGKILL);
    for (;;) ::syscall(SYS_pause);  // the kill is on its way
  }
}

bool Watch::is_full(std::string_view operation) const {
  if (orders_.full_while.empty()) return false;
  const bool takes_space = operation == "write" || operation == "open" || operation == "mkdir" ||
                           operation == "link" || operation == "truncate";
  return takes_space &&
         ::syscall(SYS_faccessat, AT_FDCWD, orders_.full_while.c_str(), F_OK, 0) == 0;
}

}  // namespace punnet::interpose
