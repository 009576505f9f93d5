#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

namespace punnet::corruption {

/// How often what came about.
using Counts = std::map<std::string, std::int64_t, std::less<>>;

/// A number that the environment may set.
inline std::int64_t from_environment(const char* name, std::int64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoll(text, nullptr, 10);
}

/// The line that tools count by.
inline void print(const char* what, std::int64_t trials, std::int64_t violations,
                  const Counts& counts) {
  std::printf("%s: {\"trials\":%lld,\"violations\":%lld,\"counters\":{", what,
              static_cast<long long>(trials), static_cast<long long>(violations));
  const char* separator = "";
  for (const auto& [name, count] : counts) {
    std::printf("%s\"%s\":%lld", separator, name.c_str(), static_cast<long long>(count));
    separator = ",";
  }
  std::printf("}}\n");
}

}  // namespace punnet::corruption
