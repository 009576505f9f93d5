#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "domain/purchase.h"

namespace punnet {

/// Longer messages are rejected unread.
inline constexpr std::size_t kMaxEventBytes = 64 << 10;

/// Messages with more objects and arrays inside each other are rejected.
inline constexpr int kMaxEventDepth = 8;

/// Appends the message of one purchase, without blanks or a line end:
/// {"user_id":1645,"item_id":9416653,"quantity":1,"sales_value":4.99}
/// sales_value prints as Java's Float.toString. basket_id and ts (RFC 3339, UTC) follow where the
/// schema maps them and the purchase has them. Requires a finite sales_value.
void encode_purchase(std::string& out, const Purchase& purchase, const PurchaseSchema& schema);

/// A purchase as read from a message.
struct DecodedPurchase {
  Purchase purchase;
  std::int32_t unknown_fields = 0;  ///< fields of the message that the schema does not name

  bool operator==(const DecodedPurchase&) const = default;
};

/// Reads one message: any order of fields, any JSON blanks. The four fields of every purchase must
/// be there; basket_id and ts may be missing or null. Zero and negative amounts are accepted: they
/// are facts.
///
/// The error is kInvalid and its message is the reason to keep with the event: short, made of fixed
/// texts, and beginning with the field's name, or with "event" when the message as a whole is at
/// fault ("quantity: not an integer").
Result<DecodedPurchase> decode_purchase(std::string_view message, const PurchaseSchema& schema);

/// The same answers without the fast path for messages as encode_purchase writes them. For tests.
Result<DecodedPurchase> decode_any_purchase(std::string_view message, const PurchaseSchema& schema);

}  // namespace punnet
