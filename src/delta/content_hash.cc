#include "delta/content_hash.h"

#include <xxhash.h>

#include <cstdio>

namespace punnet::delta {

ContentHash::ContentHash()
    : state_(XXH3_createState(), [](XXH3_state_s* state) { XXH3_freeState(state); }) {
  XXH3_128bits_reset(state_.get());
}

ContentHash::~ContentHash() = default;

void ContentHash::update(std::span<const char> bytes) {
  XXH3_128bits_update(state_.get(), bytes.data(), bytes.size());
}

std::string ContentHash::hex() const {
  const auto digest = XXH3_128bits_digest(state_.get());
  char text[33];
  std::snprintf(text, sizeof text, "%016llx%016llx", static_cast<unsigned long long>(digest.high64),
                static_cast<unsigned long long>(digest.low64));
  return text;
}

std::string hash_of_version(std::string_view text, std::int64_t version) {
  ContentHash hash;
  hash.update(std::to_string(version) + "\n");
  hash.update(text);
  return hash.hex();
}

}  // namespace punnet::delta
