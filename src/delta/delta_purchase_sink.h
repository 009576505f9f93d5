#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/call_context.h"
#include "base/clock.h"
#include "base/result.h"
#include "delta/delta_commit.h"
#include "domain/purchase.h"
#include "ports/file_store.h"
#include "ports/purchase_sink.h"

namespace punnet {

struct DeltaSinkOptions {
  std::string table = "new_purchases";            ///< directory of the store
  std::string rejects_table = "rejected_events";  ///< the same, for what did not parse
  std::string topic;
  std::string topic_id;  ///< of this creation of the topic; positions are bound to it
  PurchaseSchema schema;
  std::string writer_id;  ///< letters, digits, "-"; another one each time a sink is opened
  std::string engine_info = "punnet";      ///< name and version, for the table's history
  std::int64_t rows_per_file = 4'000'000;  ///< a larger commit becomes several files
  delta::LogUpkeep upkeep;
  std::function<void(std::string_view)> warn;  ///< hears of upkeep that failed; may be empty
};

/// A PurchaseSink over two Delta tables of `files`, made when absent. Each commit puts the rejects
/// into their table first, with a position of its own, then the rows and the positions into the
/// main one. kInvalid: a table has other columns, other events, or features that punnet does not
/// know. `files` and `clock` outlive the sink.
Result<std::unique_ptr<PurchaseSink>> open_delta_purchase_sink(FileStore& files, const Clock& clock,
                                                               const DeltaSinkOptions& options,
                                                               const CallContext& call);

}  // namespace punnet
