// The columns of punnet's two Delta tables, in Delta's own words; no Arrow here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/purchase.h"

namespace punnet::delta {

/// A column as schemaString describes it.
struct Column {
  std::string name;
  std::string type;     ///< "integer", "string", "array<integer>", …; else the JSON of the type
  std::string feature;  ///< a column feature that binds writers ("invariants", …), empty for none

  bool operator==(const Column&) const = default;
};

using TableSchema = std::vector<Column>;

/// Columns of new_purchases: the original's nine, then ours, then the mapped optional ones.
TableSchema purchase_columns(const PurchaseSchema& schema);

/// Columns of rejected_events.
TableSchema rejected_columns();

/// The schemaString of these columns, all nullable.
std::string to_schema_string(const TableSchema& schema);

/// Reads a schemaString. kCorrupt, with `where`, when it is none.
Result<TableSchema> parse_schema(std::string_view schema_string, std::string_view where);

/// kInvalid, naming the first difference, unless both have the same columns in the same order.
Status check_same_schema(const TableSchema& found, const TableSchema& expected,
                         std::string_view where);

/// What the columns of a new_purchases table say about the shop. kInvalid when they are no
/// new_purchases table.
Result<PurchaseSchema> purchase_schema_of(const TableSchema& columns, std::string_view where);

}  // namespace punnet::delta
