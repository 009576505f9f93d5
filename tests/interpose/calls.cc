// The calls of the C library that change files, each made by way of the Watch. A program that is
// started with this library in LD_PRELOAD calls these instead.

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "tests/interpose/file_class.h"
#include "tests/interpose/orders.h"
#include "tests/interpose/watch.h"

namespace punnet::interpose {
namespace {

/// The C library's own.
template <typename Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

std::string number(std::int64_t value) { return std::to_string(value); }

/// What a call came to: its result, and whether the file system has done it, whatever was told.
struct Outcome {
  long result = 0;
  bool done = false;
};

/// Makes one watched call as ordered; `perform(is_short)` makes the real one.
template <typename Perform>
Outcome carry_out(std::string_view operation, const std::string& kind, Perform&& perform) {
  auto& watch = Watch::instance();
  const auto failure = watch.before(operation, kind);
  if (failure == Failure::kError) {
    const int told = errno;
    if (operation == "close") perform(false);  // a close that fails has closed
    errno = told;
    return {-1, operation == "close"};
  }
  Outcome outcome{perform(failure == Failure::kShort), false};
  outcome.done = outcome.result >= 0;
  const int told = errno;
  if (failure == Failure::kLostReply) {
    outcome.result = -1;
    errno = watch.failure_errno();
    return outcome;
  }
  if (outcome.done) watch.after(operation, kind);
  errno = told;
  return outcome;
}

/// A line of the trace: the call, whether it was done, and about what.
void record(std::string_view operation, const Outcome& outcome, const std::string& about) {
  auto& watch = Watch::instance();
  if (!watch.records()) return;
  const int told = errno;
  watch.record(std::string(operation) + "\t" + (outcome.done ? "done" : "failed") + "\t" + about);
  errno = told;
}

template <typename Open>
int open_watched(int directory, const char* path, int flags, Open&& open) {
  auto& watch = Watch::instance();
  const std::scoped_lock lock(watch.mutex());
  const auto below = watch.below(directory, path);
  if (!below) {
    const int fd = open();
    if (fd >= 0) watch.forget(fd);
    return fd;
  }
  if ((flags & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC)) == 0) {
    const int fd = open();
    if (fd < 0) return fd;
    const int told = errno;
    struct stat info {};
    watch.forget(fd);
    if (::fstat(fd, &info) == 0 && S_ISDIR(info.st_mode)) {
      watch.opened(fd, {*below, directory_class(*below)});
      record("opendir", {fd, true}, number(fd) + "\t" + *below);
    }
    errno = told;
    return fd;
  }
  const auto kind = file_class(*below);
  if (kind.empty()) return open();
  const auto outcome = carry_out("open", kind, [&](bool) -> long { return open(); });
  const auto fd = static_cast<int>(outcome.result);
  if (fd >= 0) watch.opened(fd, {*below, kind});
  record("open", outcome, number(fd) + "\t" + number(flags) + "\t" + *below);
  return fd;
}

/// `write(size)` writes that much at `offset`, or where the descriptor stands.
template <typename Write>
ssize_t write_watched(int fd, const void* bytes, std::size_t size, std::optional<off_t> offset,
                      Write&& write) {
  auto& watch = Watch::instance();
  std::unique_lock lock(watch.mutex());
  const auto* const file = watch.find(fd);
  if (file == nullptr) {
    lock.unlock();
    return write(size);
  }
  const auto place = offset.value_or(static_cast<off_t>(::syscall(SYS_lseek, fd, 0, SEEK_CUR)));
  const auto outcome = carry_out("write", file->kind, [&](bool is_short) -> long {
    return write(is_short && size > 1 ? size / 2 : size);
  });
  if (watch.records()) {
    const int told = errno;
    const auto written = outcome.done ? static_cast<std::size_t>(outcome.result) : std::size_t{0};
    const auto data = watch.record_data(bytes, written);
    record("write", outcome,
           number(fd) + "\t" + number(place) + "\t" + number(static_cast<std::int64_t>(written)) +
               "\t" + number(data));
    errno = told;
  }
  return outcome.result;
}

/// sync, truncate, close: calls about a descriptor.
template <typename Perform>
int descriptor_call(std::string_view operation, int fd, const std::string& more,
                    Perform&& perform) {
  auto& watch = Watch::instance();
  std::unique_lock lock(watch.mutex());
  const auto* const file = watch.find(fd);
  if (file == nullptr) {
    lock.unlock();
    return perform();
  }
  const auto kind = file->kind;
  const auto outcome = carry_out(operation, kind, [&](bool) -> long { return perform(); });
  record(operation, outcome, number(fd) + more);
  if (operation == "close") watch.forget(fd);
  return static_cast<int>(outcome.result);
}

/// link and rename.
template <typename Perform>
int pair_call(std::string_view operation, int from_directory, const char* from, int to_directory,
              const char* to, Perform&& perform) {
  auto& watch = Watch::instance();
  std::unique_lock lock(watch.mutex());
  const auto old_path = watch.below(from_directory, from);
  const auto new_path = watch.below(to_directory, to);
  if (!old_path || !new_path) {
    lock.unlock();
    return perform();
  }
  const auto outcome =
      carry_out(operation, file_class(*new_path), [&](bool) -> long { return perform(); });
  record(operation, outcome, *old_path + "\t" + *new_path);
  return static_cast<int>(outcome.result);
}

/// unlink and mkdir.
template <typename Perform>
int path_call(std::string_view operation, int directory, const char* path, Perform&& perform) {
  auto& watch = Watch::instance();
  std::unique_lock lock(watch.mutex());
  const auto below = watch.below(directory, path);
  const bool is_mkdir = operation == "mkdir";
  auto kind = !below ? "" : is_mkdir ? directory_class(*below) : file_class(*below);
  if (kind.empty()) {
    lock.unlock();
    return perform();
  }
  if (!is_mkdir) kind += temporary_suffix(*below);
  const auto outcome = carry_out(operation, kind, [&](bool) -> long { return perform(); });
  record(operation, outcome, *below);
  return static_cast<int>(outcome.result);
}

mode_t mode_argument(int flags, va_list arguments) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : mode_t{0};
}

}  // namespace
}  // namespace punnet::interpose

using namespace punnet::interpose;

// The parameters that only some flags bring.
#define PUNNET_TAKE_MODE(flags)                      \
  va_list arguments;                                 \
  va_start(arguments, flags);                        \
  const auto mode = mode_argument(flags, arguments); \
  va_end(arguments)

extern "C" {

int open(const char* path, int flags, ...) {
  static auto* const real = next<int(const char*, int, ...)>("open");
  PUNNET_TAKE_MODE(flags);
  return open_watched(AT_FDCWD, path, flags, [&] { return real(path, flags, mode); });
}

int open64(const char* path, int flags, ...) {
  static auto* const real = next<int(const char*, int, ...)>("open64");
  PUNNET_TAKE_MODE(flags);
  return open_watched(AT_FDCWD, path, flags, [&] { return real(path, flags, mode); });
}

int openat(int directory, const char* path, int flags, ...) {
  static auto* const real = next<int(int, const char*, int, ...)>("openat");
  PUNNET_TAKE_MODE(flags);
  return open_watched(directory, path, flags, [&] { return real(directory, path, flags, mode); });
}

int openat64(int directory, const char* path, int flags, ...) {
  static auto* const real = next<int(int, const char*, int, ...)>("openat64");
  PUNNET_TAKE_MODE(flags);
  return open_watched(directory, path, flags, [&] { return real(directory, path, flags, mode); });
}

int creat(const char* path, mode_t mode) {
  static auto* const real = next<int(const char*, mode_t)>("creat");
  return open_watched(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC,
                      [&] { return real(path, mode); });
}

int creat64(const char* path, mode_t mode) {
  static auto* const real = next<int(const char*, mode_t)>("creat64");
  return open_watched(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC,
                      [&] { return real(path, mode); });
}

ssize_t write(int fd, const void* bytes, size_t size) {
  static auto* const real = next<ssize_t(int, const void*, size_t)>("write");
  return write_watched(fd, bytes, size, std::nullopt,
                       [&](std::size_t part) { return real(fd, bytes, part); });
}

ssize_t pwrite(int fd, const void* bytes, size_t size, off_t offset) {
  static auto* const real = next<ssize_t(int, const void*, size_t, off_t)>("pwrite");
  return write_watched(fd, bytes, size, offset,
                       [&](std::size_t part) { return real(fd, bytes, part, offset); });
}

ssize_t pwrite64(int fd, const void* bytes, size_t size, off64_t offset) {
  static auto* const real = next<ssize_t(int, const void*, size_t, off64_t)>("pwrite64");
  return write_watched(fd, bytes, size, offset,
                       [&](std::size_t part) { return real(fd, bytes, part, offset); });
}

ssize_t writev(int fd, const struct iovec* parts, int count) {
  static auto* const real = next<ssize_t(int, const struct iovec*, int)>("writev");
  std::string bytes;
  for (int i = 0; i < count; ++i) {
    bytes.append(static_cast<const char*>(parts[i].iov_base), parts[i].iov_len);
  }
  return write_watched(fd, bytes.data(), bytes.size(), std::nullopt, [&](std::size_t part) {
    return part == bytes.size() ? real(fd, parts, count)
                                : ::syscall(SYS_write, fd, bytes.data(), part);
  });
}

int fsync(int fd) {
  static auto* const real = next<int(int)>("fsync");
  return descriptor_call("sync", fd, "", [&] { return real(fd); });
}

int fdatasync(int fd) {
  static auto* const real = next<int(int)>("fdatasync");
  return descriptor_call("sync", fd, "", [&] { return real(fd); });
}

int ftruncate(int fd, off_t size) noexcept {
  static auto* const real = next<int(int, off_t)>("ftruncate");
  return descriptor_call("truncate", fd, "\t" + number(size), [&] { return real(fd, size); });
}

int ftruncate64(int fd, off64_t size) noexcept {
  static auto* const real = next<int(int, off64_t)>("ftruncate64");
  return descriptor_call("truncate", fd, "\t" + number(size), [&] { return real(fd, size); });
}

int close(int fd) {
  static auto* const real = next<int(int)>("close");
  return descriptor_call("close", fd, "", [&] { return real(fd); });
}

int link(const char* from, const char* to) noexcept {
  static auto* const real = next<int(const char*, const char*)>("link");
  return pair_call("link", AT_FDCWD, from, AT_FDCWD, to, [&] { return real(from, to); });
}

int linkat(int from_directory, const char* from, int to_directory, const char* to,
           int flags) noexcept {
  static auto* const real = next<int(int, const char*, int, const char*, int)>("linkat");
  return pair_call("link", from_directory, from, to_directory, to,
                   [&] { return real(from_directory, from, to_directory, to, flags); });
}

int rename(const char* from, const char* to) noexcept {
  static auto* const real = next<int(const char*, const char*)>("rename");
  return pair_call("rename", AT_FDCWD, from, AT_FDCWD, to, [&] { return real(from, to); });
}

int renameat(int from_directory, const char* from, int to_directory, const char* to) noexcept {
  static auto* const real = next<int(int, const char*, int, const char*)>("renameat");
  return pair_call("rename", from_directory, from, to_directory, to,
                   [&] { return real(from_directory, from, to_directory, to); });
}

int renameat2(int from_directory, const char* from, int to_directory, const char* to,
              unsigned flags) noexcept {
  static auto* const real = next<int(int, const char*, int, const char*, unsigned)>("renameat2");
  return pair_call("rename", from_directory, from, to_directory, to,
                   [&] { return real(from_directory, from, to_directory, to, flags); });
}

int unlink(const char* path) noexcept {
  static auto* const real = next<int(const char*)>("unlink");
  return path_call("unlink", AT_FDCWD, path, [&] { return real(path); });
}

int unlinkat(int directory, const char* path, int flags) noexcept {
  static auto* const real = next<int(int, const char*, int)>("unlinkat");
  return path_call("unlink", directory, path, [&] { return real(directory, path, flags); });
}

int mkdir(const char* path, mode_t mode) noexcept {
  static auto* const real = next<int(const char*, mode_t)>("mkdir");
  return path_call("mkdir", AT_FDCWD, path, [&] { return real(path, mode); });
}

int mkdirat(int directory, const char* path, mode_t mode) noexcept {
  static auto* const real = next<int(int, const char*, mode_t)>("mkdirat");
  return path_call("mkdir", directory, path, [&] { return real(directory, path, mode); });
}

}  // extern "C"
