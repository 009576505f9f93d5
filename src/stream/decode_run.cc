#include "stream/decode_run.h"

#include <string>
#include <utility>

#include "stream/purchase_json.h"

namespace punnet {

DecodedRun decode_run(const EventRun& run, const PurchaseSchema& schema) {
  DecodedRun decoded;
  decoded.partition = run.partition;
  decoded.range = run.range;
  decoded.events.reserve(run.events.size());
  for (const Event& event : run.events) {
    if (auto purchase = decode_purchase(event.value, schema)) {
      decoded.events.push_back({event.offset, event.time, purchase->purchase});
      decoded.unknown_fields += purchase->unknown_fields;
    } else {
      decoded.rejects.push_back({run.partition, event.offset, event.time,
                                 std::move(purchase).error().message, std::string(event.value)});
    }
  }
  return decoded;
}

}  // namespace punnet
