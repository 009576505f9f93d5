#pragma once

#include <cstddef>
#include <cstdint>

#include "ranking/packed_items.h"
#include "ranking/packed_users.h"

namespace punnet {

/// Is told where a scan met scores that may belong into a list.
class ScanHits {
 public:
  ScanHits() = default;
  ScanHits(const ScanHits&) = delete;
  ScanHits& operator=(const ScanHits&) = delete;
  virtual ~ScanHits() = default;

  /// scores[n] is what `user` gives to the item in place `place` + n. Bit n of `lanes` is set where
  /// that score is not at most the user's threshold: it is above, or one of them is not a number.
  /// Places behind the last item may be set, too. `place` is a multiple of 8, and the places of one
  /// call belong to one block.
  virtual void hit(std::size_t place, std::size_t user, const float* scores,
                   std::uint32_t lanes) = 0;
};

/// Scores the items of blocks [first, last) for all users, in order of places for each of them, and
/// reports hits. thresholds[u] is read anew for each tile, so that `hits` may raise it meanwhile.
///
/// A score is the dot product in float, summed in order of factors: by fused multiply-add where the
/// machine has it, and with two roundings a term elsewhere. It depends neither on the other users,
/// nor on the width of the machine's vectors.
void scan(const PackedItems& items, std::size_t first, std::size_t last, const PackedUsers& users,
          const float* thresholds, ScanHits& hits);

/// What the scan runs on: AVX3 (AVX-512), AVX2, SSE4, SSSE3, EMU128 (plain C++).
const char* scan_target();

}  // namespace punnet
