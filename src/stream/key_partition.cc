#include "stream/key_partition.h"

#include <cstddef>

namespace punnet {

std::uint32_t murmur2(std::string_view bytes) {
  constexpr std::uint32_t kMultiplier = 0x5bd1e995;
  constexpr std::uint32_t kSeed = 0x9747b28c;
  const auto byte = [&](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i]));
  };
  std::uint32_t hash = kSeed ^ static_cast<std::uint32_t>(bytes.size());
  std::size_t at = 0;
  for (; at + 4 <= bytes.size(); at += 4) {
    std::uint32_t word = byte(at) | byte(at + 1) << 8U | byte(at + 2) << 16U | byte(at + 3) << 24U;
    word *= kMultiplier;
    word ^= word >> 24U;
    word *= kMultiplier;
    hash *= kMultiplier;
    hash ^= word;
  }
  if (at < bytes.size()) {
    for (std::size_t i = bytes.size(); i-- > at;) hash ^= byte(i) << (8U * (i - at));
    hash *= kMultiplier;
  }
  hash ^= hash >> 13U;
  hash *= kMultiplier;
  return hash ^ hash >> 15U;
}

Partition partition_of_key(std::string_view key, std::int32_t partitions) {
  return static_cast<Partition>((murmur2(key) & 0x7fffffffU) %
                                static_cast<std::uint32_t>(partitions));
}

}  // namespace punnet
