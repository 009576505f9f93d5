#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

struct XXH3_state_s;

namespace punnet::delta {

/// XXH3 with 128 bits over bytes that come piece by piece. Finds accidents, not forgers.
class ContentHash {
 public:
  ContentHash();
  ContentHash(const ContentHash&) = delete;
  ContentHash& operator=(const ContentHash&) = delete;
  ~ContentHash();

  void update(std::span<const char> bytes);

  /// 32 hexadecimal digits.
  std::string hex() const;

 private:
  std::unique_ptr<XXH3_state_s, void (*)(XXH3_state_s*)> state_;
};

/// The hash of what is of `version` and says `text`: the same text of another version has another.
std::string hash_of_version(std::string_view text, std::int64_t version);

}  // namespace punnet::delta
