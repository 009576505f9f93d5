#include "tests/interpose/file_class.h"

#include <algorithm>
#include <array>
#include <utility>

namespace punnet::interpose {
namespace {

constexpr std::size_t kIdLength = 36;
constexpr std::string_view kTemporaryEnd = ".tmp";
constexpr std::string_view kLogDirectory = "_delta_log";

using Names = std::pair<std::string_view, std::string_view>;

/// Databases by their file, with the word for them.
constexpr std::array<Names, 3> kDatabases{{
    {"events.db-offsets", "offsets"},
    {"events.db", "events"},
    {"tables.db", "tables"},
}};

std::string_view last_part(std::string_view path) { return path.substr(path.rfind('/') + 1); }

/// "part-0.parquet" of ".part-0.parquet.<id>.tmp".
std::string_view lasting_name(std::string_view name) {
  if (temporary_suffix(name).empty()) return name;
  name.remove_prefix(1);
  name.remove_suffix(kIdLength + 1 + kTemporaryEnd.size());
  return name;
}

/// "rejects-" for the second table, so that its files have points of their own.
std::string of_table(std::string_view path, std::string_view what) {
  return (path.starts_with("rejected_events") ? "rejects-" : "") + std::string(what);
}

std::string database_class(std::string_view name) {
  for (const auto& [file, word] : kDatabases) {
    if (!name.starts_with(file)) continue;
    const auto rest = name.substr(file.size());
    if (rest.empty()) return std::string(word) + "-db";
    if (rest == "-wal" || rest == "-journal") return std::string(word) + std::string(rest);
    if (rest == "-shm") return "";
  }
  return "other";
}

std::string log_class(std::string_view path, std::string_view name) {
  if (name == "_last_checkpoint") return of_table(path, "last-checkpoint");
  if (name.find(".checkpoint") != name.npos) return of_table(path, "checkpoint");
  return of_table(path, "log-entry");
}

std::string model_class(std::string_view path, std::string_view name) {
  if (path.find('/') == path.rfind('/') && name == "current") return "model-current";
  if (name == "manifest.json") return "model-manifest";
  if (name == "writer") return "model-claim";
  return "model-file";
}

}  // namespace

std::string file_class(std::string_view path) {
  const auto name = lasting_name(last_part(path));
  if (path.find('/') == path.npos) return database_class(name);
  if (path.find(kLogDirectory) != path.npos) return log_class(path, name);
  if (path.starts_with("new_purchases/") || path.starts_with("rejected_events/")) {
    return of_table(path, "data-file");
  }
  if (path.starts_with("models/")) return model_class(path, name);
  if (name == "_SUCCESS") return "success-marker";
  return name.starts_with("part-") ? "prepared-part" : "prepared-table";
}

std::string directory_class(std::string_view path) {
  if (path.ends_with(kLogDirectory)) return of_table(path, "log-directory");
  if (path == "new_purchases" || path == "rejected_events")
    return of_table(path, "table-directory");
  if (path.starts_with("models")) return "model-directory";
  return path.empty() || path == "." ? "shop-directory" : "prepared-directory";
}

std::string_view temporary_suffix(std::string_view path) {
  const auto name = last_part(path);
  const bool temporary = name.starts_with('.') && name.ends_with(kTemporaryEnd) &&
                         name.size() > kIdLength + kTemporaryEnd.size() + 2;
  return temporary ? "-temporary" : "";
}

}  // namespace punnet::interpose
