#include "parquet/data_files.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace punnet {
namespace {

std::string_view below(std::string_view path, std::string_view directory) {
  path.remove_prefix(std::min(directory.size(), path.size()));
  while (path.starts_with('/')) path.remove_prefix(1);
  return path;
}

bool is_side_file(std::string_view relative) {
  while (true) {
    if (relative.starts_with('_') || relative.starts_with('.')) return true;
    const auto slash = relative.find('/');
    if (slash == std::string_view::npos) return false;
    relative.remove_prefix(slash + 1);
  }
}

Result<FileFormat> format_of(FileStore& files, std::string_view path, const CallContext& call) {
  PUNNET_TRY(const auto file, files.open(path, call));
  std::array<char, 4> head{};
  PUNNET_TRY(const auto read, file->read_at(0, head, call));
  const std::string_view magic(head.data(), read);
  if (magic == "PAR1") return FileFormat::kParquet;
  if (magic.starts_with("\x1f\x8b")) return FileFormat::kCsvGzip;
  return FileFormat::kCsv;
}

}  // namespace

Result<DataFiles> find_data_files(FileStore& files, std::string_view path,
                                  const CallContext& call) {
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  DataFiles found;

  PUNNET_TRY(const auto listed, files.list(path, call));
  for (const auto& info : listed) {
    const auto relative = below(info.path, path);
    if (relative.empty()) continue;
    found.is_directory = true;
    if (relative == "_SUCCESS") found.has_success_marker = true;
    if (relative.starts_with("_delta_log/")) {
      return Error{ErrorCode::kInvalid,
                   files.location(path) +
                       " is a Delta table, whose rows only its log tells; make a plain copy with "
                       "`punnet snapshot` and read that"};
    }
    if (is_side_file(relative)) continue;
    PUNNET_TRY(const auto format, format_of(files, info.path, call));
    found.files.push_back({info.path, info.size_bytes, format});
  }
  if (found.is_directory) {
    if (!found.files.empty()) return found;
    return Error{ErrorCode::kInvalid, files.location(path) + " is a directory without data files"};
  }

  PUNNET_TRY(const auto info, files.stat(path, call));
  PUNNET_TRY(const auto format, format_of(files, path, call));
  found.files.push_back({std::string(path), info.size_bytes, format});
  return found;
}

}  // namespace punnet
