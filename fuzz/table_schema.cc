// The schemaString of a Delta table, which may be anybody's.
#include "delta/table_schema.h"

#include "delta/arrow_schema.h"
#include "fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace punnet;
  const auto columns = delta::parse_schema(fuzz::to_text(data, size), "fuzz");
  if (!columns) return 0;
  static_cast<void>(delta::purchase_schema_of(*columns, "fuzz"));
  if (!delta::arrow_schema(*columns)) return 0;
  const auto again = delta::parse_schema(delta::to_schema_string(*columns), "fuzz");
  fuzz::require(static_cast<bool>(again), "it cannot be read back");
  fuzz::require(again->size() == columns->size(), "it has other columns when read back");
  return 0;
}
