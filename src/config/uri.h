#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "config/config.h"

namespace punnet {

/// A SQLite file: "sqlite:shop/events.db". The path is relative to the working directory.
struct SqliteUri {
  std::string path;
};

/// A Kafka cluster: "kafka://localhost:9092", "kafka://one:9092,two:9092".
struct KafkaUri {
  std::string servers;  ///< HOST:PORT, several separated by commas
};

/// A keyspace of a Cassandra cluster: "cassandra://localhost:9042/shop",
/// "cassandra://one,two/shop".
struct CassandraUri {
  std::vector<std::string> servers;  ///< HOST:PORT each
  std::string keyspace;
};

/// A directory: "file:shop", "file:///var/shop".
struct FileUri {
  std::string path;
};

/// A directory of an HDFS: "hdfs://namenode:9000/shop", "hdfs://nameservice/shop", "hdfs:///shop".
struct HdfsUri {
  std::string authority;  ///< HOST[:PORT] or a name service; empty for fs.defaultFS
  std::string path;       ///< begins with "/"
};

/// Where events may live. The first alternative is the embedded default.
using EventsUri = std::variant<SqliteUri, KafkaUri>;
using TablesUri = std::variant<SqliteUri, CassandraUri>;
using FilesUri = std::variant<FileUri, HdfsUri>;

/// Reads a URI. kInvalid, naming `setting` and what it may be, for schemes that this build cannot
/// open and for what is no URI.
Result<EventsUri> parse_events_uri(std::string_view text, std::string_view setting = "events.uri");
Result<TablesUri> parse_tables_uri(std::string_view text, std::string_view setting = "tables.uri");
Result<FilesUri> parse_files_uri(std::string_view text, std::string_view setting = "files.uri");

/// Checks the three URIs of a config.
Status check_uris(const Config& config);

/// True when `text` begins with a scheme ("file:", "hdfs://"); a path does not.
bool has_scheme(std::string_view text);

}  // namespace punnet
