// The seal of a log entry: in its commitInfo, a hash of the entry's version and of all its other
// bytes. Whoever reads an entry of ours knows whether it is the one that was written.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace punnet::delta {

/// Key of a table's configuration: "true" where every entry that punnet writes bears a seal.
inline constexpr char kSealedKey[] = "punnet.sealed";

enum class Seal : std::uint8_t { kNone, kIntact, kBroken };

/// Puts the seal into an entry that begins with its commitInfo, in the place of one that is there;
/// any other text stays as it is.
std::string seal_entry(std::string_view text, std::int64_t version);

/// What the seal says of an entry as it was read.
Seal check_seal(std::string_view text, std::int64_t version);

}  // namespace punnet::delta
