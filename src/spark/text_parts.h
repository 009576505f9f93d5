#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/call_context.h"
#include "base/result.h"
#include "ports/file_store.h"

namespace punnet {

/// The first line of a directory of text that Spark or Hadoop wrote, and the file that holds it.
struct TextLine {
  std::string text;      ///< without its line end
  std::string location;  ///< for messages
};

/// Looks through the files part-* of `directory`, ascending, for the first line that is not empty;
/// parts may be empty, and plain or compressed as the bytes say (gzip, zlib, bzip2, zstd). kAbsent
/// when there is nothing at all below `directory`; kCorrupt when there is no such line, or a part
/// is damaged; kExhausted beyond `limit_bytes`.
Result<TextLine> read_first_line(FileStore& files, std::string_view directory,
                                 std::size_t limit_bytes, const CallContext& call);

}  // namespace punnet
