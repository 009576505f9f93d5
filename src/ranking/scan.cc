#include "ranking/scan.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <type_traits>

// Arrays of vectors need to know their size when they are compiled.
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ranking/scan.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#ifndef PUNNET_RANKING_SCAN_CC
#define PUNNET_RANKING_SCAN_CC
namespace punnet {
namespace {

struct Scan {
  const PackedItems& items;
  const PackedUsers& users;
  std::size_t rank;
  const float* thresholds;
  ScanHits& hits;
};

}  // namespace
}  // namespace punnet
#endif

HWY_BEFORE_NAMESPACE();
namespace punnet {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::CappedTag<float, PackedItems::kBlock>;
constexpr std::size_t kBlock = PackedItems::kBlock;
constexpr std::size_t kLanes = hn::MaxLanes(Floats());
constexpr std::size_t kVectorsPerBlock = kBlock / kLanes;
constexpr std::size_t kRegisters = HWY_TARGET <= HWY_AVX3 ? 32 : 16;
constexpr bool kManyRegisters = kRegisters == 32;

/// One bit per lane that is set.
HWY_INLINE std::uint32_t bits(hn::Mask<Floats> mask) {
  std::conditional_t<(kLanes > 8), std::uint16_t, std::uint8_t> bits;
  hn::StoreMaskBits(Floats(), mask, reinterpret_cast<std::uint8_t*>(&bits));
  return bits;
}

/// The scores of kUsers users for the items of kVectors vectors.
template <std::size_t kUsers, std::size_t kVectors>
using Tile = hn::Vec<Floats>[kUsers][kVectors];

/// `users` points at the first of them in a group of kGroup.
template <std::size_t kGroup, std::size_t kUsers, std::size_t kVectors>
HWY_INLINE void score(const float* HWY_RESTRICT items, const float* HWY_RESTRICT users,
                      std::size_t rank, Tile<kUsers, kVectors>& scores) {
  const Floats d;
#pragma GCC unroll 16
  for (std::size_t u = 0; u < kUsers; ++u) {
#pragma GCC unroll 16
    for (std::size_t v = 0; v < kVectors; ++v) scores[u][v] = hn::Zero(d);
  }
  for (std::size_t f = 0; f < rank; ++f) {
    hn::Vec<Floats> item[kVectors];
#pragma GCC unroll 16
    for (std::size_t v = 0; v < kVectors; ++v) {
      const auto block = v / kVectorsPerBlock * kBlock * rank;
      item[v] = hn::LoadU(d, items + block + f * kBlock + v % kVectorsPerBlock * kLanes);
    }
#pragma GCC unroll 16
    for (std::size_t u = 0; u < kUsers; ++u) {
      const auto user = hn::Set(d, users[f * kGroup + u]);
#pragma GCC unroll 16
      for (std::size_t v = 0; v < kVectors; ++v) {
        scores[u][v] = hn::MulAdd(user, item[v], scores[u][v]);
      }
    }
  }
}

/// True when every score is a number below its user's threshold.
template <std::size_t kUsers, std::size_t kVectors>
HWY_INLINE bool all_below(const Tile<kUsers, kVectors>& scores, const float* thresholds) {
  const Floats d;
  auto below = hn::Lt(scores[0][0], hn::Set(d, thresholds[0]));
#pragma GCC unroll 16
  for (std::size_t u = 0; u < kUsers; ++u) {
#pragma GCC unroll 16
    for (std::size_t v = 0; v < kVectors; ++v) {
      below = hn::And(below, hn::Lt(scores[u][v], hn::Set(d, thresholds[u])));
    }
  }
  return hn::AllTrue(d, below);
}

/// Reports the users of a tile, `first_user` and those behind, who have scores that are not below.
template <std::size_t kUsers, std::size_t kVectors>
HWY_INLINE void report(const Tile<kUsers, kVectors>& scores, const Scan& scan, std::size_t place,
                       std::size_t first_user) {
  const Floats d;
  constexpr auto kPlaces = std::min(kVectors * kLanes, kBlock);  // of one report
  constexpr auto kReports = kVectors * kLanes / kPlaces;         // of one user
  HWY_ALIGN float values[kUsers * kReports][kPlaces];
  std::uint32_t lanes[kUsers * kReports] = {};
  std::uint32_t reports = 0;
#pragma GCC unroll 16
  for (std::size_t u = 0; u < kUsers; ++u) {
    const auto threshold = hn::Set(d, scan.thresholds[first_user + u]);
#pragma GCC unroll 16
    for (std::size_t v = 0; v < kVectors; ++v) {
      const auto n = u * kReports + v * kLanes / kPlaces;
      const auto at = v * kLanes % kPlaces;
      hn::Store(scores[u][v], d, values[n] + at);
      lanes[n] |= bits(hn::Not(hn::Lt(scores[u][v], threshold))) << at;
      reports |= std::uint32_t{lanes[n] != 0} << n;
    }
  }
  for (; reports != 0; reports &= reports - 1) {
    const auto n = static_cast<std::size_t>(std::countr_zero(reports));
    scan.hits.hit(place + n % kReports * kPlaces, first_user + n / kReports, values[n], lanes[n]);
  }
}

/// One block, or as many as kVectors vectors are, for the users from kFirst on of a group.
template <std::size_t kGroup, std::size_t kFirst, std::size_t kUsers, std::size_t kVectors>
HWY_INLINE void scan_tiles(const Scan& scan, std::size_t block, const float* users,
                           std::size_t first_user) {
  constexpr auto kPlaces = kVectors * kLanes;
  const float* items = scan.items.block(block);
  const auto user = first_user + kFirst;
  for (std::size_t at = 0; at < std::max(kPlaces, kBlock); at += kPlaces) {
    Tile<kUsers, kVectors> scores;
    score<kGroup, kUsers, kVectors>(items + at, users + kFirst, scan.rank, scores);
    if (!all_below<kUsers, kVectors>(scores, scan.thresholds + user)) {
      report<kUsers, kVectors>(scores, scan, block * kBlock + at, user);
    }
  }
}

template <std::size_t kGroup, std::size_t kVectors>
HWY_INLINE void scan_group(const Scan& scan, std::size_t block, const float* users,
                           std::size_t first_user) {
  if constexpr (kGroup == 1 || kGroup * kVectors + kVectors + 1 <= kRegisters) {
    scan_tiles<kGroup, 0, kGroup, kVectors>(scan, block, users, first_user);
  } else {
    constexpr auto kHalf = (kGroup + 1) / 2;
    scan_tiles<kGroup, 0, kHalf, kVectors>(scan, block, users, first_user);
    scan_tiles<kGroup, kHalf, kGroup - kHalf, kVectors>(scan, block, users, first_user);
  }
}

/// All users: a block stays in the innermost cache for them.
template <std::size_t kLarger, std::size_t kVectors>
HWY_INLINE void scan_users(const Scan& scan, std::size_t block) {
  const float* users = scan.users.values();
  std::size_t first_user = 0;
  std::size_t group = 0;
  for (; group < scan.users.larger_groups(); ++group) {
    scan_group<kLarger, kVectors>(scan, block, users, first_user);
    users += kLarger * scan.rank;
    first_user += kLarger;
  }
  if constexpr (kLarger > 1) {
    for (; group < scan.users.groups(); ++group) {
      scan_group<kLarger - 1, kVectors>(scan, block, users, first_user);
      users += (kLarger - 1) * scan.rank;
      first_user += kLarger - 1;
    }
  }
}

/// Few users leave room for more vectors of items: enough sums at once to hide each other's
/// latency.
constexpr std::size_t vectors_for(std::size_t users) {
  if (users == 1) return 8;
  if (users <= (kManyRegisters ? 6 : 2)) return 4;
  return 2;
}

template <std::size_t kLarger>
void scan_blocks(const Scan& scan, std::size_t first, std::size_t last) {
  constexpr auto kVectors = vectors_for(kLarger);
  constexpr auto kStep = std::max<std::size_t>(1, kVectors / kVectorsPerBlock);
  auto block = first;
  for (; block + kStep <= last; block += kStep) scan_users<kLarger, kVectors>(scan, block);
  for (; block < last; ++block) {
    scan_users<kLarger, std::min(kVectors, kVectorsPerBlock)>(scan, block);
  }
}

void scan_here(const Scan& scan, std::size_t first, std::size_t last) {
  static_assert(PackedUsers::kMost == 8);
  switch (scan.users.larger()) {
    case 1:
      return scan_blocks<1>(scan, first, last);
    case 2:
      return scan_blocks<2>(scan, first, last);
    case 3:
      return scan_blocks<3>(scan, first, last);
    case 4:
      return scan_blocks<4>(scan, first, last);
    case 5:
      return scan_blocks<5>(scan, first, last);
    case 6:
      return scan_blocks<6>(scan, first, last);
    case 7:
      return scan_blocks<7>(scan, first, last);
    case 8:
      return scan_blocks<8>(scan, first, last);
    default:
      return;
  }
}

const char* target_here() { return hwy::TargetName(HWY_TARGET); }

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace punnet
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace punnet {
namespace {
HWY_EXPORT(scan_here);
HWY_EXPORT(target_here);
}  // namespace

void scan(const PackedItems& items, std::size_t first, std::size_t last, const PackedUsers& users,
          const float* thresholds, ScanHits& hits) {
  const auto rank = static_cast<std::size_t>(items.rank());
  HWY_DYNAMIC_DISPATCH(scan_here)({items, users, rank, thresholds, hits}, first, last);
}

const char* scan_target() { return HWY_DYNAMIC_DISPATCH(target_here)(); }

}  // namespace punnet
#endif
