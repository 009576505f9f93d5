// Parquet files of a Delta table: the first byte chooses between a checkpoint and a data file.
#include "base/clock.h"
#include "delta/arrow_schema.h"
#include "delta/checkpoint.h"
#include "delta/data_file.h"
#include "delta/table_schema.h"
#include "fuzz/fuzz_input.h"

namespace punnet {
namespace {

using fuzz::patiently;

void check_data_file(std::string_view bytes) {
  const auto files = fuzz::store_with("t/part.parquet", bytes);
  const delta::DeltaLog log(*files, "t");
  static_cast<void>(delta::read_footer(log, "part.parquet", patiently()));
  delta::AddFile add;
  add.path = "part.parquet";
  add.size_bytes = static_cast<std::int64_t>(bytes.size());
  const auto schema = delta::arrow_schema(delta::rejected_columns());
  const auto visit = [](const delta::BatchPointer&) -> Status { return ok(); };
  static_cast<void>(
      delta::read_data_file(log, add, *schema, OffsetRange{0, 1000}, visit, patiently()));
}

void check_checkpoint(std::string_view bytes) {
  const auto files = make_memory_file_store();
  const delta::DeltaLog log(*files, "t");
  static_cast<void>(replace_file(*files, log.checkpoint_path(1), bytes, patiently()));
  static_cast<void>(delta::load_snapshot(log, std::nullopt, patiently()));
}

}  // namespace
}  // namespace punnet

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto bytes = punnet::fuzz::to_text(data, size);
  if (punnet::fuzz::take_choice(bytes) == 'c') {
    punnet::check_checkpoint(bytes);
  } else {
    punnet::check_data_file(bytes);
  }
  return 0;
}
