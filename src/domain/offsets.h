#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <tuple>

namespace punnet {

/// Number of a partition of a topic, from 0.
using Partition = std::int32_t;

/// Place of an event in its partition, from 0.
using Offset = std::int64_t;

/// Half-open range of offsets of one partition: `next` is the first offset that is not in it.
struct OffsetRange {
  Offset start = 0;
  Offset next = 0;

  std::int64_t size() const { return next - start; }
  bool empty() const { return next <= start; }
  bool operator==(const OffsetRange&) const = default;
  auto operator<=>(const OffsetRange& other) const {
    return std::tie(start, next) <=> std::tie(other.start, other.next);
  }
};

/// For each partition the next offset that is not yet held.
using Positions = std::map<Partition, Offset>;

}  // namespace punnet
