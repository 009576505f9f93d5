#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "domain/purchase.h"
#include "ports/file_store.h"

namespace punnet {

/// Names of the columns that hold a purchase.
struct PurchaseColumns {
  std::string user = "user_id";
  std::string item = "item_id";
  std::string quantity = "quantity";
  std::string sales_value = "sales_value";
  std::optional<std::string> basket;  ///< absent: not read
  std::optional<std::string> time;    ///< absent: not read

  bool operator==(const PurchaseColumns&) const = default;
};

/// The columns of files that punnet itself writes: basket_id and ts where `schema` has them.
PurchaseColumns own_columns(const PurchaseSchema& schema);

struct PurchaseReadOptions {
  PurchaseColumns columns;
  IdType id_type = IdType::kInt32;
  bool csv_header = true;  ///< without one, columns stand in the order of PurchaseColumns
  std::size_t memory_limit_bytes = std::size_t{4} << 30;  ///< of the rows, and of reading them
};

/// The purchases of `path`, in the order of the file: a file, or a directory whose data files are
/// read in the order of their names. CSV, CSV in gzip or Parquet, told by its first bytes. Other
/// columns are ignored. Times are UTC where they carry no zone. Quantities and amounts come back as
/// they are, zero and negative too. A file with a header and no rows gives no purchases.
///
/// kAbsent: nothing there. kInvalid, with file, row, column and value: a column missing, a value
/// that is none, not finite or out of range, a directory without data files, an empty file where a
/// header is expected. kCorrupt: damaged Parquet, or a directory of punnet's own that was not
/// written to its end. kExhausted: more than the memory limit.
Result<std::vector<Purchase>> read_purchases(FileStore& files, std::string_view path,
                                             const PurchaseReadOptions& options,
                                             const CallContext& call);

/// What the purchases of a Parquet file or directory carry: as recorded where punnet wrote them,
/// else from the columns' types: int64 ids when user_id or item_id is, basket and time when there
/// are columns basket_id and ts. kInvalid for CSV, which cannot tell.
Result<PurchaseSchema> read_purchase_schema(FileStore& files, std::string_view path,
                                            const CallContext& call);

}  // namespace punnet
