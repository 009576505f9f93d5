#include "embedded/local_file_store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <mutex>
#include <set>
#include <system_error>
#include <utility>

#include "base/temporary_name.h"
#include "embedded/local_directory.h"
#include "embedded/posix.h"

namespace punnet {
namespace {

// A cancelled call ends after at most this much.
constexpr std::size_t kChunkBytes = 8 << 20;

class LocalReadableFile final : public ReadableFile {
 public:
  LocalReadableFile(FileDescriptor fd, std::int64_t size, std::string place)
      : fd_(std::move(fd)), size_(size), place_(std::move(place)) {}

  std::int64_t size() const override { return size_; }

  Result<std::size_t> read_at(std::int64_t position, std::span<char> out,
                              const CallContext& call) override {
    if (position < 0) {
      return Error{ErrorCode::kInvalid,
                   "cannot read " + place_ + " at position " + std::to_string(position)};
    }
    std::size_t done = 0;
    while (done < out.size()) {
      PUNNET_CHECK(call.check("reading " + place_));
      const auto part = std::min(out.size() - done, kChunkBytes);
      const auto got = ::pread(fd_.get(), out.data() + done, part,
                               static_cast<off_t>(position) + static_cast<off_t>(done));
      if (got < 0) {
        if (errno == EINTR) continue;
        return system_error(errno, "read", place_);
      }
      if (got == 0) break;
      done += static_cast<std::size_t>(got);
    }
    return done;
  }

 private:
  const FileDescriptor fd_;
  const std::int64_t size_;
  const std::string place_;
};

class LocalWritableFile final : public WritableFile {
 public:
  LocalWritableFile(FileDescriptor fd, std::string temporary, std::string place)
      : fd_(std::move(fd)), temporary_(std::move(temporary)), place_(std::move(place)) {}

  ~LocalWritableFile() override {
    if (!temporary_.empty()) ::unlink(temporary_.c_str());
  }

  Status write(std::span<const char> bytes, const CallContext& call) override {
    if (failed_) return spoiled();
    while (!bytes.empty()) {
      const auto part = bytes.first(std::min(bytes.size(), kChunkBytes));
      if (auto going_on = call.check("writing " + place_); !going_on) {
        failed_ = true;
        return going_on;
      }
      if (!write_all(fd_.get(), part)) {
        failed_ = true;
        return system_error(errno, "write", place_);
      }
      size_ += static_cast<std::int64_t>(part.size());
      bytes = bytes.subspan(part.size());
    }
    return ok();
  }

  std::int64_t size() const override { return size_; }

  /// Makes the content durable. Nothing can be written afterwards.
  Status finish(bool sync) {
    if (failed_) return spoiled();
    failed_ = true;  // whatever comes next, these bytes are not to be touched again
    if (sync && ::fdatasync(fd_.get()) != 0) return system_error(errno, "sync", place_);
    if (::close(fd_.release()) != 0 && errno != EINTR) return system_error(errno, "close", place_);
    return ok();
  }

  const std::string& temporary() const { return temporary_; }
  const std::string& place() const { return place_; }

  /// The temporary has become the file itself.
  void forget_temporary() { temporary_.clear(); }

 private:
  Error spoiled() const {
    return Error{ErrorCode::kInvalid,
                 "an earlier write of " + place_ + " failed: discard it and write a new file"};
  }

  FileDescriptor fd_;
  std::string temporary_;
  const std::string place_;
  std::int64_t size_ = 0;
  bool failed_ = false;
};

constexpr int kNotKnown = -1;

/// Gives the temporary its name unless that name is taken. 0, the errno, or kNotKnown.
int name_without_replacing(const std::string& temporary, const std::string& place) {
  if (::link(temporary.c_str(), place.c_str()) == 0) return 0;
  const int failure = errno;
  if (failure == EPERM || failure == EOPNOTSUPP || failure == ENOSYS || failure == EMLINK) {
    // A file system without links.
    const int renamed =
        ::renameat2(AT_FDCWD, temporary.c_str(), AT_FDCWD, place.c_str(), RENAME_NOREPLACE);
    return renamed == 0 ? 0 : errno;
  }
  // The answer to a link that succeeded can be lost, and on a network the request be repeated.
  struct stat info {};
  if (::stat(temporary.c_str(), &info) != 0) return errno == ENOENT ? failure : kNotKnown;
  return info.st_nlink == 2 ? 0 : failure;
}

class LocalFileStore final : public FileStore {
 public:
  explicit LocalFileStore(std::string root, bool sync) : root_(std::move(root)), sync_(sync) {}

  Result<std::vector<FileInfo>> list(std::string_view prefix, const CallContext& call) override {
    PUNNET_CHECK(call.check("listing " + location(prefix)));
    if (prefix.size() > 1 && prefix.ends_with('/')) prefix.remove_suffix(1);
    if (!prefix.empty()) PUNNET_CHECK(check_path(prefix));
    std::vector<FileInfo> files;
    if (prefix.starts_with('.') || prefix.find("/.") != prefix.npos) return files;
    const std::string above = prefix.empty() ? "" : std::string(prefix) + "/";
    PUNNET_CHECK(walk_files(location(prefix), call, [&](const FoundFile& found) {
      if (!found.hidden) files.push_back(describe(above + found.path, found.info));
      return ok();
    }));
    std::ranges::sort(files, {}, &FileInfo::path);
    return files;
  }

  Result<FileInfo> stat(std::string_view path, const CallContext& call) override {
    PUNNET_CHECK(check_path(path));
    const auto place = location(path);
    PUNNET_CHECK(call.check("looking at " + place));
    struct stat info {};
    if (::stat(place.c_str(), &info) != 0) {
      return system_error(errno == ENOTDIR ? ENOENT : errno, "look at", place);
    }
    if (S_ISDIR(info.st_mode)) {
      return Error{ErrorCode::kAbsent, place + " is a directory, not a file"};
    }
    return describe(std::string(path), info);
  }

  Result<std::unique_ptr<ReadableFile>> open(std::string_view path,
                                             const CallContext& call) override {
    PUNNET_CHECK(check_path(path));
    const auto place = location(path);
    PUNNET_CHECK(call.check("opening " + place));
    // Without O_NONBLOCK a FIFO would wait for a writer, for ever.
    auto fd = open_file(place, O_RDONLY | O_NONBLOCK);
    if (!fd) return system_error(errno == ENOTDIR ? ENOENT : errno, "open", place);
    struct stat info {};
    if (::fstat(fd.get(), &info) != 0) return system_error(errno, "look at", place);
    if (!S_ISREG(info.st_mode)) {
      return Error{ErrorCode::kInvalid, "cannot open " + place + ": it is " +
                                            (S_ISDIR(info.st_mode) ? "a directory" : "a device") +
                                            ", not a file"};
    }
    return std::make_unique<LocalReadableFile>(std::move(fd), info.st_size, place);
  }

  Result<std::unique_ptr<WritableFile>> create(std::string_view path,
                                               const CallContext& call) override {
    PUNNET_CHECK(check_path(path));
    auto place = location(path);
    PUNNET_CHECK(call.check("creating " + place));
    const auto directory = parent_directory(place);
    const bool is_known = known_.contains(directory);
    if (!is_known) PUNNET_CHECK(make_known(directory));
    auto temporary =
        directory + "/" + temporary_name(std::string_view(place).substr(directory.size() + 1));
    auto fd = open_file(temporary, O_WRONLY | O_CREAT | O_EXCL, 0644);
    if (!fd && errno == ENOENT && is_known) {
      PUNNET_CHECK(make_known(directory));  // somebody has removed it
      fd = open_file(temporary, O_WRONLY | O_CREAT | O_EXCL, 0644);
    }
    if (!fd) return system_error(errno, "create", place);
    return std::make_unique<LocalWritableFile>(std::move(fd), std::move(temporary),
                                               std::move(place));
  }

  Result<PublishOutcome> publish(std::unique_ptr<WritableFile> file,
                                 const CallContext& call) override {
    PUNNET_TRY(auto* const local, finished(file, "publishing", call));
    const int failure = name_without_replacing(local->temporary(), local->place());
    if (failure == kNotKnown) return PublishOutcome::kUnknown;
    if (failure != 0 && failure != EEXIST) return system_error(failure, "publish", local->place());
    ::unlink(local->temporary().c_str());
    local->forget_temporary();
    // The name is visible; whether it survives a power loss is open when this fails. So it is for
    // the name of another, whose writer may have come no further yet.
    if (sync_ && !sync_directory(parent_directory(local->place()))) return PublishOutcome::kUnknown;
    return failure == 0 ? PublishOutcome::kPublished : PublishOutcome::kLost;
  }

  Status replace(std::unique_ptr<WritableFile> file, const CallContext& call) override {
    PUNNET_TRY(auto* const local, finished(file, "replacing", call));
    if (::rename(local->temporary().c_str(), local->place().c_str()) != 0) {
      return system_error(errno, "replace", local->place());
    }
    local->forget_temporary();
    if (!sync_) return ok();
    if (auto synced = sync_directory(parent_directory(local->place())); !synced) {
      return Error{ErrorCode::kUnknownOutcome, synced.error().message};
    }
    return ok();
  }

  Status remove(std::string_view path, const CallContext& call) override {
    PUNNET_CHECK(check_path(path));
    const auto place = location(path);
    PUNNET_CHECK(call.check("removing " + place));
    if (::unlink(place.c_str()) == 0 || errno == ENOENT || errno == ENOTDIR) return ok();
    return system_error(errno, "remove", place);
  }

  Result<std::int64_t> remove_abandoned(std::string_view prefix, Timestamp older_than,
                                        const CallContext& call) override {
    PUNNET_CHECK(call.check("looking for abandoned files in " + location(prefix)));
    if (prefix.size() > 1 && prefix.ends_with('/')) prefix.remove_suffix(1);
    if (!prefix.empty()) PUNNET_CHECK(check_path(prefix));
    const auto directory = location(prefix);
    std::int64_t removed = 0;
    PUNNET_CHECK(walk_files(directory, call, [&](const FoundFile& found) -> Status {
      const auto name = std::string_view(found.path).substr(found.path.find_last_of('/') + 1);
      if (!is_temporary_name(name) || modified_time(found.info) >= older_than) return ok();
      const auto place = directory + "/" + found.path;
      if (::unlink(place.c_str()) == 0) {
        ++removed;
      } else if (errno != ENOENT) {
        return system_error(errno, "remove", place);
      }
      return ok();
    }));
    return removed;
  }

  std::string location(std::string_view path) const override {
    return path.empty() ? root_ : (root_ == "/" ? "" : root_) + "/" + std::string(path);
  }

 private:
  /// Directories that are there for good, as far as this process knows.
  class KnownDirectories {
   public:
    bool contains(const std::string& directory) {
      const std::scoped_lock lock(mutex_);
      return directories_.contains(directory);
    }
    void add(const std::string& directory) {
      const std::scoped_lock lock(mutex_);
      directories_.insert(directory);
    }

   private:
    std::mutex mutex_;
    std::set<std::string> directories_;
  };

  Status make_known(const std::string& directory) {
    PUNNET_CHECK(make_directories(directory));
    known_.add(directory);
    return ok();
  }

  static FileInfo describe(std::string path, const struct stat& info) {
    return FileInfo{std::move(path), info.st_size, info.st_size, modified_time(info)};
  }

  Result<LocalWritableFile*> finished(const std::unique_ptr<WritableFile>& file,
                                      std::string_view doing, const CallContext& call) const {
    auto* const local = dynamic_cast<LocalWritableFile*>(file.get());
    if (local == nullptr) {
      return Error{ErrorCode::kInvalid, "the file was not created by the store at " + root_};
    }
    PUNNET_CHECK(call.check(std::string(doing) + " " + local->place()));
    PUNNET_CHECK(local->finish(sync_));
    return local;
  }

  const std::string root_;  // absolute, without "/" at its end
  const bool sync_;
  KnownDirectories known_;
};

}  // namespace

Result<std::unique_ptr<FileStore>> open_local_file_store(const LocalFileStoreOptions& options) {
  if (options.directory.empty()) {
    return Error{ErrorCode::kInvalid,
                 "the directory of the files is empty: set it in [files] uri, e.g. file:shop"};
  }
  std::error_code failure;
  auto root = std::filesystem::absolute(options.directory, failure).lexically_normal().string();
  if (failure) return system_error(failure.value(), "find", options.directory);
  while (root.size() > 1 && root.ends_with('/')) root.pop_back();
  struct stat info {};
  if (::stat(root.c_str(), &info) == 0) {
    if (!S_ISDIR(info.st_mode)) {
      return Error{ErrorCode::kInvalid,
                   root + " is not a directory: choose another place in [files] uri"};
    }
  } else if (errno != ENOENT) {
    return system_error(errno, "open", root);
  }
  return std::make_unique<LocalFileStore>(std::move(root), options.sync);
}

}  // namespace punnet
