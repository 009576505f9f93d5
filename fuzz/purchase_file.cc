// A file of purchases from outside: CSV, CSV in gzip or Parquet, as its first bytes say.
#include "fuzz/fuzz_input.h"
#include "parquet/purchase_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace punnet;
  const auto files = fuzz::store_with("purchases", fuzz::to_text(data, size));
  PurchaseReadOptions options;
  options.columns.basket = "basket_id";
  options.columns.time = "ts";
  options.memory_limit_bytes = std::size_t{64} << 20;
  static_cast<void>(read_purchases(*files, "purchases", options, fuzz::patiently()));
  options.columns = {};
  options.id_type = IdType::kInt64;
  options.csv_header = false;
  static_cast<void>(read_purchases(*files, "purchases", options, fuzz::patiently()));
  static_cast<void>(read_purchase_schema(*files, "purchases", fuzz::patiently()));
  return 0;
}
