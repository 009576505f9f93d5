#include "app/stream_progress.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <vector>

#include "eval/text_table.h"

namespace punnet {
namespace {

using std::chrono::microseconds;

std::string fixed(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

}  // namespace

std::string progress_text(const BatchReport& batch) {
  const auto& outcome = batch.outcome;
  const auto& times = outcome.times;
  std::string text = "average precision " + to_text(outcome.precision);
  if (outcome.precision.events_without > 0) {
    text += " (" + with_commas(outcome.precision.events_without) +
            " events without own purchases or list)";
  }
  text += "\nduration " + short_duration(batch.to_rows_ready()) + " for " +
          with_commas(batch.events) + " events (decode " + short_duration(times.decode) +
          ", look up " + short_duration(times.fetch) + ", recommend " +
          short_duration(times.recommend) + ", join " + short_duration(times.enrich) + ", append " +
          short_duration(times.append) + "); read " + short_duration(batch.read) + "; lag " +
          with_commas(batch.lag());
  if (outcome.rejects > 0) text += "; rejected " + with_commas(outcome.rejects);
  if (outcome.unknown_fields > 0) {
    text += "; unknown fields " + with_commas(outcome.unknown_fields);
  }
  return text + "\n\n";
}

std::string short_duration(microseconds duration) {
  const auto count = static_cast<double>(duration.count());
  if (count < 1000) return std::to_string(duration.count()) + " us";
  if (count < 1e6) return fixed(count / 1e3, count < 1e4 ? 2 : 1) + " ms";
  return fixed(count / 1e6, 2) + " s";
}

microseconds percentile(std::span<const microseconds> values, double q) {
  if (values.empty()) return microseconds{0};
  std::vector<microseconds> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  const auto rank = std::ceil(q * static_cast<double>(sorted.size()));
  const auto index = static_cast<std::size_t>(std::max(1.0, rank)) - 1;
  return sorted[std::min(index, sorted.size() - 1)];
}

}  // namespace punnet
