#pragma once

#include <sys/stat.h>

#include <functional>
#include <string>
#include <string_view>

#include "base/call_context.h"
#include "base/clock.h"
#include "base/result.h"

namespace punnet {

/// When a file was last written.
Timestamp modified_time(const struct stat& info);

/// One file found by walk_files.
struct FoundFile {
  std::string path;  ///< below the directory where the walk began
  bool hidden;       ///< a part of `path` starts with "."
  struct stat info;
};

/// Visits every regular file below `directory`, in no particular order. A directory that is not
/// there, or goes away meanwhile, has no files.
Status walk_files(const std::string& directory, const CallContext& call,
                  const std::function<Status(const FoundFile&)>& visit);

}  // namespace punnet
