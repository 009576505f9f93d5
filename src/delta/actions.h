// The lines of a Delta log entry, as values. The protocol: delta-io/delta, PROTOCOL.md.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace punnet::delta {

using StringMap = std::map<std::string, std::string, std::less<>>;

/// Who wrote an entry and why. Readers need none of it; `txn_id` lets a writer know its own entry
/// again, `ranges` (see covered_range.h) lets verify prove that no offset is missing.
struct CommitInfo {
  std::int64_t timestamp_ms = 0;
  std::string operation;
  StringMap parameters;
  std::string engine_info;
  std::string txn_id;
  bool blind_append = false;
  std::string ranges;  ///< empty: written by somebody else, or nothing was covered

  bool operator==(const CommitInfo&) const = default;
};

/// What a reader and a writer must understand.
struct Protocol {
  int min_reader_version = 1;
  int min_writer_version = 2;
  std::vector<std::string> features;  ///< of readers and writers, as named

  bool operator==(const Protocol&) const = default;
};

struct Metadata {
  std::string id;
  std::string name;
  std::string description;
  std::string provider = "parquet";
  StringMap format_options;
  std::string schema_string;  ///< Spark's JSON of a struct type
  std::vector<std::string> partition_columns;
  StringMap configuration;
  std::optional<std::int64_t> created_ms;

  bool operator==(const Metadata&) const = default;
};

/// A data file that is part of the table. `path` is relative to the table and not URL-encoded.
struct AddFile {
  std::string path;
  std::int64_t size_bytes = 0;
  std::int64_t modified_ms = 0;
  bool data_change = true;
  std::string stats;  ///< JSON, empty when unknown
  StringMap tags;

  bool operator==(const AddFile&) const = default;
};

/// A data file that is no longer part of the table; kept as a tombstone until vacuum may delete it.
struct RemoveFile {
  std::string path;
  std::int64_t deleted_ms = 0;
  bool data_change = true;
  std::optional<std::int64_t> size_bytes;

  bool operator==(const RemoveFile&) const = default;
};

/// The position of one application in the table.
struct Txn {
  std::string app_id;
  std::int64_t version = 0;
  std::optional<std::int64_t> updated_ms;

  bool operator==(const Txn&) const = default;
};

using Action = std::variant<CommitInfo, Protocol, Metadata, AddFile, RemoveFile, Txn>;

/// The lines of a log entry, each ended by a newline.
std::string to_json_lines(const std::vector<Action>& actions);

/// Reads a log entry; `where` names it in messages. kCorrupt names the line. Actions that readers
/// may ignore are left out; one that needs a table feature (deletion vectors, sidecars, …) is
/// kInvalid with the feature's name.
Result<std::vector<Action>> parse_json_lines(std::string_view text, std::string_view where);

/// kInvalid, naming what is needed, unless readers of version 1 and writers of version 2 without
/// any table feature may use the table.
Status check_protocol(const Protocol& protocol, std::string_view where);

/// The path of a data file as it stands in the log: URL-encoded.
std::string encode_path(std::string_view path);

/// Decodes `path` of an add or remove (URL-encoded). kInvalid for one outside of the table.
Result<std::string> decode_path(std::string_view encoded, std::string_view where);

}  // namespace punnet::delta
