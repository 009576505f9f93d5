#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "domain/offsets.h"
#include "ports/port.h"

namespace punnet {

/// What is told about one event.
struct FeedMessage {
  std::string key;    ///< the user
  std::string value;  ///< JSON
  Offset offset = 0;  ///< of the event
};

/// The messages about the events of one run, ascending by offset.
struct FeedRun {
  Partition partition = 0;
  OffsetRange range;
  std::vector<FeedMessage> messages;
};

/// Tells the world what was recommended on each event, soon after it came. One thread.
class RecommendationFeed : public Port {
 public:
  /// Writes the messages of all runs; when it returns they are durable. May be repeated, by whoever
  /// reads the same events again too: a message then comes twice, unless the feed remembers how far
  /// it has come. Each carries the place of its event, by which a reader knows it again.
  virtual Status write(std::span<const FeedRun> runs, const CallContext& call) = 0;
};

}  // namespace punnet
