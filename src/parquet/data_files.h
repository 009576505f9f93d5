#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "ports/file_store.h"

namespace punnet {

/// How the bytes of a table file are to be read; told by its first bytes, never by its name.
enum class FileFormat : std::uint8_t { kCsv, kCsvGzip, kParquet };

/// A file that holds rows.
struct DataFile {
  std::string path;
  std::int64_t size_bytes = 0;
  FileFormat format = FileFormat::kCsv;
};

/// What lies behind the path of a table.
struct DataFiles {
  std::vector<DataFile> files;  ///< ascending by path, never empty
  bool is_directory = false;
  bool has_success_marker = false;  ///< a directory with a file _SUCCESS
};

/// The file `path`, or the data files of the directory `path`: those without a part below `path`
/// that starts with "_" or ".". kAbsent when there is neither file nor directory; kInvalid when the
/// directory holds no data, or is a Delta table, whose files mean nothing without its log.
Result<DataFiles> find_data_files(FileStore& files, std::string_view path, const CallContext& call);

}  // namespace punnet
