#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/seeded_random.h"
#include "tests/corruption/random_table.h"

namespace punnet::corruption {

enum class DamageKind : std::uint8_t {
  kBitFlip,           ///< anywhere in any file
  kTruncation,        ///< of any file
  kDeletion,          ///< of what the newest version or another file needs
  kCopiedFile,        ///< a data file under a second name, which an entry of its own adds
  kCopiedEntry,       ///< an entry once more, as the newest
  kSwappedNames,      ///< of two data files, entries or checkpoints
  kStaleFile,         ///< another range's, or another topic's, file under a name
  kForgedFile,        ///< the same, with size and hash in the log made to fit
  kEditedPosition,    ///< the version of a txn
  kEditedPath,        ///< of an add, to a name that is not there or that another add has
  kEditedStatistics,  ///< of an add whose file is there
  kEditedRanges,      ///< of commitInfo, or of an add whose file is there
  kRemovedLine,       ///< the add or the txn of an entry
};
inline constexpr std::array kDamageKinds{
    DamageKind::kBitFlip,    DamageKind::kTruncation,       DamageKind::kDeletion,
    DamageKind::kCopiedFile, DamageKind::kCopiedEntry,      DamageKind::kSwappedNames,
    DamageKind::kStaleFile,  DamageKind::kForgedFile,       DamageKind::kEditedPosition,
    DamageKind::kEditedPath, DamageKind::kEditedStatistics, DamageKind::kEditedRanges,
    DamageKind::kRemovedLine};

std::string_view name_of(DamageKind kind);

/// Tables with one damage. Edits are made as a careful hand would: the entry's seal is renewed, so
/// that only the meaning can give them away.
struct Damage {
  std::string what;             ///< for messages
  std::set<std::string> names;  ///< one of these has to be named by what finds it
  std::string path;             ///< where it is, if it is in one file
  Files files;
};

/// Damages sound tables; absent when they have nothing that could be damaged so. `other` are the
/// tables of another topic.
std::optional<Damage> plant(DamageKind kind, const Files& sound, const Files& other,
                            SeededRandom& random);

}  // namespace punnet::corruption
