#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace punnet {

/// Closes what it holds. Movable.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(other.release()) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor();

  explicit operator bool() const { return fd_ >= 0; }
  int get() const { return fd_; }
  int release();

 private:
  int fd_ = -1;
};

/// What the system said, as an Error: "cannot <what> <place>: <reason>", with the remedy where one
/// is known. `errno_value` is the errno of the call that failed.
Error system_error(int errno_value, std::string_view what, std::string_view place);

/// open(2) that goes on after signals.
FileDescriptor open_file(const std::string& path, int flags, unsigned mode = 0);

/// Writes all of `bytes`, going on after signals and short writes; false leaves the reason in
/// errno.
bool write_all(int fd, std::span<const char> bytes);

/// Makes `directory` and whatever is missing above it, durably: one that is there may have been
/// made by a process that died before it could sync it.
Status make_directories(const std::string& directory);

/// Makes the entries of `directory` durable.
Status sync_directory(const std::string& directory);

/// The directory part of a path: "a" for "a/b", "." for "b".
std::string parent_directory(const std::string& path);

}  // namespace punnet
