#include "embedded/posix.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <system_error>
#include <utility>

namespace punnet {
namespace {

struct Meaning {
  ErrorCode code;
  std::string_view remedy;
};

Meaning meaning_of(int errno_value) {
  switch (errno_value) {
    case ENOENT:
      return {ErrorCode::kAbsent, ""};
    case EEXIST:
      return {ErrorCode::kExists, ""};
    case EACCES:
    case EPERM:
    case EROFS:
      return {ErrorCode::kDenied, "; choose another place or change its permissions"};
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return {ErrorCode::kExhausted, "; free space there or choose another place"};
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      return {ErrorCode::kExhausted, "; raise the limit of the process (ulimit)"};
    case ENOTDIR:
    case EISDIR:
    case ENAMETOOLONG:
    case ELOOP:
    case EINVAL:
      return {ErrorCode::kInvalid, ""};
    default:
      return {ErrorCode::kUnavailable, ""};
  }
}

}  // namespace

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

FileDescriptor::~FileDescriptor() {
  if (fd_ >= 0) ::close(fd_);
}

int FileDescriptor::release() { return std::exchange(fd_, -1); }

Error system_error(int errno_value, std::string_view what, std::string_view place) {
  const auto meaning = meaning_of(errno_value);
  std::string message = "cannot ";
  message.append(what).append(" ").append(place).append(": ");
  message += std::generic_category().message(errno_value);
  message += meaning.remedy;
  return Error{meaning.code, std::move(message)};
}

FileDescriptor open_file(const std::string& path, int flags, unsigned mode) {
  int fd = -1;
  do {
    fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  } while (fd < 0 && errno == EINTR);
  return FileDescriptor(fd);
}

bool write_all(int fd, std::span<const char> bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return false;
    }
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return true;
}

Status make_directories(const std::string& directory) {
  struct stat info {};
  if (::stat(directory.c_str(), &info) == 0) {
    if (!S_ISDIR(info.st_mode)) return system_error(ENOTDIR, "make the directory", directory);
    auto synced = sync_directory(parent_directory(directory));
    if (synced) return ok();
    // Where we may not even look, or nothing can be synced, we have made nothing.
    const auto code = synced.error().code;
    return code == ErrorCode::kDenied || code == ErrorCode::kInvalid ? ok() : synced;
  }
  if (errno != ENOENT) return system_error(errno, "make the directory", directory);

  const auto parent = parent_directory(directory);
  if (parent != directory) PUNNET_CHECK(make_directories(parent));
  if (::mkdir(directory.c_str(), 0755) != 0) {
    if (errno == EEXIST) return make_directories(directory);  // somebody else was quicker
    return system_error(errno, "make the directory", directory);
  }
  return sync_directory(parent);
}

Status sync_directory(const std::string& directory) {
  const auto fd = open_file(directory, O_RDONLY | O_DIRECTORY);
  if (!fd || ::fsync(fd.get()) != 0) return system_error(errno, "sync the directory", directory);
  return ok();
}

std::string parent_directory(const std::string& path) {
  auto end = path.find_last_not_of('/');
  if (end == path.npos) return path.empty() ? "." : "/";
  const auto slash = path.find_last_of('/', end);
  if (slash == path.npos) return ".";
  end = path.find_last_not_of('/', slash);
  return end == path.npos ? "/" : path.substr(0, end + 1);
}

}  // namespace punnet
