#include "ports/file_store.h"

#include <utility>

namespace punnet {

Status check_path(std::string_view path) {
  for (auto rest = path;;) {
    const auto slash = rest.find('/');
    const auto part = rest.substr(0, slash);
    if (part.empty() || part == "." || part == ".." || part.find('\0') != part.npos) {
      return Error{ErrorCode::kInvalid,
                   "\"" + std::string(path) +
                       "\" is no path inside a file store: give names joined by \"/\", without a "
                       "leading or trailing \"/\" and without \"..\""};
    }
    if (slash == rest.npos) return ok();
    rest.remove_prefix(slash + 1);
  }
}

Result<std::string> read_file(FileStore& files, std::string_view path, std::size_t limit_bytes,
                              const CallContext& call) {
  PUNNET_TRY(const auto file, files.open(path, call));
  const auto size = static_cast<std::size_t>(file->size());
  if (size > limit_bytes) {
    return Error{ErrorCode::kExhausted, files.location(path) + " has " + std::to_string(size) +
                                            " bytes, more than the " + std::to_string(limit_bytes) +
                                            " that are read at once"};
  }
  std::string content(size, '\0');
  PUNNET_TRY(const auto read, file->read_at(0, content, call));
  content.resize(read);
  return content;
}

Result<PublishOutcome> publish_file(FileStore& files, std::string_view path,
                                    std::string_view content, const CallContext& call) {
  PUNNET_TRY(auto file, files.create(path, call));
  PUNNET_CHECK(file->write(content, call));
  return files.publish(std::move(file), call);
}

Status replace_file(FileStore& files, std::string_view path, std::string_view content,
                    const CallContext& call) {
  PUNNET_TRY(auto file, files.create(path, call));
  PUNNET_CHECK(file->write(content, call));
  return files.replace(std::move(file), call);
}

Status remove_tree(FileStore& files, std::string_view prefix, const CallContext& call) {
  PUNNET_TRY(const auto found, files.list(prefix, call));
  for (const auto& file : found) PUNNET_CHECK(files.remove(file.path, call));
  return ok();
}

}  // namespace punnet
