#pragma once

#include <string>

#include "stream/stream_observer.h"

namespace punnet {

/// What identifies a stream in its progress lines.
struct ProgressIdentity {
  std::string id;      ///< the same in every run of the stream
  std::string run_id;  ///< of this run of the program
  std::string name;    ///< for people; null when empty
  std::string topic;
  std::string sink;  ///< where the rows go, for people
};

/// One line of JSON, without a line end, with the fields of Spark's StreamingQueryProgress as far
/// as they mean something here, and what Spark does not have under observedMetrics.
///
/// durationMs has fractions, since whole milliseconds would mostly read 0. Rates are left out when
/// they are not known, as Spark leaves out NaN. numOutputRows counts rows ready, not yet committed.
std::string progress_json(const BatchReport& batch, const ProgressIdentity& identity);

}  // namespace punnet
