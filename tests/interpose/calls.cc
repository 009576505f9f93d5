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

/// Adds a call to the trace: whether the file system has done it, whatever was told, and about
/// what.
void record(std::string_view operation, bool done, const std::string& about) {
  const auto& watch = Watch::instance();
  if (!watch.records()) return;
  watch.record(std::string(operation) + "\t" + (done ? "done" : "failed") + "\t" + about);
}

/// Makes one watched call as ordered, and keeps it in the trace. `perform(is_short)` makes the real
/// one; `about(done, result)` says what of it is kept.
template <typename Perform, typename About>
long carry_out(std::string_view operation, const std::string& kind, Perform&& perform,
               About&& about) {
  auto& watch = Watch::instance();
  const auto failure = watch.before(operation, kind);
  int told = errno;
  long result = -1;
  if (failure != Failure::kError) {
    result = perform(failure == Failure::kShort);
    told = errno;
  } else if (operation == "close") {
    perform(false);  // a close that fails has closed
  }
  const bool done = result >= 0;
  if (watch.records()) record(operation, done, about(done, result));
  if (failure == Failure::kLostReply) {
    errno = watch.failure_errno();
    return -1;
  }
  if (done) watch.after(operation, kind);
  errno = told;
  return result;
}

template <typename Open>
int open_to_read(int directory, const char* path, const std::string& below, Open&& open) {
  auto& watch = Watch::instance();
  struct stat info {};
  const bool is_directory = ::fstatat(directory, path, &info, 0) == 0 && S_ISDIR(info.st_mode);
  const auto kind = file_class(below);
  if (!is_directory && !kind.empty()) {
    const auto fd = static_cast<int>(carry_out(
        "read", kind, [&](bool) -> long { return open(); }, [&](bool, long) { return below; }));
    if (fd >= 0) watch.forget(fd);
    return fd;
  }
  const int fd = open();
  if (fd < 0) return fd;
  watch.forget(fd);
  if (!is_directory) return fd;
  const int told = errno;
  watch.opened(fd, {below, directory_class(below)});
  record("opendir", true, number(fd) + "\t" + below);
  errno = told;
  return fd;
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
    return open_to_read(directory, path, *below, open);
  }
  const auto kind = file_class(*below);
  if (kind.empty()) return open();
  const auto fd = static_cast<int>(carry_out(
      "open", kind, [&](bool) -> long { return open(); },
      [&](bool, long opened) { return number(opened) + "\t" + number(flags) + "\t" + *below; }));
  if (fd >= 0) watch.opened(fd, {*below, kind});
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
  return carry_out(
      "write", file->kind,
      [&](bool is_short) -> long { return write(is_short && size > 1 ? size / 2 : size); },
      [&](bool done, long result) {
        const auto written = done ? static_cast<std::size_t>(result) : std::size_t{0};
        const auto data = watch.record_data(bytes, written);
        return number(fd) + "\t" + number(place) + "\t" + number(static_cast<long>(written)) +
               "\t" + number(data);
      });
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
  const auto result = carry_out(
      operation, kind, [&](bool) -> long { return perform(); },
      [&](bool, long) { return number(fd) + more; });
  if (operation == "close") watch.forget(fd);
  return static_cast<int>(result);
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
  return static_cast<int>(carry_out(
      operation, file_class(*new_path), [&](bool) -> long { return perform(); },
      [&](bool, long) { return *old_path + "\t" + *new_path; }));
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
  return static_cast<int>(carry_out(
      operation, kind, [&](bool) -> long { return perform(); },
      [&](bool, long) { return *below; }));
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
