#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "domain/item.h"
#include "stream/stream_observer.h"

namespace punnet {

struct TableLimits {
  std::size_t rows = 20;
  std::size_t cell_width = 20;  ///< in characters; 0: cells are never cut
};

/// A table as Spark's show() prints it: right-aligned cells, those longer than the limit cut and
/// ended by "...", "only showing top 20 rows" when there are more. Widths count code points. Every
/// row has as many cells as there are columns. Ends with an empty line, as Spark's does.
std::string show_table(std::span<const std::string> columns,
                       std::span<const std::vector<std::string>> rows,
                       const TableLimits& limits = {});

/// The heading that Spark's console sink prints above a batch.
std::string batch_heading(std::int64_t batch_id);

/// The rows of a batch as the original shows them: item_id, user_id, quantity, sales_value, offset,
/// recs, precision_at_k, category, department. Where an item has a name, a column `item` follows.
std::string show_batch(const BatchReport& batch, const TableLimits& limits = {});

}  // namespace punnet
