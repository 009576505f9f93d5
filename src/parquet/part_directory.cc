#include "parquet/part_directory.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <utility>

namespace punnet {
namespace {

constexpr char kSuccess[] = "_SUCCESS";
/// There while files are replaced. To be made durable it makes durable what was removed before it,
/// which a power loss could else bring back: the marker for half a directory, or old parts beside
/// new ones.
constexpr char kReplacing[] = "_REPLACING";
constexpr std::chrono::seconds kCleanUpTime{30};

std::string part_name(std::size_t number) {
  char name[32];
  std::snprintf(name, sizeof name, "part-%05zu", number);
  return name;
}

}  // namespace

Status publish_as_new(FileStore& files, std::string_view path, std::unique_ptr<WritableFile> file,
                      const CallContext& call) {
  PUNNET_TRY(const auto outcome, files.publish(std::move(file), call));
  switch (outcome) {
    case PublishOutcome::kPublished:
      return ok();
    case PublishOutcome::kLost:
      return Error{ErrorCode::kExists,
                   files.location(path) + " was written by somebody else already"};
    case PublishOutcome::kUnknown:
      break;
  }
  return Error{ErrorCode::kUnknownOutcome,
               files.location(path) +
                   ": the store did not tell whether it has this file; look before running again"};
}

PartDirectory::PartDirectory(FileStore& files, std::string directory,
                             std::vector<std::string> old_files)
    : files_(&files), directory_(std::move(directory)), old_files_(std::move(old_files)) {}

Result<PartDirectory> PartDirectory::begin(FileStore& files, std::string_view directory,
                                           ExistingFiles existing, const CallContext& call) {
  while (directory.ends_with('/')) directory.remove_suffix(1);
  PUNNET_TRY(const auto listed, files.list(directory, call));
  if (!listed.empty() && existing == ExistingFiles::kRefuse) {
    return Error{ErrorCode::kExists, files.location(directory) + " already holds " +
                                         std::to_string(listed.size()) +
                                         " files; remove them first, or name another place"};
  }
  std::vector<std::string> old_files;
  for (const auto& info : listed) old_files.push_back(info.path);
  return PartDirectory(files, std::string(directory), std::move(old_files));
}

Result<WritableFile*> PartDirectory::create_part(std::string_view suffix, const CallContext& call) {
  auto path = directory_ + "/" + part_name(parts_.size()) + std::string(suffix);
  PUNNET_TRY(auto file, files_->create(path, call));
  parts_.push_back({std::move(path), std::move(file)});
  return parts_.back().file.get();
}

Status PartDirectory::finish(const CallContext& call) {
  const auto success_path = directory_ + "/" + kSuccess;
  PUNNET_TRY(auto success, files_->create(success_path, call));

  // Without its marker the directory says itself that it is not whole.
  const auto replacing_path = directory_ + "/" + kReplacing;
  const bool is_replacing = !old_files_.empty();
  if (is_replacing) {
    PUNNET_CHECK(files_->remove(success_path, call));
    PUNNET_CHECK(replace_file(*files_, replacing_path, "", call));
    std::erase(old_files_, success_path);
    for (const auto& path : old_files_) PUNNET_CHECK(files_->remove(path, call));
    PUNNET_CHECK(replace_file(*files_, replacing_path, "", call));
  }

  parts_.push_back({success_path, std::move(success)});
  for (auto part = parts_.begin(); part != parts_.end(); ++part) {
    if (is_replacing && part->path == success_path) {
      PUNNET_CHECK(files_->remove(replacing_path, call));
    }
    auto status = publish_as_new(*files_, part->path, std::move(part->file), call);
    if (status) continue;
    // With a marker that may stand, all that it vouches for must.
    const bool may_be_whole =
        part->path == success_path && status.error().code == ErrorCode::kUnknownOutcome;
    if (may_be_whole) return status;
    // Half a directory is of no use to anybody; what cannot be removed stays without its marker.
    // A stop or a deadline that ended the work must not end the cleaning up.
    const auto cleaning = CallContext::within(kCleanUpTime);
    for (auto gone = parts_.begin(); gone != part; ++gone) {
      [[maybe_unused]] const auto ignored = files_->remove(gone->path, cleaning);
    }
    return status;
  }
  return ok();
}

}  // namespace punnet
