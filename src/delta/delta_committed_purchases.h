#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "domain/ids.h"
#include "domain/offsets.h"
#include "domain/purchase.h"
#include "ports/committed_purchases.h"
#include "ports/file_store.h"

namespace punnet {

/// A row of new_purchases as it was stored.
struct CommittedPurchase {
  Purchase purchase;
  Partition partition = 0;
  Offset offset = 0;
  std::vector<ItemId> recommendations;  ///< empty where null
  std::string recs_source;              ///< as stored, e.g. "model"
  std::string model_version;
};

/// A CommittedPurchases over the Delta table `table` (a directory of `files`), for the topic with
/// this id. The table need not exist yet: it then holds nothing. Files that cannot hold an asked
/// offset are not opened. Memory grows with the rows between the positions asked for. `files`
/// outlives it.
std::unique_ptr<CommittedPurchases> make_delta_committed_purchases(FileStore& files,
                                                                   std::string table,
                                                                   std::string topic_id);

/// Purchases of a table at one version.
struct NewPurchases {
  std::int64_t version = 0;  ///< name this version, and the same rows can be read again
  PurchaseSchema schema;
  std::vector<Purchase> purchases;  ///< ascending by partition and offset
};

/// Reads all purchases of the newest version, or of `version`. kAbsent: no such table or version.
Result<NewPurchases> read_new_purchases(FileStore& files, std::string_view table,
                                        std::optional<std::int64_t> version,
                                        const CallContext& call);

/// Reads whole rows of the newest version, or of `version`, ascending by partition and offset.
Result<std::vector<CommittedPurchase>> read_committed_rows(FileStore& files, std::string_view table,
                                                           std::optional<std::int64_t> version,
                                                           const CallContext& call);

/// The newest version of the table; kAbsent when there is none.
Result<std::int64_t> delta_version(FileStore& files, std::string_view table,
                                   const CallContext& call);

}  // namespace punnet
