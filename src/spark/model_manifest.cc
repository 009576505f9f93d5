#include "spark/model_manifest.h"

#include <boost/json.hpp>

#include <algorithm>
#include <cmath>
#include <optional>

namespace punnet {
namespace {

namespace json = boost::json;

constexpr std::int64_t kFormat = 1;

Error corrupt(const std::string& location, const std::string& problem) {
  return Error{ErrorCode::kCorrupt, location + " " + problem};
}

std::optional<json::object> parse_object(std::string_view text) {
  boost::system::error_code failure;
  auto parsed = json::parse(json::string_view(text.data(), text.size()), failure);
  if (failure || !parsed.is_object()) return std::nullopt;
  return std::move(parsed.get_object());
}

/// The object in `text`, if it is of the format we write.
Result<json::object> parse_format(std::string_view text, const std::string& location) {
  auto root = parse_object(text);
  if (!root) return corrupt(location, "is not a JSON object");
  const auto* format = root->if_contains("format");
  if (format == nullptr || !format->is_int64()) return corrupt(location, "has no format");
  if (format->get_int64() != kFormat) {
    return Error{ErrorCode::kInvalid, location + " is of format " +
                                          std::to_string(format->get_int64()) +
                                          ", which needs another version of punnet"};
  }
  return *std::move(root);
}

std::optional<std::string> text_of(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return std::string(value->get_string());
}

std::optional<std::int64_t> integer_of(const json::value* value) {
  if (value == nullptr || !value->is_int64()) return std::nullopt;
  return value->get_int64();
}

std::optional<ManifestEntry> entry_of(const json::value& value) {
  if (!value.is_object()) return std::nullopt;
  const auto& object = value.get_object();
  auto path = text_of(object, "path");
  const auto size = integer_of(object.if_contains("size"));
  auto hash = text_of(object, "sha256");
  if (!path || path->empty() || !size || *size < 0 || !hash || hash->size() != 64) {
    return std::nullopt;
  }
  return ManifestEntry{*std::move(path), *size, *std::move(hash)};
}

std::optional<ScoredItem> scored_item_of(const json::value& value) {
  if (!value.is_array() || value.get_array().size() != 2) return std::nullopt;
  const auto item = integer_of(&value.get_array()[0]);
  const auto& score = value.get_array()[1];
  if (!item || !score.is_number()) return std::nullopt;
  const auto number = static_cast<float>(score.to_number<double>());
  if (!std::isfinite(number)) return std::nullopt;
  return ScoredItem{ItemId{*item}, number};
}

json::object to_object(const ServedVersion& served) {
  return {{"version", served.version}, {"manifest_sha256", served.manifest_sha256}};
}

std::optional<ServedVersion> served_version_of(const json::object& object) {
  auto version = text_of(object, "version");
  auto hash = text_of(object, "manifest_sha256");
  if (!version || version->empty() || !hash) return std::nullopt;
  return ServedVersion{*std::move(version), *std::move(hash)};
}

const json::array* array_of(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_array() ? &value->get_array() : nullptr;
}

}  // namespace

std::string to_json(const Manifest& manifest) {
  json::array files;
  for (const auto& entry : manifest) {
    files.push_back(
        json::object{{"path", entry.path}, {"size", entry.size_bytes}, {"sha256", entry.sha256}});
  }
  return json::serialize(json::object{{"format", kFormat}, {"files", std::move(files)}}) + "\n";
}

Result<Manifest> parse_manifest(std::string_view text, const std::string& location) {
  PUNNET_TRY(const auto root, parse_format(text, location));
  const auto* files = array_of(root, "files");
  if (files == nullptr) return corrupt(location, "lists no files");
  Manifest manifest;
  for (const auto& value : *files) {
    auto entry = entry_of(value);
    if (!entry) return corrupt(location, "lists a file without path, size and sha256");
    manifest.push_back(*std::move(entry));
  }
  return manifest;
}

std::string to_json(const CurrentPointer& pointer) {
  json::array before;
  for (const auto& served : pointer.before) before.push_back(to_object(served));
  return json::serialize(json::object{{"format", kFormat},
                                      {"version", pointer.now.version},
                                      {"manifest_sha256", pointer.now.manifest_sha256},
                                      {"before", std::move(before)}}) +
         "\n";
}

Result<CurrentPointer> parse_current_pointer(std::string_view text, const std::string& location) {
  PUNNET_TRY(const auto root, parse_format(text, location));
  auto now = served_version_of(root);
  if (!now) return corrupt(location, "names no model version");
  CurrentPointer pointer{.now = *std::move(now), .before = {}};
  const auto* before = array_of(root, "before");
  if (before == nullptr) return pointer;  // as earlier releases wrote it
  for (const auto& value : *before) {
    auto served = value.is_object() ? served_version_of(value.get_object()) : std::nullopt;
    if (!served) return corrupt(location, "names an earlier version without its hash");
    pointer.before.push_back(*std::move(served));
  }
  return pointer;
}

std::string lists_to_json(const Model& model) {
  json::array popularity;
  for (const auto& [item, score] : model.popularity) {
    popularity.push_back(json::array{item.value, score});
  }
  json::array catalogue;
  for (const auto item : model.catalogue) catalogue.push_back(item.value);
  return json::serialize(json::object{{"format", kFormat},
                                      {"exclude_own_item", model.exclude_own_item},
                                      {"popularity", std::move(popularity)},
                                      {"catalogue", std::move(catalogue)}}) +
         "\n";
}

Status parse_lists(std::string_view text, const std::string& location, Model& model) {
  PUNNET_TRY(const auto root, parse_format(text, location));
  const auto* popularity = array_of(root, "popularity");
  const auto* catalogue = array_of(root, "catalogue");
  const auto* exclude = root.if_contains("exclude_own_item");
  if (popularity == nullptr || catalogue == nullptr || exclude == nullptr || !exclude->is_bool()) {
    return corrupt(location, "lacks popularity, catalogue or exclude_own_item");
  }
  for (const auto& value : *popularity) {
    const auto item = scored_item_of(value);
    if (!item) return corrupt(location, "holds a popular item that is not [id, score]");
    model.popularity.push_back(*item);
  }
  for (const auto& value : *catalogue) {
    const auto item = integer_of(&value);
    if (!item) return corrupt(location, "holds an item of the catalogue that is not an id");
    model.catalogue.push_back(ItemId{*item});
  }
  if (!std::is_sorted(model.catalogue.begin(), model.catalogue.end())) {
    return corrupt(location, "holds a catalogue that is not in order");
  }
  model.exclude_own_item = exclude->get_bool();
  return ok();
}

bool is_json_object(std::string_view text) { return parse_object(text).has_value(); }

}  // namespace punnet
