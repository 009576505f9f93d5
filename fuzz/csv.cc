// A table as CSV, plain or in gzip: what is read is written, and read as the same.
#include "parquet/csv_table.h"

#include "fuzz/fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace punnet;
  constexpr std::size_t kLimitBytes = std::size_t{4} << 20;
  const auto files = fuzz::store_with("table.csv", fuzz::to_text(data, size));
  const auto table = read_csv_table(*files, "table.csv", kLimitBytes, fuzz::patiently());
  if (!table) return 0;
  for (const auto& row : table->rows) {
    fuzz::require(row.size() == table->header.size(), "a row of another length");
  }
  const auto written = fuzz::store_with("table.csv", to_csv(*table));
  const auto again = read_csv_table(*written, "table.csv", kLimitBytes, fuzz::patiently());
  fuzz::require(again && *again == *table, "it does not survive being written");
  return 0;
}
