#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "ports/file_store.h"

namespace punnet {

struct LocalFileStoreOptions {
  std::string directory;  ///< made, with what is missing above it, when the first file is
  bool sync = true;       ///< false gives up durability over power loss for speed; for tests
};

/// A FileStore on a directory of this machine. Fails when `directory` is something else than a
/// directory.
///
/// A file is written as ".<name>.<random>.tmp" beside its place and gets its name by link(2), or by
/// renameat2(2) where the file system has no links, so that nothing is ever replaced by publish.
/// Symbolic links to files are followed; linked directories are entered only when named in a path.
Result<std::unique_ptr<FileStore>> open_local_file_store(const LocalFileStoreOptions& options);

}  // namespace punnet
