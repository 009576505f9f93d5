#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "delta/covered_range.h"
#include "delta/delta_log.h"
#include "delta/snapshot.h"
#include "delta/verify.h"
#include "domain/offsets.h"

namespace punnet::delta {

/// A range as a commit or a footer tells it.
struct RangeClaim {
  CoveredRange covered;
  std::string place;
};

/// All that a table's log and files say, gathered by reading every byte of them.
struct TableFacts {
  bool readable = false;  ///< false: the log is so broken that nothing else is known
  Snapshot snapshot;
  std::string topic_id;
  bool are_rejects = false;         ///< a table of rejects, whose rows have a reason
  bool log_is_whole = true;         ///< entry 0 is there: every commit is known
  bool rows_were_deleted = false;   ///< by another writer: counts of commits no longer hold
  std::vector<RangeClaim> commits;  ///< of the log's entries
  std::vector<RangeClaim> footers;  ///< of the active files
  std::map<Partition, std::vector<Offset>> offsets;  ///< of all rows, ascending
  std::int64_t bytes = 0;
  std::int64_t rows = 0;
  std::map<std::string, AddFile, std::less<>> named;  ///< every file that the log ever added
  std::vector<Finding> findings;
  std::vector<Finding> notes;

  void find(std::string place, std::string what);

  /// Keeps a fault of the table as a finding; passes on that the store could not be asked.
  Status take(const std::string& place, const Status& status);
};

/// Gathers the facts of the table and what contradicts itself in them.
Result<TableFacts> gather_facts(const DeltaLog& log, const CallContext& call);

/// True for errors that say something about the table; false when the store could not be asked.
bool is_finding(ErrorCode code);

}  // namespace punnet::delta
