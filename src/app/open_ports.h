#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/call_context.h"
#include "base/result.h"
#include "config/config.h"
#include "domain/purchase.h"
#include "ports/committed_purchases.h"
#include "ports/event_log.h"
#include "ports/file_store.h"
#include "ports/model_store.h"
#include "ports/partition_membership.h"
#include "ports/purchase_sink.h"
#include "ports/recommendation_feed.h"
#include "ports/tables.h"
#include "telemetry/log.h"

namespace punnet {

/// The only place that knows which adapter stands behind a URI. Everything opened is owned by the
/// caller.
Result<std::unique_ptr<FileStore>> open_files(const Config& config);

/// Told when another process keeps a call waiting for longer than a moment.
using WaitNotice = std::function<void(std::string_view)>;

/// A log that others may use at the same time.
Result<std::unique_ptr<EventLog>> open_event_log(const Config& config, const CallContext& call,
                                                 const WaitNotice& waiting = {});

/// A place in the group that shares the topic; absent where the log knows no groups, and each
/// stream reads every partition.
Result<std::unique_ptr<PartitionMembership>> join_group(const Config& config,
                                                        const TopicInfo& topic);

/// The feed into events.output_topic, which is made like `topic` when it is absent; null when none
/// is named. `log` outlives it.
Result<std::unique_ptr<RecommendationFeed>> open_feed(const Config& config, EventLog& log,
                                                      const TopicInfo& topic,
                                                      const CallContext& call);

/// What tables are opened for.
enum class TablesUse : std::uint8_t {
  kShop,  ///< to work with what was loaded
  kLoad,  ///< to be filled: made where they are missing
};

Result<Tables> open_tables(const Config& config, TablesUse use, const CallContext& call,
                           const WaitNotice& waiting = {});

/// The models of a shop; `files` outlives them.
std::unique_ptr<ModelStore> open_models(FileStore& files);

/// Calls `write`, which is to fill `directory`; kExists when it is not empty. An error leaves
/// nothing.
Status write_new_model_directory(FileStore& files, const std::string& directory,
                                 const std::function<Status()>& write, const CallContext& call);

/// A model that lies by itself.
struct SavedModel {
  std::shared_ptr<const Model> model;  ///< its version is the path
  Provenance provenance;               ///< an empty object for a model that Spark saved
};

/// Loads what write_model_directory, or Spark, saved. kAbsent when there is nothing.
Result<SavedModel> load_saved_model(const std::string& directory, const CallContext& call);

/// The table of new purchases of one topic, for its one writer. `files` and `log` outlive it.
Result<std::unique_ptr<PurchaseSink>> open_new_purchases(FileStore& files, const TopicInfo& topic,
                                                         const PurchaseSchema& schema, Logger& log,
                                                         const CallContext& call);

/// What that table holds of one topic. `files` outlives it.
std::unique_ptr<CommittedPurchases> open_committed_purchases(FileStore& files,
                                                             const TopicInfo& topic);

/// A file or directory named on the command line, and the store to read it from.
struct NamedPath {
  std::unique_ptr<FileStore> files;
  std::string path;
};

/// Opens what a person named: a path of this machine, a files URI, or "-" for standard input, which
/// is read to its end. Whether there is anything at the path shows when it is read.
Result<NamedPath> open_named_path(std::string_view name, const CallContext& call);

}  // namespace punnet
