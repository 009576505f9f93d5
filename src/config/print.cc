#include "config/print.h"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <vector>

#include "config/field_text.h"
#include "telemetry/json_text.h"

namespace punnet {
namespace {

std::string origin_of(const LoadedConfig& loaded, const std::string& name) {
  const auto at = loaded.origins.find(name);
  return at == loaded.origins.end() ? "default" : at->second;
}

/// Visits a copy, because visitors take references that they could write through.
void visit_copy(Config config, const FieldVisitor& visit) { visit_fields(config, visit); }

}  // namespace

std::string config_toml(const Config& config) {
  std::string out;
  std::string_view section;
  visit_copy(config, [&](const Field& field) {
    if (field.section != section) {
      section = field.section;
      if (!out.empty()) out += '\n';
      out += '[' + std::string(section) + "]\n";
    }
    out += "# " + std::string(field.sentence) + '\n';
    const auto value = toml_text(field);
    if (value.empty()) {
      out += "# " + std::string(field.key) + " = (decided by the recipe)\n";
    } else {
      out += std::string(field.key) + " = " + value + '\n';
    }
  });
  return out;
}

std::string config_with_origins(const LoadedConfig& loaded) {
  std::vector<std::string> left;
  std::vector<std::string> right;
  visit_copy(loaded.config, [&](const Field& field) {
    const auto value = toml_text(field);
    left.push_back(field.name() + " = " + (value.empty() ? "(decided by the recipe)" : value));
    right.push_back(origin_of(loaded, field.name()));
  });
  std::size_t width = 0;
  for (const auto& text : left) width = std::max(width, text.size());
  std::string out;
  for (std::size_t i = 0; i < left.size(); ++i) {
    out += left[i] + std::string(width - left[i].size() + 2, ' ') + "# " + right[i] + '\n';
  }
  return out;
}

std::string config_json(const LoadedConfig& loaded) {
  std::string out = "{";
  visit_copy(loaded.config, [&](const Field& field) {
    if (out.size() > 1) out += ',';
    const auto value = toml_text(field);
    const bool is_text = value.starts_with('"');
    out += json_quoted(field.name()) + ":{\"value\":";
    out += value.empty() ? "null" : is_text ? json_quoted(plain_text(field)) : value;
    out += ",\"origin\":" + json_quoted(origin_of(loaded, field.name())) + '}';
  });
  return out + '}';
}

}  // namespace punnet
