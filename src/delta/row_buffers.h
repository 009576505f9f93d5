// Rows on their way into the two tables, held as Arrow columns from the moment they are appended.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/result.h"
#include "delta/data_file.h"
#include "domain/enriched_purchase.h"
#include "domain/purchase.h"

namespace punnet::delta {

/// Collects rows of new_purchases. One thread.
class PurchaseBuffer {
 public:
  explicit PurchaseBuffer(const PurchaseSchema& schema);
  ~PurchaseBuffer();
  PurchaseBuffer(PurchaseBuffer&&) noexcept;
  PurchaseBuffer& operator=(PurchaseBuffer&&) noexcept;

  /// Takes all rows or, after an error, none. kInvalid: an id is wider than the schema's id type.
  Status append(std::span<const EnrichedPurchase> rows, std::string_view model_version);

  std::int64_t rows() const;
  /// Memory of the rows inside.
  std::size_t bytes() const;

  /// Gives the rows away and is empty afterwards.
  Result<BatchPointer> take();

 private:
  class Columns;
  std::unique_ptr<Columns> columns_;
};

/// The rows of rejected_events for these events.
Result<BatchPointer> to_batch(std::span<const RejectedEvent> rejects);

}  // namespace punnet::delta
