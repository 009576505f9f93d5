#include "config/load.h"

#include <toml++/toml.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <utility>

#include "config/field_text.h"
#include "config/nearest.h"

namespace punnet {
namespace {

constexpr std::string_view kPrefix = "PUNNET__";
constexpr std::uintmax_t kLargestFile = 1U << 20U;

std::string place(std::string_view source, const toml::source_position& at) {
  return std::string(source) + ':' + std::to_string(at.line) + ':' + std::to_string(at.column);
}

std::vector<std::string> section_names(Config& config) {
  std::vector<std::string> names;
  visit_fields(config, [&](const Field& field) {
    if (names.empty() || names.back() != field.section) names.emplace_back(field.section);
  });
  return names;
}

std::vector<std::string> keys_of(Config& config, std::string_view section) {
  std::vector<std::string> keys;
  visit_fields(config, [&](const Field& field) {
    if (field.section == section) keys.emplace_back(field.key);
  });
  return keys;
}

std::vector<std::string> field_names(Config& config) {
  std::vector<std::string> names;
  visit_fields(config, [&](const Field& field) { names.push_back(field.name()); });
  return names;
}

Error unknown_section(Config& config, std::string_view name) {
  return Error{ErrorCode::kInvalid, "unknown section [" + std::string(name) +
                                        "]; the nearest known one is [" +
                                        nearest(name, section_names(config)) + "]"};
}

Error unknown_key(Config& config, std::string_view section, std::string_view key) {
  for (const auto& other : field_names(config)) {
    const auto dot = other.find('.');
    if (other.substr(dot + 1) == key) {
      return Error{ErrorCode::kInvalid, "unknown key \"" + std::string(key) + "\" in [" +
                                            std::string(section) + "]; it belongs to [" +
                                            other.substr(0, dot) + "]"};
    }
  }
  return Error{ErrorCode::kInvalid, "unknown key \"" + std::string(key) + "\" in [" +
                                        std::string(section) + "]; the nearest known one is \"" +
                                        nearest(key, keys_of(config, section)) + "\""};
}

std::string_view kind(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return "a list";
    case toml::node_type::string:
      return "a string";
    case toml::node_type::date:
    case toml::node_type::time:
    case toml::node_type::date_time:
      return "a date or time";
    default:
      return "something else";
  }
}

Status set_from_node(const Field& field, const toml::node& node) {
  if (const auto* text = node.as_string()) return set_from_string(field, text->get());
  if (const auto* whole = node.as_integer()) return set_from_integer(field, whole->get());
  if (const auto* real = node.as_floating_point()) return set_from_double(field, real->get());
  if (const auto* truth = node.as_boolean()) return set_from_bool(field, truth->get());
  return Error{ErrorCode::kInvalid, field.name() + ": expected " + expected_text(field) +
                                        ", found " + std::string(kind(node))};
}

Status apply_section(const std::string& section, const toml::table& table, std::string_view source,
                     LoadedConfig& loaded) {
  for (const auto& [key, node] : table) {
    const auto field = find_field(loaded.config, section + '.' + std::string(key.str()));
    if (!field) {
      return with_context(unknown_key(loaded.config, section, key.str()),
                          place(source, key.source().begin));
    }
    const auto where = place(source, node.source().begin);
    if (auto set = set_from_node(*field, node); !set) {
      return with_context(std::move(set).error(), where);
    }
    loaded.origins[field->name()] = where;
  }
  return ok();
}

Error key_outside_of_sections(Config& config, const std::string& key) {
  return Error{ErrorCode::kInvalid, "the key \"" + key +
                                        "\" stands outside of a section; the nearest setting is " +
                                        nearest("." + key, field_names(config))};
}

Error not_a_section(const std::string& key) {
  return Error{ErrorCode::kInvalid,
               "\"" + key + "\" is a section: write [" + key + "] above its keys"};
}

Status apply_document(const toml::table& document, std::string_view source, LoadedConfig& loaded) {
  const auto sections = section_names(loaded.config);
  for (const auto& [key, node] : document) {
    const std::string section(key.str());
    const auto where = place(source, key.source().begin);
    if (std::find(sections.begin(), sections.end(), section) == sections.end()) {
      if (node.is_table()) return with_context(unknown_section(loaded.config, section), where);
      return with_context(key_outside_of_sections(loaded.config, section), where);
    }
    const auto* table = node.as_table();
    if (table == nullptr) {
      return with_context(not_a_section(section), where);
    }
    PUNNET_CHECK(apply_section(section, *table, source, loaded));
  }
  return ok();
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

Status apply_one(const std::string& key, std::string_view text, const std::string& origin,
                 LoadedConfig& loaded) {
  const auto field = find_field(loaded.config, key);
  if (!field) {
    return Error{ErrorCode::kInvalid, origin + ": there is no setting " + key +
                                          "; the nearest is " +
                                          nearest(key, field_names(loaded.config))};
  }
  if (auto set = set_from_text(*field, text); !set) {
    return with_context(std::move(set).error(), origin);
  }
  loaded.origins[key] = origin;
  return ok();
}

}  // namespace

Status apply_toml(std::string_view text, std::string_view source, LoadedConfig& loaded) {
  try {
    // One copy of the text and the document: whatever fails leaves `loaded` as it was.
    LoadedConfig changed = loaded;
    PUNNET_CHECK(apply_document(toml::parse(text, source), source, changed));
    loaded = std::move(changed);
    return ok();
  } catch (const toml::parse_error& error) {
    return Error{ErrorCode::kInvalid,
                 place(source, error.source().begin) + ": " + std::string(error.description())};
  }
}

Status apply_toml_file(const std::string& path, LoadedConfig& loaded) {
  std::error_code failed;
  const auto status = std::filesystem::status(path, failed);
  if (!std::filesystem::exists(status)) {
    return Error{ErrorCode::kAbsent, "no config file " + path + "; name one with --config"};
  }
  if (std::filesystem::is_directory(status)) {
    return Error{ErrorCode::kInvalid, path + " is a directory; --config takes a TOML file"};
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return Error{ErrorCode::kDenied, "reading config file " + path + ": " + std::strerror(errno)};
  }
  if (std::filesystem::is_regular_file(status) &&
      std::filesystem::file_size(path, failed) > kLargestFile) {
    return Error{ErrorCode::kInvalid, path + " is larger than 1 MB: not a config file"};
  }
  std::ostringstream text;
  text << file.rdbuf();
  return apply_toml(text.str(), path, loaded);
}

Status apply_environment(const Environment& environment, LoadedConfig& loaded) {
  for (const auto& [name, text] : environment) {
    if (!name.starts_with(kPrefix)) continue;
    std::string key = lower(std::string_view(name).substr(kPrefix.size()));
    const auto split = key.find("__");
    if (split != std::string::npos) key.replace(split, 2, ".");
    PUNNET_CHECK(apply_one(key, text, "environment " + name, loaded));
  }
  return ok();
}

Status apply_overrides(const std::vector<Override>& overrides, LoadedConfig& loaded) {
  for (const auto& given : overrides) {
    PUNNET_CHECK(apply_one(given.key, given.text, given.flag, loaded));
  }
  return ok();
}

Environment process_environment() {
  Environment variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    variables.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

}  // namespace punnet
