#pragma once

#include <chrono>
#include <span>
#include <string>

#include "stream/stream_observer.h"

namespace punnet {

/// What is printed below a batch's table: precision, duration, lag, and where the time went.
std::string progress_text(const BatchReport& batch);

/// "1.3 ms", "2.41 s".
std::string short_duration(std::chrono::microseconds duration);

/// The value below which the share `q` of `values` lies, by nearest rank; zero without values.
std::chrono::microseconds percentile(std::span<const std::chrono::microseconds> values, double q);

}  // namespace punnet
