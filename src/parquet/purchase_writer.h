#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "base/call_context.h"
#include "base/result.h"
#include "domain/purchase.h"
#include "parquet/part_directory.h"
#include "ports/file_store.h"

namespace punnet {

struct PurchaseParquetOptions {
  std::int64_t rows_per_file = 8'000'000;
  std::int64_t rows_per_group = 1'000'000;
  std::map<std::string, std::string> metadata;  ///< further key-values for every footer
  ExistingFiles existing = ExistingFiles::kRefuse;
};

struct PurchaseCsvOptions {
  std::int64_t rows_per_file = 8'000'000;
  bool header = false;
  ExistingFiles existing = ExistingFiles::kRefuse;
};

/// Writes `purchases` as a directory that Spark 2.x and later, and any other reader of Parquet,
/// reads as a table: columns user_id and item_id (int32, or int64 by `schema`), quantity (int32),
/// sales_value (float), where the schema has them basket_id (int64, null when absent) and ts
/// (timestamp, microseconds, UTC); Snappy; files part-00000.parquet, … and _SUCCESS. No purchases
/// give one file without rows. The same input gives the same bytes. The schema is recorded in every
/// footer (read_purchase_schema).
///
/// kInvalid when an id does not fit the schema. PartDirectory tells what an error leaves behind.
Status write_purchases_parquet(FileStore& files, std::string_view directory,
                               std::span<const Purchase> purchases, const PurchaseSchema& schema,
                               const PurchaseParquetOptions& options, const CallContext& call);

/// The same as CSV, files part-00000.csv, …: floats as Java's Float.toString prints them, times in
/// RFC 3339, absent values empty.
Status write_purchases_csv(FileStore& files, std::string_view directory,
                           std::span<const Purchase> purchases, const PurchaseSchema& schema,
                           const PurchaseCsvOptions& options, const CallContext& call);

/// Both, but for the last step: nothing is visible before PartDirectory::finish, so that several
/// directories can change together.
Result<PartDirectory> stage_purchases_parquet(FileStore& files, std::string_view directory,
                                              std::span<const Purchase> purchases,
                                              const PurchaseSchema& schema,
                                              const PurchaseParquetOptions& options,
                                              const CallContext& call);
Result<PartDirectory> stage_purchases_csv(FileStore& files, std::string_view directory,
                                          std::span<const Purchase> purchases,
                                          const PurchaseSchema& schema,
                                          const PurchaseCsvOptions& options,
                                          const CallContext& call);

/// Appends one line of that CSV, "\n" included.
void append_csv_line(std::string& out, const Purchase& purchase, const PurchaseSchema& schema);

}  // namespace punnet
