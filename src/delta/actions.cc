#include "delta/actions.h"

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

namespace punnet::delta {
namespace {

namespace json = boost::json;

json::object to_object(const StringMap& map) {
  json::object object;
  for (const auto& [key, value] : map) object[key] = value;
  return object;
}

bool stays_in_urls(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.' || c == '~' || c == '/' || c == '=';
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

json::object wrap(std::string_view name, json::object inner) {
  json::object outer;
  outer[name] = std::move(inner);
  return outer;
}

json::object to_object(const CommitInfo& info) {
  json::object o{{"timestamp", info.timestamp_ms}, {"operation", info.operation}};
  o["operationParameters"] = to_object(info.parameters);
  o["isBlindAppend"] = info.blind_append;
  o["engineInfo"] = info.engine_info;
  o["txnId"] = info.txn_id;
  if (!info.ranges.empty()) o["punnetRanges"] = info.ranges;
  return wrap("commitInfo", std::move(o));
}

json::object to_object(const Protocol& protocol) {
  return wrap("protocol", {{"minReaderVersion", protocol.min_reader_version},
                           {"minWriterVersion", protocol.min_writer_version}});
}

json::object to_object(const Metadata& metadata) {
  json::object o{{"id", metadata.id}};
  if (!metadata.name.empty()) o["name"] = metadata.name;
  if (!metadata.description.empty()) o["description"] = metadata.description;
  o["format"] = json::object{{"provider", metadata.provider},
                             {"options", to_object(metadata.format_options)}};
  o["schemaString"] = metadata.schema_string;
  json::array partitions;
  for (const auto& column : metadata.partition_columns) partitions.emplace_back(column);
  o["partitionColumns"] = std::move(partitions);
  o["configuration"] = to_object(metadata.configuration);
  if (metadata.created_ms) o["createdTime"] = *metadata.created_ms;
  return wrap("metaData", std::move(o));
}

json::object to_object(const AddFile& add) {
  json::object o{{"path", encode_path(add.path)},
                 {"partitionValues", json::object()},
                 {"size", add.size_bytes},
                 {"modificationTime", add.modified_ms},
                 {"dataChange", add.data_change}};
  if (!add.stats.empty()) o["stats"] = add.stats;
  if (!add.tags.empty()) o["tags"] = to_object(add.tags);
  return wrap("add", std::move(o));
}

json::object to_object(const RemoveFile& remove) {
  json::object o{{"path", encode_path(remove.path)},
                 {"deletionTimestamp", remove.deleted_ms},
                 {"dataChange", remove.data_change},
                 {"extendedFileMetadata", true},
                 {"partitionValues", json::object()}};
  if (remove.size_bytes) o["size"] = *remove.size_bytes;
  return wrap("remove", std::move(o));
}

json::object to_object(const Txn& txn) {
  json::object o{{"appId", txn.app_id}, {"version", txn.version}};
  if (txn.updated_ms) o["lastUpdated"] = *txn.updated_ms;
  return wrap("txn", std::move(o));
}

/// Takes fields out of one action; the first that is missing or of another type is remembered.
class Fields {
 public:
  Fields(const json::object& object, std::string_view action) : object_(object), action_(action) {}

  std::string text(std::string_view key, bool required = true) {
    const auto* value = find(key, required);
    if (value == nullptr) return {};
    if (value->is_string()) return std::string(value->get_string());
    return fail(key, "a string"), std::string();
  }

  std::optional<std::int64_t> maybe_integer(std::string_view key, bool required = false) {
    const auto* value = find(key, required);
    if (value == nullptr) return std::nullopt;
    if (value->is_int64()) return value->get_int64();
    return fail(key, "an integer"), std::nullopt;
  }
  std::int64_t integer(std::string_view key) { return maybe_integer(key, true).value_or(0); }

  bool flag(std::string_view key, bool otherwise) {
    const auto* value = find(key, false);
    if (value == nullptr) return otherwise;
    if (value->is_bool()) return value->get_bool();
    return fail(key, "true or false"), otherwise;
  }

  std::vector<std::string> texts(std::string_view key) {
    std::vector<std::string> out;
    const auto* value = find(key, false);
    if (value == nullptr) return out;
    if (!value->is_array()) return fail(key, "an array of strings"), out;
    for (const auto& entry : value->get_array()) {
      if (!entry.is_string()) return fail(key, "an array of strings"), out;
      out.emplace_back(entry.get_string());
    }
    return out;
  }

  StringMap map(std::string_view key) {
    StringMap out;
    const auto* value = find(key, false);
    if (value == nullptr) return out;
    if (!value->is_object()) return fail(key, "an object"), out;
    for (const auto& [name, entry] : value->get_object()) {
      if (entry.is_null()) continue;
      out[std::string(name)] =
          entry.is_string() ? std::string(entry.get_string()) : json::serialize(entry);
    }
    return out;
  }

  const json::object* inner(std::string_view key, bool required = false) {
    const auto* value = find(key, required);
    if (value == nullptr) return nullptr;
    if (value->is_object()) return &value->get_object();
    return fail(key, "an object"), nullptr;
  }

  bool has(std::string_view key) { return find(key, false) != nullptr; }
  const std::string& problem() const { return problem_; }

 private:
  const json::value* find(std::string_view key, bool required) {
    const auto* value = object_.if_contains(key);
    if (value != nullptr && !value->is_null()) return value;
    if (required) fail(key, "present");
    return nullptr;
  }
  void fail(std::string_view key, std::string_view expected) {
    if (!problem_.empty()) return;
    problem_ = std::string(action_) + "." + std::string(key) + " is not " + std::string(expected);
  }

  const json::object& object_;
  std::string_view action_;
  std::string problem_;
};

Error needs_feature(std::string_view where, std::string_view feature) {
  return Error{ErrorCode::kInvalid, std::string(where) + " uses the table feature " +
                                        std::string(feature) +
                                        ", which punnet does not know: rewrite the table without "
                                        "it, or point [files] uri at another table"};
}

CommitInfo read_commit_info(Fields& fields) {
  // Free-form by the protocol: whatever a foreign writer put there is not our concern.
  CommitInfo info;
  info.timestamp_ms = fields.maybe_integer("timestamp").value_or(0);
  info.operation = fields.text("operation", false);
  info.parameters = fields.map("operationParameters");
  info.engine_info = fields.text("engineInfo", false);
  info.txn_id = fields.text("txnId", false);
  info.blind_append = fields.flag("isBlindAppend", false);
  info.ranges = fields.text("punnetRanges", false);
  return info;
}

Result<Protocol> read_protocol(Fields& fields) {
  // No table needs a version beyond these bounds, and one that says so is not for punnet.
  const auto version = [&](std::string_view key) {
    return static_cast<int>(std::clamp<std::int64_t>(fields.integer(key), 0, INT32_MAX));
  };
  Protocol protocol;
  protocol.min_reader_version = version("minReaderVersion");
  protocol.min_writer_version = version("minWriterVersion");
  protocol.features = fields.texts("readerFeatures");
  for (auto& feature : fields.texts("writerFeatures")) {
    if (std::find(protocol.features.begin(), protocol.features.end(), feature) ==
        protocol.features.end()) {
      protocol.features.push_back(std::move(feature));
    }
  }
  return protocol;
}

Metadata read_metadata(Fields& fields) {
  Metadata metadata;
  metadata.id = fields.text("id");
  metadata.name = fields.text("name", false);
  metadata.description = fields.text("description", false);
  if (const auto* format = fields.inner("format", true)) {
    Fields inner(*format, "metaData.format");
    metadata.provider = inner.text("provider", false);
    metadata.format_options = inner.map("options");
  }
  metadata.schema_string = fields.text("schemaString");
  metadata.partition_columns = fields.texts("partitionColumns");
  metadata.configuration = fields.map("configuration");
  metadata.created_ms = fields.maybe_integer("createdTime");
  return metadata;
}

AddFile read_add(Fields& fields) {
  AddFile add;
  add.path = fields.text("path");
  add.size_bytes = fields.integer("size");
  add.modified_ms = fields.maybe_integer("modificationTime").value_or(0);
  add.data_change = fields.flag("dataChange", true);
  add.stats = fields.text("stats", false);
  add.tags = fields.map("tags");
  return add;
}

RemoveFile read_remove(Fields& fields) {
  RemoveFile remove;
  remove.path = fields.text("path");
  remove.deleted_ms = fields.maybe_integer("deletionTimestamp").value_or(0);
  remove.data_change = fields.flag("dataChange", true);
  remove.size_bytes = fields.maybe_integer("size");
  return remove;
}

Txn read_txn(Fields& fields) {
  Txn txn;
  txn.app_id = fields.text("appId");
  txn.version = fields.integer("version");
  txn.updated_ms = fields.maybe_integer("lastUpdated");
  return txn;
}

/// Appends the action of one line, or nothing for those that a reader may ignore.
Status read_action(std::string_view name, const json::object& object, std::string_view where,
                   std::vector<Action>& out) {
  Fields fields(object, name);
  if (name == "commitInfo") {
    out.emplace_back(read_commit_info(fields));
    return ok();
  }
  if (name == "protocol") {
    PUNNET_TRY(auto protocol, read_protocol(fields));
    out.emplace_back(std::move(protocol));
  } else if (name == "metaData") {
    out.emplace_back(read_metadata(fields));
  } else if (name == "add" || name == "remove") {
    if (fields.has("deletionVector")) return needs_feature(where, "deletionVectors");
    if (name == "add") {
      auto add = read_add(fields);
      PUNNET_TRY(add.path, decode_path(add.path, where));
      out.emplace_back(std::move(add));
    } else {
      auto remove = read_remove(fields);
      PUNNET_TRY(remove.path, decode_path(remove.path, where));
      out.emplace_back(std::move(remove));
    }
  } else if (name == "txn") {
    out.emplace_back(read_txn(fields));
  } else if (name == "sidecar" || name == "checkpointMetadata") {
    return needs_feature(where, "v2Checkpoint");
  } else if (name == "domainMetadata") {
    return needs_feature(where, "domainMetadata");
  } else if (name == "cdc") {
    return needs_feature(where, "changeDataFeed");
  }
  if (!fields.problem().empty()) {
    return Error{ErrorCode::kCorrupt, std::string(where) + ": " + fields.problem()};
  }
  return ok();
}

}  // namespace

std::string to_json_lines(const std::vector<Action>& actions) {
  std::string lines;
  for (const auto& action : actions) {
    lines +=
        std::visit([](const auto& known) { return json::serialize(to_object(known)); }, action);
    lines += '\n';
  }
  return lines;
}

Result<std::vector<Action>> parse_json_lines(std::string_view text, std::string_view where) {
  std::vector<Action> actions;
  std::size_t line_number = 0;
  while (!text.empty()) {
    ++line_number;
    const auto end = text.find('\n');
    const auto line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;

    const auto place = std::string(where) + " line " + std::to_string(line_number);
    boost::system::error_code error;
    const auto value = json::parse(line, error);
    if (error) {
      return Error{ErrorCode::kCorrupt, place + " is not JSON: " + error.message()};
    }
    if (!value.is_object()) return Error{ErrorCode::kCorrupt, place + " is not a JSON object"};
    for (const auto& [name, inner] : value.get_object()) {
      if (inner.is_null()) continue;
      if (!inner.is_object()) {
        return Error{ErrorCode::kCorrupt, place + ": " + std::string(name) + " is not an object"};
      }
      PUNNET_CHECK(read_action(name, inner.get_object(), place, actions));
    }
  }
  if (actions.empty()) {
    return Error{ErrorCode::kCorrupt, std::string(where) + " holds no action"};
  }
  return actions;
}

Status check_protocol(const Protocol& protocol, std::string_view where) {
  if (!protocol.features.empty()) {
    std::string names;
    for (const auto& feature : protocol.features) {
      names += (names.empty() ? "" : ", ") + feature;
    }
    return needs_feature(where, names);
  }
  if (protocol.min_reader_version > 1 || protocol.min_writer_version > 2) {
    return Error{ErrorCode::kInvalid,
                 std::string(where) + " needs Delta reader version " +
                     std::to_string(protocol.min_reader_version) + " and writer version " +
                     std::to_string(protocol.min_writer_version) +
                     "; punnet knows reader 1 and writer 2 without table features"};
  }
  return ok();
}

std::string encode_path(std::string_view path) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : path) {
    if (stays_in_urls(c)) {
      encoded += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      encoded += '%';
      encoded += kHex[byte >> 4];
      encoded += kHex[byte & 15];
    }
  }
  return encoded;
}

Result<std::string> decode_path(std::string_view encoded, std::string_view where) {
  std::string path;
  for (std::size_t i = 0; i < encoded.size(); ++i) {
    if (encoded[i] != '%') {
      path += encoded[i];
      continue;
    }
    const int high = i + 2 < encoded.size() ? hex_digit(encoded[i + 1]) : -1;
    const int low = i + 2 < encoded.size() ? hex_digit(encoded[i + 2]) : -1;
    if (high < 0 || low < 0) {
      return Error{ErrorCode::kCorrupt, std::string(where) + ": the path " + std::string(encoded) +
                                            " is not URL-encoded"};
    }
    path += static_cast<char>(high * 16 + low);
    i += 2;
  }
  const bool outside = path.empty() || path.front() == '/' ||
                       path.find(":/") != std::string::npos ||
                       ("/" + path + "/").find("/../") != std::string::npos;
  if (outside) {
    return Error{ErrorCode::kInvalid, std::string(where) + ": the data file " + path +
                                          " does not lie inside the table; tables that share "
                                          "files with others are not supported"};
  }
  return path;
}

}  // namespace punnet::delta
