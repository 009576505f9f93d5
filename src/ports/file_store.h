#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/call_context.h"
#include "base/clock.h"
#include "base/result.h"
#include "ports/port.h"

namespace punnet {

/// A file as listed. Paths are relative to the store, with "/" between parts.
struct FileInfo {
  std::string path;
  std::int64_t size_bytes = 0;
  std::int64_t stored_bytes = 0;  ///< with all replicas
  Timestamp modified;
};

/// An open file that never changes under its reader. Safe to call from many threads.
class ReadableFile {
 public:
  ReadableFile(const ReadableFile&) = delete;
  ReadableFile& operator=(const ReadableFile&) = delete;
  virtual ~ReadableFile() = default;

  virtual std::int64_t size() const = 0;

  /// Fills `out` from `position`; fewer bytes only at the end of the file.
  virtual Result<std::size_t> read_at(std::int64_t position, std::span<char> out,
                                      const CallContext& call) = 0;

 protected:
  ReadableFile() = default;
};

/// A file being written under a hidden temporary name. Destroying it before publish or replace
/// removes the temporary. One thread.
class WritableFile {
 public:
  WritableFile(const WritableFile&) = delete;
  WritableFile& operator=(const WritableFile&) = delete;
  virtual ~WritableFile() = default;

  /// Appends. After any error the file can only be discarded: a failed write or sync is never
  /// retried.
  virtual Status write(std::span<const char> bytes, const CallContext& call) = 0;

  virtual std::int64_t size() const = 0;

 protected:
  WritableFile() = default;
};

/// How an attempt to publish ended.
enum class PublishOutcome : std::uint8_t {
  kPublished,  ///< the file is durable under its name
  kLost,       ///< another file has that name; ours is gone
  kUnknown,    ///< the answer was lost: read what stands under the name, then decide
};

/// A tree of files that are written once. Safe to call from many threads.
///
/// Paths are what check_path lets through; others are kInvalid. Parts of a path that start with "."
/// are hidden from list. A missing file is kAbsent; a store that cannot be asked is kUnavailable.
class FileStore : public Port {
 public:
  /// All files below `prefix` (a directory, "" for everything), ascending by path, hidden ones left
  /// out. A prefix with nothing below it, or that does not exist, gives an empty list.
  virtual Result<std::vector<FileInfo>> list(std::string_view prefix, const CallContext& call) = 0;

  /// kAbsent when there is no such file; a directory is none.
  virtual Result<FileInfo> stat(std::string_view path, const CallContext& call) = 0;

  /// kAbsent when there is no such file, kInvalid when it is a directory.
  virtual Result<std::unique_ptr<ReadableFile>> open(std::string_view path,
                                                     const CallContext& call) = 0;

  /// Starts a file that is to become `path`; missing directories are made. Nothing is visible under
  /// `path` before publish or replace.
  virtual Result<std::unique_ptr<WritableFile>> create(std::string_view path,
                                                       const CallContext& call) = 0;

  /// Syncs `file` and gives it its name, never replacing what has that name already. An Error means
  /// that nothing was published and the file is gone.
  virtual Result<PublishOutcome> publish(std::unique_ptr<WritableFile> file,
                                         const CallContext& call) = 0;

  /// Syncs `file` and gives it its name, atomically in the place of what has it: a reader sees the
  /// old or the new content. For small pointers only.
  virtual Status replace(std::unique_ptr<WritableFile> file, const CallContext& call) = 0;

  /// Removes one file; one that is not there is success.
  virtual Status remove(std::string_view path, const CallContext& call) = 0;

  /// Removes what writers that died left behind: hidden temporaries below `prefix` that were last
  /// written before `older_than`. Returns how many.
  virtual Result<std::int64_t> remove_abandoned(std::string_view prefix, Timestamp older_than,
                                                const CallContext& call) = 0;

  /// For messages and people: where `path` really lies, e.g. "/var/shop/models/current".
  virtual std::string location(std::string_view path) const = 0;
};

/// Success for a relative path of plain parts: none empty, "." or "..", no NUL byte. The empty path
/// is refused too.
Status check_path(std::string_view path);

/// Reads a whole file of at most `limit_bytes` (kExhausted beyond).
Result<std::string> read_file(FileStore& files, std::string_view path, std::size_t limit_bytes,
                              const CallContext& call);

/// Publishes `content` under `path` without replacing.
Result<PublishOutcome> publish_file(FileStore& files, std::string_view path,
                                    std::string_view content, const CallContext& call);

/// Puts `content` under `path`, replacing atomically.
Status replace_file(FileStore& files, std::string_view path, std::string_view content,
                    const CallContext& call);

/// Removes every visible file below `prefix`.
Status remove_tree(FileStore& files, std::string_view prefix, const CallContext& call);

}  // namespace punnet
