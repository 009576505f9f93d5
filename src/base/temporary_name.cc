#include "base/temporary_name.h"

#include <algorithm>
#include <cstddef>

#include "base/random_id.h"

namespace punnet {
namespace {

constexpr std::string_view kTemporaryEnd = ".tmp";
constexpr std::size_t kIdLength = 36;

}  // namespace

std::string temporary_name(std::string_view name) {
  std::string temporary = ".";
  temporary.append(name).append(".").append(random_id()).append(kTemporaryEnd);
  return temporary;
}

bool is_temporary_name(std::string_view name) {
  if (!name.starts_with('.') || !name.ends_with(kTemporaryEnd)) return false;
  name.remove_suffix(kTemporaryEnd.size());
  if (name.size() < kIdLength + 3 || name[name.size() - kIdLength - 1] != '.') return false;
  const auto id = name.substr(name.size() - kIdLength);
  return std::ranges::all_of(
      id, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == '-'; });
}

}  // namespace punnet
