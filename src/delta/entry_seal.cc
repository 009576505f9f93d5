#include "delta/entry_seal.h"

#include <cstddef>
#include <optional>

#include "delta/content_hash.h"

namespace punnet::delta {
namespace {

constexpr std::string_view kOpening = R"({"commitInfo":{)";
constexpr std::string_view kMember = R"(,"punnetSeal":")";
constexpr std::size_t kDigits = 32;
constexpr std::size_t kSealSize = kMember.size() + kDigits + 1;

/// Where the seal begins in the first line of an entry.
std::optional<std::size_t> find_seal(std::string_view text) {
  if (!text.starts_with(kOpening)) return std::nullopt;
  const auto at = text.substr(0, text.find('\n')).find(kMember);
  if (at == std::string_view::npos) return std::nullopt;
  return at;
}

std::string without(std::string_view text, std::size_t seal) {
  std::string rest(text.substr(0, seal));
  if (seal + kSealSize < text.size()) rest += text.substr(seal + kSealSize);
  return rest;
}

}  // namespace

std::string seal_entry(std::string_view text, std::int64_t version) {
  const auto old = find_seal(text);
  std::string entry = old ? without(text, *old) : std::string(text);
  const auto end = entry.find("}}\n");
  if (!entry.starts_with(kOpening) || end == std::string::npos || end + 2 != entry.find('\n')) {
    return std::string(text);
  }
  const auto hash = hash_of_version(entry, version);
  entry.insert(end, std::string(kMember) + hash + '"');
  return entry;
}

Seal check_seal(std::string_view text, std::int64_t version) {
  const auto seal = find_seal(text);
  if (!seal) return Seal::kNone;
  const auto told = text.substr(*seal + kMember.size(), kDigits);
  const bool ends = text.substr(*seal).size() >= kSealSize && text[*seal + kSealSize - 1] == '"';
  return ends && told == hash_of_version(without(text, *seal), version) ? Seal::kIntact
                                                                        : Seal::kBroken;
}

}  // namespace punnet::delta
