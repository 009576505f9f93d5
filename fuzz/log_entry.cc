// Entries of a Delta log: as lines, as the state they lead to, and inside of a whole table that is
// then verified.
#include <string>

#include "base/clock.h"
#include "delta/actions.h"
#include "delta/covered_range.h"
#include "delta/delta_log.h"
#include "delta/file_stats.h"
#include "delta/snapshot.h"
#include "delta/table_schema.h"
#include "delta/verify.h"
#include "fuzz/fuzz_input.h"

namespace punnet {
namespace {

using fuzz::patiently;
using fuzz::require;

void check_lines(std::string_view text) {
  auto actions = delta::parse_json_lines(text, "fuzz");
  if (!actions) return;
  for (auto& action : *actions) {
    if (auto* protocol = std::get_if<delta::Protocol>(&action)) {
      static_cast<void>(delta::check_protocol(*protocol, "fuzz"));
      protocol->features.clear();  // never written, since never accepted
    }
    if (const auto* info = std::get_if<delta::CommitInfo>(&action)) {
      if (const auto ranges = delta::parse_ranges(info->ranges)) {
        require(delta::parse_ranges(delta::to_json(*ranges)) == ranges, "other ranges");
      }
    }
    if (const auto* add = std::get_if<delta::AddFile>(&action)) {
      static_cast<void>(delta::parse_stats(add->stats).may_hold(0, {0, 10}));
    }
  }
  const auto again = delta::parse_json_lines(delta::to_json_lines(*actions), "fuzz");
  require(again && *again == *actions, "it does not survive being written");
}

/// An entry 0 as our writers begin a table.
void begin(const delta::DeltaLog& log, const delta::TableSchema& columns) {
  delta::Metadata metadata;
  metadata.id = "fuzz";
  metadata.schema_string = delta::to_schema_string(columns);
  metadata.configuration["punnet.topic"] = "purchases";
  metadata.configuration["punnet.topic_id"] = "t1";
  require(static_cast<bool>(log.publish_entry(0, {delta::CommitInfo{}, delta::Protocol{}, metadata},
                                              patiently())),
          "no entry 0");
}

void check_table(std::string_view text) {
  const auto files = make_memory_file_store();
  const delta::DeltaLog main(*files, "new_purchases");
  const delta::DeltaLog rejects(*files, "rejected_events");
  begin(main, delta::purchase_columns({}));
  begin(rejects, delta::rejected_columns());
  require(static_cast<bool>(replace_file(*files, main.entry_path(1), text, patiently())), "entry");
  const auto report = verify_delta_tables(*files, "new_purchases", "rejected_events", patiently());
  require(static_cast<bool>(report), "verify could not ask a store in memory");
}

}  // namespace
}  // namespace punnet

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = punnet::fuzz::to_text(data, size);
  punnet::check_lines(text);
  punnet::check_table(text);
  return 0;
}
