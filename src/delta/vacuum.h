#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/call_context.h"
#include "base/clock.h"
#include "base/result.h"
#include "ports/file_store.h"

namespace punnet {

struct VacuumOptions {
  std::chrono::hours retention{7 * 24};
  bool force = false;  ///< allow a retention below an hour, which may take files from their readers
  bool dry_run = false;
};

struct VacuumReport {
  std::vector<std::string> files;  ///< removed, or that would be
  std::int64_t bytes = 0;
  std::int64_t abandoned = 0;  ///< temporaries of writers that died; not counted in a dry run
};

/// Removes the data files that no version younger than the retention refers to, and files of
/// commits that never came about, once they are older than the retention. kInvalid: a retention
/// below an hour without `force`.
Result<VacuumReport> vacuum_delta_table(FileStore& files, std::string_view table,
                                        const VacuumOptions& options, const Clock& clock,
                                        const CallContext& call);

}  // namespace punnet
