#include "config/uri.h"

#include <algorithm>
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

constexpr std::array<Foreign, 2> kForeign{{{"hdfs", "HDFS"}, {"s3", "S3"}}};

constexpr std::string_view kKafka = "kafka://";
constexpr std::string_view kKafkaPort = ":9092";
constexpr std::string_view kCassandra = "cassandra://";
constexpr std::string_view kCassandraPort = ":9042";
constexpr std::size_t kLongestKeyspace = 48;
constexpr std::string_view kHdfs = "hdfs:";

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
                                            "\" names a host, and a path of this machine has "
                                            "none; expected " +
                                            std::string(form)};
    }
  }
  if (path.empty()) {
    return Error{ErrorCode::kInvalid, where + "\"" + std::string(text) +
                                          "\" has no path; expected " + std::string(form)};
  }
  return std::string(path);
}

/// "HOST" or "HOST:PORT" with its port; empty when it is neither. An IPv6 address has brackets.
std::string with_port(std::string_view server, std::string_view usual_port) {
  const auto bracket = server.rfind(']');
  const auto colon = server.find(':', bracket == std::string_view::npos ? 0 : bracket);
  const auto host = server.substr(0, colon);
  if (host.empty() || host.find_first_of("/@?# ") != std::string_view::npos) return {};
  if (colon == std::string_view::npos) return std::string(server) + std::string(usual_port);
  const auto port = server.substr(colon + 1);
  const bool is_number =
      !port.empty() && port.size() <= 5 && port.find_first_not_of("0123456789") == port.npos;
  return is_number ? std::string(server) : std::string();
}

Result<EventsUri> kafka_uri(std::string_view text, std::string_view setting) {
  std::string servers;
  std::string_view rest = text.substr(kKafka.size());
  while (true) {
    const auto comma = rest.find(',');
    const auto server = with_port(rest.substr(0, comma), kKafkaPort);
    if (server.empty()) {
      return Error{ErrorCode::kInvalid, std::string(setting) + ": cannot read \"" +
                                            std::string(text) +
                                            "\"; expected kafka://HOST:PORT[,HOST:PORT], and the "
                                            "topic in events.topic"};
    }
    servers += (servers.empty() ? "" : ",") + server;
    if (comma == std::string_view::npos) return EventsUri(KafkaUri{std::move(servers)});
    rest.remove_prefix(comma + 1);
  }
}

/// "hdfs://AUTHORITY/PATH", or as Hadoop has it "hdfs:/PATH".
Result<FilesUri> hdfs_uri(std::string_view text, std::string_view setting) {
  HdfsUri uri;
  auto rest = text.substr(kHdfs.size());
  if (rest.starts_with("//")) {
    rest.remove_prefix(2);
    const auto slash = std::min(rest.find('/'), rest.size());
    uri.authority = rest.substr(0, slash);
    rest.remove_prefix(slash);
  }
  uri.path = rest;
  if (!rest.starts_with('/') || uri.authority.find_first_of("@?# ,") != std::string::npos) {
    return Error{ErrorCode::kInvalid, std::string(setting) + ": cannot read \"" +
                                          std::string(text) +
                                          "\"; expected hdfs://HOST:PORT/PATH, "
                                          "hdfs://NAMESERVICE/PATH or hdfs:///PATH"};
  }
  return FilesUri(std::move(uri));
}

/// What CQL takes for a name without more ado.
bool is_keyspace(std::string_view name) {
  return !name.empty() && name.size() <= kLongestKeyspace &&
         std::ranges::all_of(name,
                             [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
}

Result<TablesUri> cassandra_uri(std::string_view text, std::string_view setting) {
  CassandraUri uri;
  auto servers = text.substr(kCassandra.size());
  const auto slash = std::min(servers.find('/'), servers.size());
  uri.keyspace = servers.substr(std::min(slash + 1, servers.size()));
  servers = servers.substr(0, slash);
  bool well = is_keyspace(uri.keyspace);
  while (well) {
    const auto comma = servers.find(',');
    uri.servers.push_back(with_port(servers.substr(0, comma), kCassandraPort));
    well = !uri.servers.back().empty();
    if (comma == std::string_view::npos) break;
    servers.remove_prefix(comma + 1);
  }
  if (well) return TablesUri(std::move(uri));
  return Error{ErrorCode::kInvalid, std::string(setting) + ": cannot read \"" + std::string(text) +
                                        "\"; expected cassandra://HOST:PORT[,HOST:PORT]/KEYSPACE"};
}

}  // namespace

Result<EventsUri> parse_events_uri(std::string_view text, std::string_view setting) {
  if (text.starts_with(kKafka)) return kafka_uri(text, setting);
  PUNNET_TRY(auto path, local_path(text, "sqlite", setting, "sqlite:FILE or kafka://HOST:PORT"));
  return EventsUri(SqliteUri{std::move(path)});
}

Result<TablesUri> parse_tables_uri(std::string_view text, std::string_view setting) {
  if (text.starts_with(kCassandra)) return cassandra_uri(text, setting);
  PUNNET_TRY(auto path,
             local_path(text, "sqlite", setting, "sqlite:FILE or cassandra://HOST:PORT/KEYSPACE"));
  return TablesUri(SqliteUri{std::move(path)});
}

Result<FilesUri> parse_files_uri(std::string_view text, std::string_view setting) {
  if (text.starts_with(kHdfs)) return hdfs_uri(text, setting);
  PUNNET_TRY(auto path,
             local_path(text, "file", setting, "file:DIRECTORY or hdfs://HOST:PORT/PATH"));
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
