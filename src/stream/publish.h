#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "domain/purchase.h"
#include "ports/event_log.h"
#include "stream/retry.h"

namespace punnet {

/// What key messages get.
enum class EventKey : std::uint8_t {
  kNone,  ///< none; row n goes to partition n mod P
  kUser,  ///< the user id as text, to the partition that Kafka's Java producer would choose
};

struct PublishConfig {
  std::string run_id;  ///< the same for every attempt at the same rows with the same key
  bool resume = true;  ///< look for what an earlier attempt has left; false for a run id never used
  EventKey key = EventKey::kNone;
  double rows_per_second = 0;  ///< 0: as fast as possible
  std::size_t group = 1'000;   ///< messages of one append
  PurchaseSchema schema;
};

struct PublishPorts {
  EventLog& log;
  const Clock& clock;
  Sleep sleep;
};

struct PublishSummary {
  std::int64_t rows = 0;          ///< published by this call
  std::int64_t already_held = 0;  ///< by earlier attempts of the same run
};

/// Headers by which a run knows its own messages.
inline constexpr const char* kRunHeader = "punnet-run";
inline constexpr const char* kRowHeader = "punnet-row";

/// Publishes every purchase as one message, rows of a partition in their order. Each message says
/// its run and row in headers, so a run that died anywhere goes on after the last row that each
/// partition holds: nothing is missing, nothing comes twice. One attempt of a run at a time.
///
/// `progress(done)` is told how many rows the topic holds, after each append. When `stop` is
/// requested, kCancelled; the same run can be taken up later.
Result<PublishSummary> publish(std::span<const Purchase> purchases, const TopicInfo& topic,
                               const PublishConfig& config, const PublishPorts& ports, Retry& retry,
                               const std::stop_token& stop,
                               const std::function<void(std::int64_t done)>& progress);

}  // namespace punnet
