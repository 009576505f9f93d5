#include "app/open_ports.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>
#include <variant>

#include "app/shop_layout.h"
#include "app/version.h"
#include "base/random_id.h"
#include "cassandra/cassandra_tables.h"
#include "config/uri.h"
#include "delta/delta_committed_purchases.h"
#include "delta/delta_purchase_sink.h"
#include "embedded/local_file_store.h"
#include "embedded/memory_file_store.h"
#include "embedded/sqlite_event_log.h"
#include "embedded/sqlite_tables.h"
#include "hdfs/hdfs_file_store.h"
#include "kafka/client_properties.h"
#include "kafka/kafka_event_log.h"
#include "kafka/kafka_membership.h"
#include "kafka/kafka_strict_feed.h"
#include "spark/als_model_directory.h"
#include "spark/model_directory.h"
#include "spark/model_directory_store.h"
#include "stream/topic_feed.h"

namespace punnet {
namespace {

constexpr int kTurnMilliseconds = 100;
constexpr std::chrono::seconds kCleanUpTime{5};
constexpr std::size_t kModelLimitBytes = std::size_t{4} << 30;
constexpr char kStandardInput[] = "standard-input";

using OpenedFiles = Result<std::unique_ptr<FileStore>>;

OpenedFiles open(const FileUri& uri) { return open_local_file_store({.directory = uri.path}); }

OpenedFiles open(const HdfsUri& uri) {
  return open_hdfs_file_store({.authority = uri.authority, .directory = uri.path});
}

Result<std::unique_ptr<EventLog>> open_log(const SqliteUri& uri, const EventsSettings&,
                                           const CallContext& call, const WaitNotice& waiting) {
  SqliteEventLogOptions options;
  options.path = uri.path;
  options.lock_notice = waiting;
  return open_sqlite_event_log(options, call);
}

Result<KafkaEventLogOptions> kafka_options(const KafkaUri& uri, const EventsSettings& settings) {
  PUNNET_TRY(auto given, parse_client_properties(settings.client_properties));
  if (!settings.command_config.empty()) {
    // What is given one by one goes before the file.
    PUNNET_TRY(auto file, read_client_properties(settings.command_config));
    given.merge(std::move(file));
  }
  KafkaEventLogOptions options;
  options.servers = uri.servers;
  PUNNET_TRY(options.properties, client_properties(given));
  options.queue_bytes = static_cast<std::size_t>(settings.queue_bytes.bytes);
  return options;
}

Result<std::unique_ptr<EventLog>> open_log(const KafkaUri& uri, const EventsSettings& settings,
                                           const CallContext&, const WaitNotice&) {
  PUNNET_TRY(const auto options, kafka_options(uri, settings));
  return open_kafka_event_log(options);
}

using Joined = Result<std::unique_ptr<PartitionMembership>>;

Joined join(const SqliteUri&, const EventsSettings&, const TopicInfo&) {
  return std::unique_ptr<PartitionMembership>();
}

Joined join(const KafkaUri& uri, const EventsSettings& settings, const TopicInfo& topic) {
  PUNNET_TRY(const auto options, kafka_options(uri, settings));
  return join_kafka_group(options, topic.name, settings.group);
}

Result<TopicInfo> find_or_make(EventLog& log, const std::string& name, std::int32_t partitions,
                               const CallContext& call) {
  auto there = log.describe_topic(name, call);
  if (there || there.error().code != ErrorCode::kAbsent) return there;
  auto made = log.create_topic({.name = name, .partitions = partitions}, call);
  if (!made && made.error().code == ErrorCode::kExists) return log.describe_topic(name, call);
  return made;
}

using OpenedFeed = Result<std::unique_ptr<RecommendationFeed>>;

OpenedFeed strict_feed(const SqliteUri&, const EventsSettings&, const TopicInfo&) {
  return Error{ErrorCode::kInvalid,
               "events.output_mode: strict takes a topic in Kafka; leave it at at-least-once"};
}

OpenedFeed strict_feed(const KafkaUri& uri, const EventsSettings& settings,
                       const TopicInfo& topic) {
  PUNNET_TRY(const auto options, kafka_options(uri, settings));
  return open_kafka_strict_feed(
      options, {.group = settings.group, .from = topic, .to = settings.output_topic});
}

Result<Tables> open_shop_tables(const SqliteUri& uri, const TablesSettings&, TablesUse,
                                const CallContext& call, const WaitNotice& waiting) {
  return open_sqlite_tables({.path = uri.path, .lock_notice = waiting}, call);
}

/// What `password_file`, else the environment, holds; empty when neither does.
Result<std::string> tables_password(const TablesSettings& settings) {
  if (settings.password_file.empty()) {
    const char* given = std::getenv("PUNNET_TABLES_PASSWORD");
    return std::string(given == nullptr ? "" : given);
  }
  std::ifstream file(settings.password_file, std::ios::binary);
  std::string password;
  if (!file || !std::getline(file, password)) {
    return Error{ErrorCode::kInvalid,
                 "tables.password_file: cannot read a password from " + settings.password_file};
  }
  if (password.ends_with('\r')) password.pop_back();
  return password;
}

Result<Tables> open_shop_tables(const CassandraUri& uri, const TablesSettings& settings,
                                TablesUse use, const CallContext& call, const WaitNotice&) {
  CassandraTablesOptions options;
  options.servers = uri.servers;
  options.keyspace = uri.keyspace;
  options.datacenter = settings.datacenter;
  options.user = settings.user;
  PUNNET_TRY(options.password, tables_password(settings));
  options.tls = settings.tls;
  options.ca_file = settings.ca_file;
  options.create = use == TablesUse::kLoad;
  options.replication = settings.replication;
  options.original_tables = settings.original_tables;
  options.recommendations_kept = static_cast<std::size_t>(settings.recommendations_kept);
  options.recommendation_ttl =
      std::chrono::duration_cast<std::chrono::seconds>(settings.recommendation_ttl);
  return open_cassandra_tables(options, call);
}

/// Copies standard input into a store in memory, as readers need to go to and fro.
Result<NamedPath> read_standard_input(const CallContext& call) {
  auto files = make_memory_file_store();
  PUNNET_TRY(auto file, files->create(kStandardInput, call));
  std::array<char, 1U << 16U> buffer{};
  while (true) {
    PUNNET_CHECK(call.check("reading standard input"));
    // Waits in short turns, because a signal does not interrupt this thread.
    pollfd wanted{STDIN_FILENO, POLLIN, 0};
    if (::poll(&wanted, 1, kTurnMilliseconds) == 0) continue;
    const auto got = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      return Error{ErrorCode::kUnavailable,
                   std::string("reading standard input: ") + std::strerror(errno)};
    }
    if (got == 0) break;
    PUNNET_CHECK(file->write({buffer.data(), static_cast<std::size_t>(got)}, call));
  }
  PUNNET_CHECK(files->replace(std::move(file), call));
  return NamedPath{std::move(files), kStandardInput};
}

/// The store of the directory above, and the name in it.
Result<NamedPath> open_named(const FileUri& uri) {
  std::error_code failed;
  auto path = std::filesystem::absolute(uri.path, failed).lexically_normal();
  if (failed) return Error{ErrorCode::kInvalid, uri.path + ": " + failed.message()};
  if (!path.has_filename()) path = path.parent_path();
  PUNNET_TRY(auto files, open(FileUri{path.parent_path().string()}));
  return NamedPath{std::move(files), path.filename().string()};
}

Result<NamedPath> open_named(HdfsUri uri) {
  while (uri.path.size() > 1 && uri.path.ends_with('/')) uri.path.pop_back();
  const auto slash = uri.path.rfind('/');
  auto name = uri.path.substr(slash + 1);
  uri.path.erase(std::max(slash, std::size_t{1}));
  PUNNET_TRY(auto files, open(uri));
  return NamedPath{std::move(files), std::move(name)};
}

}  // namespace

Result<std::unique_ptr<FileStore>> open_files(const Config& config) {
  PUNNET_TRY(const auto uri, parse_files_uri(config.files.uri));
  return std::visit([](const auto& chosen) { return open(chosen); }, uri);
}

Result<std::unique_ptr<EventLog>> open_event_log(const Config& config, const CallContext& call,
                                                 const WaitNotice& waiting) {
  PUNNET_TRY(const auto uri, parse_events_uri(config.events.uri));
  return std::visit(
      [&](const auto& chosen) { return open_log(chosen, config.events, call, waiting); }, uri);
}

Result<std::unique_ptr<PartitionMembership>> join_group(const Config& config,
                                                        const TopicInfo& topic) {
  PUNNET_TRY(const auto uri, parse_events_uri(config.events.uri));
  return std::visit([&](const auto& chosen) { return join(chosen, config.events, topic); }, uri);
}

Result<std::unique_ptr<RecommendationFeed>> open_feed(const Config& config, EventLog& log,
                                                      const TopicInfo& topic,
                                                      const CallContext& call) {
  const EventsSettings& events = config.events;
  if (events.output_topic.empty()) return std::unique_ptr<RecommendationFeed>();
  if (events.output_topic == topic.name) {
    return Error{ErrorCode::kInvalid,
                 "events.output_topic: \"" + topic.name + "\" is the topic that is read"};
  }
  PUNNET_TRY(const auto uri, parse_events_uri(events.uri));
  PUNNET_TRY(auto to, find_or_make(log, events.output_topic, topic.partitions, call));
  if (events.output_mode == OutputMode::kAtLeastOnce) {
    return make_topic_feed(log, std::move(to), topic.name);
  }
  return std::visit([&](const auto& chosen) { return strict_feed(chosen, events, topic); }, uri);
}

Result<Tables> open_tables(const Config& config, TablesUse use, const CallContext& call,
                           const WaitNotice& waiting) {
  PUNNET_TRY(const auto uri, parse_tables_uri(config.tables.uri));
  return std::visit(
      [&](const auto& chosen) {
        return open_shop_tables(chosen, config.tables, use, call, waiting);
      },
      uri);
}

std::unique_ptr<ModelStore> open_models(FileStore& files) {
  return make_model_directory_store(files, system_clock(), {.directory = kModels});
}

Status write_new_model_directory(FileStore& files, const std::string& directory,
                                 const std::function<Status()>& write, const CallContext& call) {
  PUNNET_TRY(const auto there, files.list(directory, call));
  if (!there.empty()) {
    return Error{ErrorCode::kExists,
                 files.location(directory) + " exists and is not empty; --output names another"};
  }
  auto saved = write();
  if (saved) return saved;
  // The caller's time may be over, so it is not what bounds the cleaning up.
  const auto ignored = remove_tree(files, directory, CallContext::within(kCleanUpTime));
  static_cast<void>(ignored);
  return saved;
}

Result<SavedModel> load_saved_model(const std::string& directory, const CallContext& call) {
  PUNNET_TRY(const auto place, open_named_path(directory, call));
  auto& files = *place.files;
  const auto manifest = read_model_manifest(files, place.path, call);
  if (manifest) {
    PUNNET_TRY(auto model,
               read_model_directory(files, place.path, *manifest, kModelLimitBytes, call));
    model->version = directory;
    PUNNET_TRY(auto provenance, read_model_provenance(files, place.path, *manifest, call));
    return SavedModel{std::move(model), std::move(provenance)};
  }
  if (manifest.error().code != ErrorCode::kAbsent) return manifest.error();
  PUNNET_TRY(auto read, read_als_model(files, place.path, {.limit_bytes = kModelLimitBytes}, call));
  read.model.version = directory;
  return SavedModel{std::make_shared<const Model>(std::move(read.model)), Provenance{"{}"}};
}

Result<std::unique_ptr<PurchaseSink>> open_new_purchases(FileStore& files, const TopicInfo& topic,
                                                         const PurchaseSchema& schema, Logger& log,
                                                         const CallContext& call) {
  DeltaSinkOptions options;
  options.table = kNewPurchases;
  options.rejects_table = kRejectedEvents;
  options.topic = topic.name;
  options.topic_id = topic.id;
  options.schema = schema;
  options.writer_id = random_id();
  options.engine_info = "punnet " + short_version();
  options.warn = [&log](std::string_view text) { log.warn("new_purchases", text); };
  return open_delta_purchase_sink(files, system_clock(), options, call);
}

std::unique_ptr<CommittedPurchases> open_committed_purchases(FileStore& files,
                                                             const TopicInfo& topic) {
  return make_delta_committed_purchases(files, kNewPurchases, topic.id);
}

Result<NamedPath> open_named_path(std::string_view name, const CallContext& call) {
  if (name == "-") return read_standard_input(call);
  if (name.empty()) {
    return Error{ErrorCode::kInvalid, "an empty name; name a file, a directory, or -"};
  }
  FilesUri uri = FileUri{std::string(name)};
  if (has_scheme(name)) {
    PUNNET_TRY(uri, parse_files_uri(name, std::string(name)));
  }
  return std::visit([](auto chosen) { return open_named(std::move(chosen)); }, std::move(uri));
}

}  // namespace punnet
