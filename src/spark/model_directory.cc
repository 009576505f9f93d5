#include "spark/model_directory.h"

#include <algorithm>
#include <cstdint>
#include <set>
#include <utility>

#include "parquet/part_directory.h"
#include "spark/sha256.h"

namespace punnet {
namespace {

constexpr std::string_view kManifest = "_punnet/manifest.json";
constexpr std::string_view kLists = "_punnet/model.json";
constexpr std::string_view kProvenance = "_punnet/provenance.json";

constexpr std::size_t kSmallFileBytes = std::size_t{1} << 20;
constexpr std::size_t kListsBytes = std::size_t{256} << 20;

std::string below(const std::string& directory, std::string_view name) {
  return directory + "/" + std::string(name);
}

Status write_new(FileStore& files, const std::string& place, std::string_view text,
                 const CallContext& call) {
  PUNNET_TRY(auto file, files.create(place, call));
  PUNNET_CHECK(file->write(text, call));
  return publish_as_new(files, place, std::move(file), call);
}

Result<Manifest> make_manifest(FileStore& files, const std::string& directory,
                               const CallContext& call) {
  PUNNET_TRY(const auto listed, files.list(directory, call));
  Manifest manifest;
  for (const auto& info : listed) {
    PUNNET_TRY(auto hash, sha256_of_file(files, info.path, call));
    manifest.push_back({info.path.substr(directory.size() + 1), info.size_bytes, std::move(hash)});
  }
  return manifest;
}

Result<Manifest> parse(FileStore& files, const std::string& directory, std::string_view manifest) {
  return parse_manifest(manifest, files.location(below(directory, kManifest)));
}

Status check_file(FileStore& files, const std::string& place, const ManifestEntry& entry,
                  const CallContext& call) {
  PUNNET_TRY(const auto info, files.stat(place, call));
  if (info.size_bytes != entry.size_bytes) {
    return Error{ErrorCode::kCorrupt, files.location(place) + " has " +
                                          std::to_string(info.size_bytes) + " bytes where " +
                                          std::to_string(entry.size_bytes) + " were published"};
  }
  PUNNET_TRY(const auto hash, sha256_of_file(files, place, call));
  if (hash == entry.sha256) return ok();
  return Error{ErrorCode::kCorrupt,
               files.location(place) + " does not hold the bytes that were published"};
}

Status check_files(FileStore& files, const std::string& directory, const Manifest& manifest,
                   const CallContext& call) {
  PUNNET_TRY(const auto listed, files.list(directory, call));
  std::set<std::string> there;
  for (const auto& info : listed) there.insert(info.path);
  there.erase(below(directory, kManifest));
  for (const auto& entry : manifest) {
    const auto place = below(directory, entry.path);
    if (there.erase(place) == 0) {
      return Error{ErrorCode::kCorrupt, files.location(place) + " is missing from the model"};
    }
    PUNNET_CHECK(check_file(files, place, entry, call));
  }
  for (const auto& place : there) {
    return Error{ErrorCode::kCorrupt, files.location(place) + " was not published with the model"};
  }
  return ok();
}

/// What a directory that was written whole cannot be by any other way than damage.
Error as_corrupt(Error error) {
  const bool about_content = error.code == ErrorCode::kInvalid || error.code == ErrorCode::kAbsent;
  if (about_content) error.code = ErrorCode::kCorrupt;
  return error;
}

}  // namespace

Status write_model_directory(FileStore& files, const std::string& directory, const Model& model,
                             const Provenance& provenance, const AlsModelWriteOptions& options,
                             const CallContext& call) {
  if (!is_json_object(provenance.json)) {
    return Error{ErrorCode::kInvalid, "the provenance of a model must be one JSON object"};
  }
  PUNNET_CHECK(write_als_model(files, directory, model, options, call));
  PUNNET_CHECK(write_new(files, below(directory, kLists), lists_to_json(model), call));
  PUNNET_CHECK(write_new(files, below(directory, kProvenance), provenance.json, call));
  PUNNET_TRY(const auto manifest, make_manifest(files, directory, call));
  return write_new(files, below(directory, kManifest), to_json(manifest), call);
}

Result<std::string> read_model_manifest(FileStore& files, const std::string& directory,
                                        const CallContext& call) {
  return read_file(files, below(directory, kManifest), kSmallFileBytes, call);
}

Result<std::shared_ptr<Model>> read_model_directory(FileStore& files, const std::string& directory,
                                                    std::string_view manifest,
                                                    std::size_t limit_bytes,
                                                    const CallContext& call) {
  PUNNET_TRY(const auto entries, parse(files, directory, manifest));
  PUNNET_CHECK(check_files(files, directory, entries, call));
  const AlsModelReadOptions options{.limit_bytes = limit_bytes};
  auto read = read_als_model(files, directory, options, call);
  if (!read) return as_corrupt(std::move(read).error());
  auto model = std::make_shared<Model>(std::move(read->model));
  const auto lists_at = below(directory, kLists);
  PUNNET_TRY(const auto lists, read_file(files, lists_at, kListsBytes, call));
  PUNNET_CHECK(parse_lists(lists, files.location(lists_at), *model));
  return model;
}

Result<ModelDirectoryFacts> inspect_model_directory(FileStore& files, const std::string& directory,
                                                    const CallContext& call) {
  ModelDirectoryFacts facts;
  PUNNET_TRY(facts.metadata, read_als_model_metadata(files, directory, call));
  PUNNET_TRY(facts.files, make_manifest(files, directory, call));
  const auto at = std::find_if(facts.files.begin(), facts.files.end(),
                               [](const auto& entry) { return entry.path == kManifest; });
  if (at != facts.files.end()) facts.manifest_sha256 = at->sha256;
  return facts;
}

Result<Provenance> read_model_provenance(FileStore& files, const std::string& directory,
                                         std::string_view manifest, const CallContext& call) {
  PUNNET_TRY(const auto entries, parse(files, directory, manifest));
  const auto place = below(directory, kProvenance);
  PUNNET_TRY(auto text, read_file(files, place, kListsBytes, call));
  const auto entry = std::find_if(entries.begin(), entries.end(),
                                  [](const auto& e) { return e.path == kProvenance; });
  if (entry == entries.end() || entry->sha256 != sha256(text)) {
    return Error{ErrorCode::kCorrupt, files.location(place) + " is not what was published"};
  }
  return Provenance{std::move(text)};
}

}  // namespace punnet
