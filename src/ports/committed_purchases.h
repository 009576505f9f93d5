#pragma once

#include <functional>

#include "base/call_context.h"
#include "base/result.h"
#include "domain/offsets.h"
#include "domain/purchase.h"
#include "ports/port.h"

namespace punnet {

/// Reads back what a PurchaseSink has committed for one topic. One thread.
class CommittedPurchases : public Port {
 public:
  using Visitor = std::function<void(Partition partition, Offset offset, const Purchase& purchase)>;

  /// Up to where the table holds events, per partition, as of now.
  virtual Result<Positions> positions(const CallContext& call) = 0;

  /// Visits every committed purchase with from[partition] <= offset < upto[partition], each once,
  /// in ascending order inside a partition. Partitions missing in `from` start at 0; those missing
  /// in `upto` are left out. Rejected events are not visited.
  virtual Status for_each(const Positions& from, const Positions& upto, const Visitor& visit,
                          const CallContext& call) = 0;
};

}  // namespace punnet
