#pragma once

#include <cstdint>
#include <optional>

#include "domain/offsets.h"

namespace punnet {

/// Checks the offsets that a client hands out for one partition against what has to come next,
/// because clients have been known to go back and to skip. Offsets ascend; transactions and
/// compaction leave holes in them. A partition has no holes until one was seen by two fetches; then
/// narrow ones are believed at once, wide ones and those before the first event of a fetch still
/// only when they are seen again. One thread.
class OffsetContinuity {
 public:
  enum class Verdict : std::uint8_t {
    kNext,      ///< nothing is missing before it
    kRepeated,  ///< it was passed already
    kDoubtful,  ///< something may have been skipped: fetch again from next()
  };

  /// A fetch begins at `next`.
  void start_at(Offset next);

  Offset next() const { return next_; }

  /// About an event at `offset`, or an end of the partition that is said to be there.
  Verdict judge(Offset offset);

  /// An event at `offset`, which was judged to be next, was taken.
  void pass_event(Offset offset);

  /// The partition was seen to end at `offset`, which was judged to be next.
  void pass_hole(Offset offset) { next_ = offset; }

 private:
  Offset next_ = 0;
  bool is_first_ = true;  // nothing was passed since start_at
  bool has_holes_ = false;
  std::optional<OffsetRange> doubted_hole_;  // seen by one fetch
};

}  // namespace punnet
