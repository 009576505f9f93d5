#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/model.h"

namespace punnet {

/// A file of a model version as it was when the version was published.
struct ManifestEntry {
  std::string path;  ///< below the version's directory
  std::int64_t size_bytes = 0;
  std::string sha256;

  bool operator==(const ManifestEntry&) const = default;
};

/// All files of a model version, ascending by path. The manifest is written last: a version without
/// one does not exist.
using Manifest = std::vector<ManifestEntry>;

std::string to_json(const Manifest& manifest);
Result<Manifest> parse_manifest(std::string_view text, const std::string& location);

/// A version that is or was served, and the hash of its manifest when it was promoted.
struct ServedVersion {
  std::string version;
  std::string manifest_sha256;

  bool operator==(const ServedVersion&) const = default;
};

/// What `models/current` says.
struct CurrentPointer {
  ServedVersion now;
  std::vector<ServedVersion> before;  ///< what was served before it, the latest last
};

std::string to_json(const CurrentPointer& pointer);
Result<CurrentPointer> parse_current_pointer(std::string_view text, const std::string& location);

/// The parts of `model` that Spark's files do not hold: fallback list, catalogue, flags.
std::string lists_to_json(const Model& model);
/// Puts them into `model`. kCorrupt for anything that lists_to_json does not write.
Status parse_lists(std::string_view text, const std::string& location, Model& model);

/// True when `text` is one JSON object.
bool is_json_object(std::string_view text);

}  // namespace punnet
