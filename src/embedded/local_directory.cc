#include "embedded/local_directory.h"

#include <dirent.h>
#include <fcntl.h>

#include <cerrno>
#include <memory>
#include <vector>

#include "embedded/posix.h"

namespace punnet {
namespace {

using Directory = std::unique_ptr<DIR, int (*)(DIR*)>;

struct Pending {
  std::string path;
  bool hidden;
};

}  // namespace

Timestamp modified_time(const struct stat& info) {
  return Timestamp{std::chrono::seconds{info.st_mtim.tv_sec} +
                   std::chrono::microseconds{info.st_mtim.tv_nsec / 1000}};
}

Status walk_files(const std::string& directory, const CallContext& call,
                  const std::function<Status(const FoundFile&)>& visit) {
  std::vector<Pending> pending{{"", false}};
  while (!pending.empty()) {
    PUNNET_CHECK(call.check("listing " + directory));
    const auto here = std::move(pending.back());
    pending.pop_back();
    const auto place = directory + (here.path.empty() ? "" : "/" + here.path);
    const Directory entries(::opendir(place.c_str()), &::closedir);
    if (!entries) {
      if (errno == ENOENT || errno == ENOTDIR) continue;
      return system_error(errno, "list", place);
    }
    for (;;) {
      errno = 0;
      const auto* const entry = ::readdir(entries.get());
      if (entry == nullptr) {
        if (errno != 0) return system_error(errno, "list", place);
        break;
      }
      const std::string_view name = entry->d_name;
      if (name == "." || name == "..") continue;
      FoundFile found{here.path, here.hidden || name.starts_with('.'), {}};
      if (!found.path.empty()) found.path += '/';
      found.path += name;

      const int parent = ::dirfd(entries.get());
      if (::fstatat(parent, entry->d_name, &found.info, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno == ENOENT) continue;
        return system_error(errno, "look at", directory + "/" + found.path);
      }
      if (S_ISDIR(found.info.st_mode)) {
        pending.push_back({std::move(found.path), found.hidden});
        continue;
      }
      if (S_ISLNK(found.info.st_mode) && ::fstatat(parent, entry->d_name, &found.info, 0) != 0) {
        continue;  // points nowhere
      }
      if (S_ISREG(found.info.st_mode)) PUNNET_CHECK(visit(found));
    }
  }
  return ok();
}

}  // namespace punnet
