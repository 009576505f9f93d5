#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "domain/enriched_purchase.h"
#include "ports/purchase_sink.h"

namespace punnet {

/// A row whose every field follows from its place.
inline EnrichedPurchase make_enriched(Partition partition, Offset offset) {
  EnrichedPurchase row;
  row.partition = partition;
  row.offset = offset;
  row.purchase.user = UserId{100 + offset % 7};
  row.purchase.item = ItemId{1000 + offset};
  row.purchase.quantity = static_cast<std::int32_t>(1 + offset % 3);
  row.purchase.sales_value = static_cast<float>(offset) + 0.25F;
  row.event_time = Timestamp(std::chrono::microseconds(1'500'000'000'000'000 + offset * 1000));
  if (offset % 5 != 0) {
    row.recommendations = {ItemId{1}, ItemId{2}, ItemId{offset}};
    row.source = RecommendationSource::kModel;
    row.precision_at_k = 0.2;
    row.features = {"GROCERY", "MILK " + std::to_string(offset % 4)};
  }
  return row;
}

inline RejectedEvent make_reject(Partition partition, Offset offset) {
  return {partition, offset, std::nullopt, "quantity: not an integer",
          std::string("{\"x\":\xff\0", 7) + std::to_string(offset)};
}

/// A run of rows; offsets for which `rejected` says so are rejects instead.
inline EnrichedRun make_run(Partition partition, Offset start, Offset next,
                            const std::function<bool(Offset)>& rejected = {}) {
  EnrichedRun run{partition, {start, next}, {}, {}};
  for (auto offset = start; offset < next; ++offset) {
    if (rejected && rejected(offset)) {
      run.rejects.push_back(make_reject(partition, offset));
    } else {
      run.rows.push_back(make_enriched(partition, offset));
    }
  }
  return run;
}

}  // namespace punnet
