#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "base/clock.h"
#include "ports/file_store.h"

namespace punnet::corruption {

inline constexpr char kMain[] = "new_purchases";
inline constexpr char kRejects[] = "rejected_events";

/// Every file of a store, by path.
using Files = std::map<std::string, std::string>;

/// Both tables of a made-up stream as commits, deaths, compactions, clean-ups and months leave
/// them, and how often each of these came about.
struct RandomTable {
  Files files;
  std::map<std::string, std::int64_t> events;
};

/// The same seed, the same tables.
RandomTable make_random_table(std::uint64_t seed);

/// A store in memory with these files.
std::unique_ptr<FileStore> store_of(const Files& files);

/// Every file of a store.
Files files_of(FileStore& store);

}  // namespace punnet::corruption
