#include "hdfs/hdfs_file_store.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "base/temporary_name.h"
#include "bridge/bridge_call.h"
#include "punnet_bridge/src/hdfs.rs.h"
#include "rust/cxx.h"

namespace punnet {
namespace {

/// How long a file that is dropped waits until its temporary is gone.
constexpr std::chrono::milliseconds kDiscardTime{1000};

/// The name system, and the directory in it that is the store.
struct Place {
  std::string absolute(std::string_view path) const {
    if (path.empty()) return directory;
    return (directory == "/" ? "" : directory) + "/" + std::string(path);
  }

  std::string location(std::string_view path) const {
    return std::string(hdfs->url()) + absolute(path);
  }

  rust::Box<bridge::Hdfs> hdfs;
  std::string directory;  // absolute, without "/" at its end
};

FileInfo described(const bridge::HdfsFile& file, std::string path) {
  return FileInfo{
      std::move(path), static_cast<std::int64_t>(file.size), static_cast<std::int64_t>(file.stored),
      Timestamp{std::chrono::milliseconds{static_cast<std::int64_t>(file.modified_ms)}}};
}

/// Whether the other side may have done what it was asked although it did not say so.
bool leaves_open(ErrorCode code) {
  return code == ErrorCode::kUnknownOutcome || code == ErrorCode::kTimeout ||
         code == ErrorCode::kCancelled;
}

class HdfsReadableFile final : public ReadableFile {
 public:
  HdfsReadableFile(rust::Box<bridge::HdfsReader> reader, std::string location)
      : reader_(std::move(reader)), location_(std::move(location)) {}

  std::int64_t size() const override { return static_cast<std::int64_t>(reader_->size()); }

  Result<std::size_t> read_at(std::int64_t position, std::span<char> out,
                              const CallContext& call) override {
    if (position < 0) {
      return Error{ErrorCode::kInvalid,
                   "cannot read " + location_ + " at position " + std::to_string(position)};
    }
    return call_bridge("reading " + location_, call, [&](const auto& limit) {
      const rust::Slice<std::uint8_t> bytes(reinterpret_cast<std::uint8_t*>(out.data()),
                                            out.size());
      return reader_->read_at(static_cast<std::uint64_t>(position), bytes, limit);
    });
  }

 private:
  const rust::Box<bridge::HdfsReader> reader_;
  const std::string location_;
};

class HdfsWritableFile final : public WritableFile {
 public:
  HdfsWritableFile(std::shared_ptr<const Place> place, rust::Box<bridge::HdfsWriter> writer,
                   std::string path, std::string temporary)
      : place_(std::move(place)),
        writer_(std::move(writer)),
        path_(std::move(path)),
        temporary_(std::move(temporary)) {}

  ~HdfsWritableFile() override {
    if (temporary_.empty()) return;
    const auto wait = is_silent_ ? std::chrono::milliseconds{0} : kDiscardTime;
    place_->hdfs->discard(temporary_, static_cast<std::uint64_t>(wait.count()));
  }

  Status write(std::span<const char> bytes, const CallContext& call) override {
    if (failed_) return spoiled();
    PUNNET_CHECK(noting(call_bridge("writing " + location(), call, [&](const auto& limit) {
      writer_->write({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, limit);
    })));
    size_ += static_cast<std::int64_t>(bytes.size());
    return ok();
  }

  std::int64_t size() const override { return size_; }

  /// Makes the content durable. Nothing can be written afterwards.
  Status finish(const CallContext& call) {
    if (failed_) return spoiled();
    failed_ = true;  // whatever comes next, these bytes are not to be touched again
    return noting(call_bridge("writing " + location(), call,
                              [&](const auto& limit) { writer_->close(limit); }));
  }

  /// Gives the temporary its name. kUnknownOutcome when that cannot be told from the answers.
  Status rename(bool replace, const CallContext& call) {
    auto renamed = call_bridge("naming " + location(), call, [&](const auto& limit) {
      place_->hdfs->rename(temporary_, place_->absolute(path_), replace, limit);
    });
    if (!renamed && leaves_open(renamed.error().code)) renamed = settle(renamed.error(), call);
    if (renamed) temporary_.clear();
    return noting(std::move(renamed));
  }

  std::string location() const { return place_->location(path_); }
  const std::string& path() const { return path_; }

 private:
  /// Finds out what became of a rename whose answer was lost, and sees to it that nothing becomes
  /// of it later: a request that still lies somewhere fails once the temporary is gone.
  Status settle(const Error& lost, const CallContext& call) {
    const auto removed = call_bridge("looking after " + location(), call, [&](const auto& limit) {
      return place_->hdfs->remove(temporary_, limit);
    });
    const Error unknown{ErrorCode::kUnknownOutcome, lost.message};
    if (!removed) return unknown;
    if (*removed) {
      temporary_.clear();
      return Error{ErrorCode::kUnavailable, lost.message + "; nothing was published"};
    }
    const auto named = call_bridge("looking at " + location(), call, [&](const auto& limit) {
      return place_->hdfs->stat(place_->absolute(path_), limit);
    });
    // Under that name may stand what somebody put there after us.
    const bool is_ours =
        named && !named->is_directory && named->size == static_cast<std::uint64_t>(size_);
    return is_ours ? ok() : Status(unknown);
  }

  Status noting(Status status) {
    if (!status) {
      failed_ = true;
      is_silent_ = is_silent_ || leaves_open(status.error().code) ||
                   status.error().code == ErrorCode::kUnavailable;
    }
    return status;
  }

  Error spoiled() const {
    return Error{ErrorCode::kInvalid,
                 "an earlier write of " + location() + " failed: discard it and write a new file"};
  }

  const std::shared_ptr<const Place> place_;
  rust::Box<bridge::HdfsWriter> writer_;
  const std::string path_;
  std::string temporary_;  // absolute; empty once it has become the file itself
  std::int64_t size_ = 0;
  bool failed_ = false;
  bool is_silent_ = false;  // nobody is waited for who has not answered before
};

class HdfsFileStore final : public FileStore {
 public:
  explicit HdfsFileStore(std::shared_ptr<const Place> place) : place_(std::move(place)) {}

  Result<std::vector<FileInfo>> list(std::string_view prefix, const CallContext& call) override {
    PUNNET_CHECK(check_prefix(prefix));
    if (prefix.starts_with('.') || prefix.find("/.") != prefix.npos) {
      PUNNET_CHECK(call.check("listing " + location(prefix)));
      return std::vector<FileInfo>{};
    }
    PUNNET_TRY(auto files, find(prefix, false, call));
    std::ranges::sort(files, {}, &FileInfo::path);
    return files;
  }

  Result<FileInfo> stat(std::string_view path, const CallContext& call) override {
    PUNNET_CHECK(check_path(path));
    PUNNET_TRY(const auto found, look_at(path, call));
    if (found.is_directory) {
      return Error{ErrorCode::kAbsent, location(path) + " is a directory, not a file"};
    }
    return described(found, std::string(path));
  }

  Result<std::unique_ptr<ReadableFile>> open(std::string_view path,
                                             const CallContext& call) override {
    PUNNET_CHECK(check_path(path));
    PUNNET_TRY(auto reader, call_bridge("opening " + location(path), call, [&](const auto& limit) {
                 return place_->hdfs->open(place_->absolute(path), limit);
               }));
    return std::make_unique<HdfsReadableFile>(std::move(reader), location(path));
  }

  Result<std::unique_ptr<WritableFile>> create(std::string_view path,
                                               const CallContext& call) override {
    PUNNET_CHECK(check_path(path));
    const auto slash = path.rfind('/') + 1;  // npos + 1 is 0
    const auto temporary =
        place_->absolute(std::string(path.substr(0, slash)) + temporary_name(path.substr(slash)));
    auto writer = call_bridge("creating " + location(path), call, [&](const auto& limit) {
      return place_->hdfs->create(temporary, limit);
    });
    if (!writer) {
      auto error = std::move(writer).error();
      if (leaves_open(error.code)) place_->hdfs->discard(temporary, 0);
      // The name is new, so it is something above it that is no directory.
      if (error.code == ErrorCode::kAbsent || error.code == ErrorCode::kExists) {
        error.code = ErrorCode::kInvalid;
      }
      return error;
    }
    return std::make_unique<HdfsWritableFile>(place_, *std::move(writer), std::string(path),
                                              temporary);
  }

  Result<PublishOutcome> publish(std::unique_ptr<WritableFile> file,
                                 const CallContext& call) override {
    PUNNET_TRY(auto* const finished, finish(file, "publishing", call));
    const auto named = finished->rename(false, call);
    if (named) return PublishOutcome::kPublished;
    if (named.error().code == ErrorCode::kExists) return PublishOutcome::kLost;
    if (named.error().code == ErrorCode::kUnknownOutcome) return PublishOutcome::kUnknown;
    return named.error();
  }

  Status replace(std::unique_ptr<WritableFile> file, const CallContext& call) override {
    PUNNET_TRY(auto* const finished, finish(file, "replacing", call));
    auto named = finished->rename(true, call);
    if (named) return named;
    const auto there = look_at(finished->path(), call);
    if (there && there->is_directory) {
      return Error{ErrorCode::kInvalid, finished->location() + " is a directory, not a file"};
    }
    return named;
  }

  Status remove(std::string_view path, const CallContext& call) override {
    PUNNET_CHECK(check_path(path));
    const auto found = look_at(path, call);
    if (!found && found.error().code == ErrorCode::kAbsent) return ok();
    if (!found) return found.error();
    if (found->is_directory) {
      return Error{ErrorCode::kInvalid,
                   "cannot remove " + location(path) + ": it is a directory, not a file"};
    }
    const auto removed = call_bridge("removing " + location(path), call, [&](const auto& limit) {
      return place_->hdfs->remove(place_->absolute(path), limit);
    });
    return removed ? ok() : Status(removed.error());
  }

  Result<std::int64_t> remove_abandoned(std::string_view prefix, Timestamp older_than,
                                        const CallContext& call) override {
    PUNNET_CHECK(check_prefix(prefix));
    PUNNET_TRY(const auto files, find(prefix, true, call));
    std::int64_t removed = 0;
    for (const auto& file : files) {
      const auto name = std::string_view(file.path).substr(file.path.rfind('/') + 1);
      if (!is_temporary_name(name) || file.modified >= older_than) continue;
      PUNNET_TRY(const bool was_there,
                 call_bridge("removing " + location(file.path), call, [&](const auto& limit) {
                   return place_->hdfs->remove(place_->absolute(file.path), limit);
                 }));
      if (was_there) ++removed;
    }
    return removed;
  }

  std::string location(std::string_view path) const override { return place_->location(path); }

 private:
  /// Takes a "/" off the end.
  static Status check_prefix(std::string_view& prefix) {
    if (prefix.size() > 1 && prefix.ends_with('/')) prefix.remove_suffix(1);
    return prefix.empty() ? ok() : check_path(prefix);
  }

  Result<bridge::HdfsFile> look_at(std::string_view path, const CallContext& call) {
    return call_bridge("looking at " + location(path), call, [&](const auto& limit) {
      return place_->hdfs->stat(place_->absolute(path), limit);
    });
  }

  Result<std::vector<FileInfo>> find(std::string_view prefix, bool hidden,
                                     const CallContext& call) {
    PUNNET_TRY(const auto found,
               call_bridge("listing " + location(prefix), call, [&](const auto& limit) {
                 return place_->hdfs->list(place_->absolute(prefix), hidden, limit);
               }));
    const auto above = place_->directory == "/" ? 1 : place_->directory.size() + 1;
    std::vector<FileInfo> files;
    files.reserve(found.size());
    for (const auto& file : found) {
      files.push_back(described(file, std::string(file.path).substr(above)));
    }
    return files;
  }

  Result<HdfsWritableFile*> finish(const std::unique_ptr<WritableFile>& file,
                                   std::string_view doing, const CallContext& call) const {
    auto* const ours = dynamic_cast<HdfsWritableFile*>(file.get());
    if (ours == nullptr) {
      return Error{ErrorCode::kInvalid, "the file was not created by the store at " + location("")};
    }
    PUNNET_CHECK(call.check(std::string(doing) + " " + ours->location()));
    PUNNET_CHECK(ours->finish(call));
    return ours;
  }

  const std::shared_ptr<const Place> place_;
};

}  // namespace

Result<std::unique_ptr<FileStore>> open_hdfs_file_store(const HdfsFileStoreOptions& options) {
  auto directory = options.directory;
  while (directory.size() > 1 && directory.ends_with('/')) directory.pop_back();
  const auto where = "hdfs://" + options.authority + directory;
  if (!directory.starts_with('/') ||
      (directory != "/" && !check_path(std::string_view(directory).substr(1)))) {
    return Error{
        ErrorCode::kInvalid,
        "\"" + options.directory + "\" is no directory of an HDFS: give hdfs://HOST:PORT/PATH"};
  }
  // Settings are looked at, and nobody is waited for.
  const auto call = CallContext(CallContext::Clock::time_point::max());
  PUNNET_TRY(auto hdfs, call_bridge("opening " + where, call, [&](const auto&) {
               return bridge::open_hdfs(options.authority,
                                        static_cast<std::uint64_t>(options.answer_time.count()));
             }));
  return std::make_unique<HdfsFileStore>(
      std::make_shared<const Place>(Place{std::move(hdfs), std::move(directory)}));
}

std::string hdfs_client_version() { return "hdfs-native 0.14.8"; }

}  // namespace punnet
