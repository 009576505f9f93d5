#pragma once

#include <memory>

#include "base/result.h"
#include "delta/table_schema.h"

namespace arrow {
class RecordBatch;
class Schema;
}  // namespace arrow

namespace punnet::delta {

/// The Arrow form of these columns: timestamps in microseconds UTC, list elements named "element".
/// kInvalid for a type that punnet's tables do not use.
Result<std::shared_ptr<arrow::Schema>> arrow_schema(const TableSchema& columns);

/// The same rows in the form of `schema`: columns by name, cast where another writer chose another
/// type for the same values. kCorrupt, with `where`, when a column is missing or does not fit.
Result<std::shared_ptr<arrow::RecordBatch>> conform(
    const std::shared_ptr<arrow::RecordBatch>& batch, const std::shared_ptr<arrow::Schema>& schema,
    std::string_view where);

}  // namespace punnet::delta
