#include "embedded/memory_file_store.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <string>
#include <utility>

namespace punnet {
namespace {

struct MemoryFile {
  std::shared_ptr<const std::string> content;
  Timestamp modified;
};

/// What the store and the files being written share.
struct Shelf {
  explicit Shelf(const Clock& its_clock) : clock(its_clock) {}

  const Clock& clock;
  std::mutex mutex;  // guards everything below
  std::map<std::string, MemoryFile, std::less<>> files;
  std::map<std::int64_t, std::pair<std::string, Timestamp>> temporaries;  // path, last written
  std::int64_t next_temporary = 0;
};

std::string place_of(std::string_view path) { return "memory:" + std::string(path); }

class MemoryReadableFile final : public ReadableFile {
 public:
  MemoryReadableFile(std::shared_ptr<const std::string> content, std::string place)
      : content_(std::move(content)), place_(std::move(place)) {}

  std::int64_t size() const override { return static_cast<std::int64_t>(content_->size()); }

  Result<std::size_t> read_at(std::int64_t position, std::span<char> out,
                              const CallContext& call) override {
    if (position < 0) {
      return Error{ErrorCode::kInvalid,
                   "cannot read " + place_ + " at position " + std::to_string(position)};
    }
    PUNNET_CHECK(call.check("reading " + place_));
    if (position >= size()) return std::size_t{0};
    return content_->copy(out.data(), out.size(), static_cast<std::size_t>(position));
  }

 private:
  const std::shared_ptr<const std::string> content_;
  const std::string place_;
};

class MemoryWritableFile final : public WritableFile {
 public:
  MemoryWritableFile(std::shared_ptr<Shelf> shelf, std::string path)
      : shelf_(std::move(shelf)), path_(std::move(path)) {
    const std::lock_guard lock(shelf_->mutex);
    id_ = shelf_->next_temporary++;
    shelf_->temporaries[id_] = {path_, shelf_->clock.now()};
  }

  ~MemoryWritableFile() override {
    const std::lock_guard lock(shelf_->mutex);
    shelf_->temporaries.erase(id_);
  }

  Status write(std::span<const char> bytes, const CallContext& call) override {
    if (failed_) {
      return Error{ErrorCode::kInvalid, "an earlier write of " + place_of(path_) +
                                            " failed: discard it and write a new file"};
    }
    if (auto going_on = call.check("writing " + place_of(path_)); !going_on) {
      failed_ = true;
      return going_on;
    }
    content_.append(bytes.data(), bytes.size());
    const std::lock_guard lock(shelf_->mutex);
    if (const auto found = shelf_->temporaries.find(id_); found != shelf_->temporaries.end()) {
      found->second.second = shelf_->clock.now();
    }
    return ok();
  }

  std::int64_t size() const override { return static_cast<std::int64_t>(content_.size()); }

  const std::string& path() const { return path_; }
  bool failed() const { return failed_; }
  std::int64_t id() const { return id_; }
  const Shelf* shelf() const { return shelf_.get(); }
  std::string take_content() { return std::move(content_); }

 private:
  const std::shared_ptr<Shelf> shelf_;
  const std::string path_;
  std::int64_t id_ = 0;
  std::string content_;
  bool failed_ = false;
};

class MemoryFileStore final : public FileStore {
 public:
  explicit MemoryFileStore(const Clock& clock) : shelf_(std::make_shared<Shelf>(clock)) {}

  Result<std::vector<FileInfo>> list(std::string_view prefix, const CallContext& call) override {
    PUNNET_CHECK(call.check("listing " + location(prefix)));
    if (prefix.size() > 1 && prefix.ends_with('/')) prefix.remove_suffix(1);
    if (!prefix.empty()) PUNNET_CHECK(check_path(prefix));
    const std::string above = prefix.empty() ? "" : std::string(prefix) + "/";
    std::vector<FileInfo> found;
    const std::lock_guard lock(shelf_->mutex);
    for (auto at = shelf_->files.lower_bound(above);
         at != shelf_->files.end() && at->first.starts_with(above); ++at) {
      const auto& path = at->first;
      if (path.starts_with('.') || path.find("/.") != path.npos) continue;
      found.push_back(describe(path, at->second));
    }
    return found;
  }

  Result<FileInfo> stat(std::string_view path, const CallContext& call) override {
    PUNNET_CHECK(check_path(path));
    PUNNET_CHECK(call.check("looking at " + location(path)));
    const std::lock_guard lock(shelf_->mutex);
    const auto found = shelf_->files.find(path);
    if (found == shelf_->files.end()) return absent(path);
    return describe(found->first, found->second);
  }

  Result<std::unique_ptr<ReadableFile>> open(std::string_view path,
                                             const CallContext& call) override {
    PUNNET_CHECK(check_path(path));
    PUNNET_CHECK(call.check("opening " + location(path)));
    const std::lock_guard lock(shelf_->mutex);
    const auto found = shelf_->files.find(path);
    if (found != shelf_->files.end()) {
      return std::make_unique<MemoryReadableFile>(found->second.content, location(path));
    }
    if (is_directory(path)) {
      return Error{ErrorCode::kInvalid,
                   "cannot open " + location(path) + ": it is a directory, not a file"};
    }
    return absent(path);
  }

  Result<std::unique_ptr<WritableFile>> create(std::string_view path,
                                               const CallContext& call) override {
    PUNNET_CHECK(check_path(path));
    PUNNET_CHECK(call.check("creating " + location(path)));
    {
      const std::lock_guard lock(shelf_->mutex);
      for (auto slash = path.find('/'); slash != path.npos; slash = path.find('/', slash + 1)) {
        if (shelf_->files.contains(path.substr(0, slash))) {
          return Error{ErrorCode::kInvalid, "cannot create " + location(path) + ": " +
                                                location(path.substr(0, slash)) +
                                                " is a file, not a directory"};
        }
      }
    }
    return std::make_unique<MemoryWritableFile>(shelf_, std::string(path));
  }

  Result<PublishOutcome> publish(std::unique_ptr<WritableFile> file,
                                 const CallContext& call) override {
    PUNNET_TRY(auto* const memory, finished(file, "publishing", call));
    const std::lock_guard lock(shelf_->mutex);
    PUNNET_CHECK(check_still_there(*memory));
    if (shelf_->files.contains(memory->path()) || is_directory(memory->path())) {
      return PublishOutcome::kLost;
    }
    place(*memory);
    return PublishOutcome::kPublished;
  }

  Status replace(std::unique_ptr<WritableFile> file, const CallContext& call) override {
    PUNNET_TRY(auto* const memory, finished(file, "replacing", call));
    const std::lock_guard lock(shelf_->mutex);
    PUNNET_CHECK(check_still_there(*memory));
    if (is_directory(memory->path())) {
      return Error{ErrorCode::kInvalid,
                   "cannot replace " + location(memory->path()) + ": it is a directory"};
    }
    place(*memory);
    return ok();
  }

  Status remove(std::string_view path, const CallContext& call) override {
    PUNNET_CHECK(check_path(path));
    PUNNET_CHECK(call.check("removing " + location(path)));
    const std::lock_guard lock(shelf_->mutex);
    if (const auto found = shelf_->files.find(path); found != shelf_->files.end()) {
      shelf_->files.erase(found);
    } else if (is_directory(path)) {
      return Error{ErrorCode::kInvalid,
                   "cannot remove " + location(path) + ": it is a directory, not a file"};
    }
    return ok();
  }

  Result<std::int64_t> remove_abandoned(std::string_view prefix, Timestamp older_than,
                                        const CallContext& call) override {
    PUNNET_CHECK(call.check("looking for abandoned files in " + location(prefix)));
    if (prefix.size() > 1 && prefix.ends_with('/')) prefix.remove_suffix(1);
    if (!prefix.empty()) PUNNET_CHECK(check_path(prefix));
    const std::string above = prefix.empty() ? "" : std::string(prefix) + "/";
    const std::lock_guard lock(shelf_->mutex);
    return static_cast<std::int64_t>(std::erase_if(shelf_->temporaries, [&](const auto& entry) {
      const auto& [path, written] = entry.second;
      return path.starts_with(above) && written < older_than;
    }));
  }

  std::string location(std::string_view path) const override { return place_of(path); }

 private:
  static FileInfo describe(const std::string& path, const MemoryFile& file) {
    const auto size = static_cast<std::int64_t>(file.content->size());
    return FileInfo{path, size, size, file.modified};
  }

  Error absent(std::string_view path) const {
    return Error{ErrorCode::kAbsent, "there is no file " + location(path)};
  }

  bool is_directory(std::string_view path) const {
    const auto above = std::string(path) + "/";
    const auto next = shelf_->files.lower_bound(above);
    return next != shelf_->files.end() && next->first.starts_with(above);
  }

  Result<MemoryWritableFile*> finished(const std::unique_ptr<WritableFile>& file,
                                       std::string_view doing, const CallContext& call) const {
    auto* const memory = dynamic_cast<MemoryWritableFile*>(file.get());
    if (memory == nullptr || memory->shelf() != shelf_.get()) {
      return Error{ErrorCode::kInvalid, "the file was not created by this store"};
    }
    PUNNET_CHECK(call.check(std::string(doing) + " " + location(memory->path())));
    if (memory->failed()) {
      return Error{ErrorCode::kInvalid, "an earlier write of " + location(memory->path()) +
                                            " failed: discard it and write a new file"};
    }
    return memory;
  }

  Status check_still_there(const MemoryWritableFile& file) const {
    if (shelf_->temporaries.contains(file.id())) return ok();
    return Error{ErrorCode::kAbsent, "what was written for " + location(file.path()) +
                                         " was removed before it was published"};
  }

  void place(MemoryWritableFile& file) {
    shelf_->files[file.path()] =
        MemoryFile{std::make_shared<const std::string>(file.take_content()), shelf_->clock.now()};
  }

  const std::shared_ptr<Shelf> shelf_;
};

}  // namespace

std::unique_ptr<FileStore> make_memory_file_store(const Clock& clock) {
  return std::make_unique<MemoryFileStore>(clock);
}

}  // namespace punnet
