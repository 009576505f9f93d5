// Parquet files of a model directory: the first byte chooses between factors and wide ids.
#include <cmath>

#include "fuzz/fuzz_input.h"
#include "spark/factor_table.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace punnet;
  constexpr std::size_t kLimitBytes = std::size_t{16} << 20;
  auto bytes = fuzz::to_text(data, size);
  const auto choice = fuzz::take_choice(bytes);
  const auto files = fuzz::store_with("m/part-00000.parquet", bytes);
  if (choice == 'w') {
    static_cast<void>(read_wide_ids(*files, "m", kLimitBytes, fuzz::patiently()));
    return 0;
  }
  const auto table = read_factor_table(*files, "m", 3, kLimitBytes, fuzz::patiently());
  if (!table) return 0;
  fuzz::require(table->ids.size() == table->factors.rows(), "other numbers of ids than of rows");
  for (const float value : table->factors.values()) {
    fuzz::require(std::isfinite(value), "a factor that is not finite");
  }
  return 0;
}
