#include "config/uri.h"

#include <array>
#include <cctype>
#include <cstddef>
#include <utility>

namespace punnet {
namespace {

struct Foreign {
  std::string_view scheme;
  std::string_view product;
};

constexpr std::array<Foreign, 4> kForeign{
    {{"kafka", "Kafka"}, {"cassandra", "Cassandra"}, {"hdfs", "HDFS"}, {"s3", "S3"}}};

std::string_view scheme_of(std::string_view text) {
  const auto colon = text.find(':');
  // One letter before a colon is a drive, not a scheme.
  if (colon == std::string_view::npos || colon < 2) return {};
  for (const char c : text.substr(0, colon)) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) == 0 && c != '+' && c != '-' && c != '.') return {};
  }
  return text.substr(0, colon);
}

/// The path of "sqlite:a/b", "file:///a/b" and "file://a" (which is no path).
Result<std::string> local_path(std::string_view text, std::string_view scheme,
                               std::string_view setting, std::string_view form) {
  const auto found = scheme_of(text);
  const auto where = std::string(setting) + ": ";
  if (found != scheme) {
    for (const auto& foreign : kForeign) {
      if (found == foreign.scheme) {
        return Error{ErrorCode::kInvalid,
                     where + "this build has no " + std::string(foreign.product) +
                         " support: " + std::string(text) + "; use " + std::string(form)};
      }
    }
    return Error{ErrorCode::kInvalid, where + "cannot open \"" + std::string(text) +
                                          "\"; expected " + std::string(form)};
  }
  std::string_view path = text.substr(scheme.size() + 1);
  if (path.starts_with("//")) {
    path.remove_prefix(2);
    if (!path.starts_with('/')) {
      return Error{ErrorCode::kInvalid, where + "\"" + std::string(text) +
                                            "\" names a host; expected " + std::string(form) +
                                            " with a path of this machine"};
    }
  }
  if (path.empty()) {
    return Error{ErrorCode::kInvalid, where + "\"" + std::string(text) +
                                          "\" has no path; expected " + std::string(form)};
  }
  return std::string(path);
}

}  // namespace

Result<EventsUri> parse_events_uri(std::string_view text, std::string_view setting) {
  PUNNET_TRY(auto path, local_path(text, "sqlite", setting, "sqlite:FILE"));
  return EventsUri(SqliteUri{std::move(path)});
}

Result<TablesUri> parse_tables_uri(std::string_view text, std::string_view setting) {
  PUNNET_TRY(auto path, local_path(text, "sqlite", setting, "sqlite:FILE"));
  return TablesUri(SqliteUri{std::move(path)});
}

Result<FilesUri> parse_files_uri(std::string_view text, std::string_view setting) {
  PUNNET_TRY(auto path, local_path(text, "file", setting, "file:DIRECTORY"));
  return FilesUri(FileUri{std::move(path)});
}

Status check_uris(const Config& config) {
  PUNNET_TRY(const auto events, parse_events_uri(config.events.uri));
  PUNNET_TRY(const auto tables, parse_tables_uri(config.tables.uri));
  PUNNET_TRY(const auto files, parse_files_uri(config.files.uri));
  static_cast<void>(events), static_cast<void>(tables), static_cast<void>(files);
  return ok();
}

bool has_scheme(std::string_view text) { return !scheme_of(text).empty(); }

}  // namespace punnet
