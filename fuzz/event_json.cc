// Events: the fast path for messages of our own against the general path, in every schema. The
// first byte, a digit, chooses the schema.
#include "stream/purchase_json.h"

#include <string>

#include "fuzz/fuzz_input.h"

namespace punnet {
namespace {

using fuzz::require;

void check(std::string_view message, const PurchaseSchema& schema) {
  const auto fast = decode_purchase(message, schema);
  const auto general = decode_any_purchase(message, schema);
  require(static_cast<bool>(fast) == static_cast<bool>(general), "one path takes it alone");
  if (!fast) {
    require(fast.error().code == ErrorCode::kInvalid, "a bad event is something else than invalid");
    require(fast.error().message == general.error().message, "the paths give different reasons");
    require(fast.error().message.size() < 200, "the reason is long");
    return;
  }
  require(*fast == *general, "the paths read different purchases");
  std::string again;
  encode_purchase(again, fast->purchase, schema);
  const auto decoded = decode_purchase(again, schema);
  require(decoded && decoded->purchase == fast->purchase, "it does not survive being written");
}

}  // namespace
}  // namespace punnet

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace punnet;
  auto message = fuzz::to_text(data, size);
  const auto choice = fuzz::take_choice(message);
  check(message, {(choice & 1) != 0 ? IdType::kInt64 : IdType::kInt32, (choice & 2) != 0,
                  (choice & 4) != 0});
  return 0;
}
