#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "ports/file_store.h"

namespace punnet {

/// What to do when a directory that is to be written has files already.
enum class ExistingFiles : std::uint8_t {
  kRefuse,   ///< kExists
  kReplace,  ///< they go, once all of the new ones are written
};

/// Publishes `file` as `path` where losing to another writer is an error: kExists then, and
/// kUnknownOutcome when the store did not tell.
Status publish_as_new(FileStore& files, std::string_view path, std::unique_ptr<WritableFile> file,
                      const CallContext& call);

/// A directory of part files that is written as a whole: part-00000<suffix>, part-00001<suffix>, …,
/// and _SUCCESS last. All parts stay hidden until finish; only then are old files removed and the
/// new ones published, so that an error or a crash before leaves the directory as it was. A crash
/// inside of finish leaves one without _SUCCESS. Not finishing leaves nothing. One thread.
class PartDirectory {
 public:
  /// kExists when there are files below `directory` and `existing` refuses them.
  static Result<PartDirectory> begin(FileStore& files, std::string_view directory,
                                     ExistingFiles existing, const CallContext& call);

  /// The next part, to be written before anything else happens to it.
  Result<WritableFile*> create_part(std::string_view suffix, const CallContext& call);

  std::size_t parts() const { return parts_.size(); }

  /// Gives everything its name. After an error the directory is without _SUCCESS.
  Status finish(const CallContext& call);

 private:
  struct Part {
    std::string path;
    std::unique_ptr<WritableFile> file;
  };

  PartDirectory(FileStore& files, std::string directory, std::vector<std::string> old_files);

  FileStore* files_;
  std::string directory_;
  std::vector<std::string> old_files_;
  std::vector<Part> parts_;
};

}  // namespace punnet
