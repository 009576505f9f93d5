#include "kafka/offset_continuity.h"

namespace punnet {
namespace {

// Narrower holes are what transactions leave.
constexpr Offset kWideHole = 1'000;

}  // namespace

void OffsetContinuity::start_at(Offset next) {
  next_ = next;
  is_first_ = true;
}

OffsetContinuity::Verdict OffsetContinuity::judge(Offset offset) {
  if (offset < next_) return Verdict::kRepeated;
  if (offset == next_) return Verdict::kNext;
  const OffsetRange hole{next_, offset};
  if (doubted_hole_ == hole) {
    has_holes_ = true;
    return Verdict::kNext;
  }
  // The first event after a start may still be one of before it.
  if (has_holes_ && !is_first_ && offset - next_ <= kWideHole) return Verdict::kNext;
  doubted_hole_ = hole;
  return Verdict::kDoubtful;
}

void OffsetContinuity::pass_event(Offset offset) {
  next_ = offset + 1;
  is_first_ = false;
}

}  // namespace punnet
