#include "ports/purchase_sink.h"

namespace punnet {

Result<CommitOutcome> PurchaseSink::commit(const CallContext& call) {
  CommitOutcome all;
  // One that failed holds less than what was appended since.
  for (int part = 0; part < 2; ++part) {
    PUNNET_CHECK(begin_commit());
    PUNNET_CHECK(run_commit(call));
    const CommitOutcome outcome = end_commit();
    all.next = outcome.next;
    all.rows += outcome.rows;
    all.rejects += outcome.rejects;
    all.bytes += outcome.bytes;
    all.lost.insert(all.lost.end(), outcome.lost.begin(), outcome.lost.end());
  }
  return all;
}

}  // namespace punnet
