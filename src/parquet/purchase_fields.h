#pragma once

#include <cstdint>
#include <string_view>

#include "domain/purchase.h"
#include "parquet/row_sink.h"

namespace punnet {

/// A field of Purchase.
enum class PurchaseField : std::uint8_t { kUser, kItem, kQuantity, kSalesValue, kBasket, kTime };

/// Sets one field of a purchase from what stands in a file, in any form that converts exactly.
/// Where a function reports a problem it has left the purchase as it was.
class PurchaseFields {
 public:
  explicit PurchaseFields(IdType id_type) : id_type_(id_type) {}

  /// Whole numbers may be written "3" or "3.0", times in RFC 3339; blanks around are ignored. Empty
  /// text is like set_null.
  Problem set_text(PurchaseField field, std::string_view text, Purchase& out) const;
  Problem set_integer(PurchaseField field, std::int64_t value, Purchase& out) const;
  Problem set_real(PurchaseField field, double value, Purchase& out) const;
  Problem set_time(PurchaseField field, std::int64_t micros, Purchase& out) const;

  /// A problem for every field but basket and time.
  Problem set_null(PurchaseField field, Purchase& out) const;

 private:
  IdType id_type_;
};

}  // namespace punnet
