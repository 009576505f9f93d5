#include "delta/table_id.h"

#include <xxhash.h>

#include <cstdio>

namespace punnet::delta {

std::string make_table_id(std::string_view seed) {
  const auto hash = XXH3_128bits(seed.data(), seed.size());
  const auto high = (hash.high64 & ~0xF000ULL) | 0x8000ULL;
  const auto low = (hash.low64 & ~(3ULL << 62)) | (2ULL << 62);
  char text[37];
  std::snprintf(text, sizeof text, "%08llx-%04llx-%04llx-%04llx-%012llx",
                static_cast<unsigned long long>(high >> 32),
                static_cast<unsigned long long>((high >> 16) & 0xFFFF),
                static_cast<unsigned long long>(high & 0xFFFF),
                static_cast<unsigned long long>(low >> 48),
                static_cast<unsigned long long>(low & 0xFFFFFFFFFFFFULL));
  return text;
}

}  // namespace punnet::delta
