#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "ports/event_log.h"

namespace punnet {

struct MadeUpTopicOptions {
  std::int64_t events = 0;
  std::size_t users = 0;  ///< with ids from 0
  std::size_t items = 0;
};

/// A topic "purchases" of one partition, made up and held in memory, that only gives: reading costs
/// next to nothing, so that what is done with the events is measured. The same options, the same
/// events.
std::unique_ptr<EventLog> make_made_up_topic(const MadeUpTopicOptions& options);

}  // namespace punnet
