#include "stream/progress_json.h"

#include <array>
#include <boost/json.hpp>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <string_view>

#include "base/rfc3339.h"

namespace punnet {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

double milliseconds_of(std::chrono::microseconds duration) {
  return static_cast<double>(duration.count()) / 1000.0;
}

void write(const value& from, std::string& to);

void write(double number, std::string& to) {
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  const std::string_view text(digits.data(), static_cast<std::size_t>(end - digits.data()));
  to += text;
  // Readers that guess a type from the first line must not take it for an integer.
  if (text.find_first_of(".e") == std::string_view::npos) to += ".0";
}

void write(const object& from, std::string& to) {
  char before = '{';
  for (const auto& [name, member] : from) {
    to += before;
    to += boost::json::serialize(name);
    to += ':';
    write(member, to);
    before = ',';
  }
  to += from.empty() ? "{}" : "}";
}

void write(const array& from, std::string& to) {
  char before = '[';
  for (const auto& element : from) {
    to += before;
    write(element, to);
    before = ',';
  }
  to += from.empty() ? "[]" : "]";
}

/// As people write numbers: 0.84, where Boost's own writer says 8.4E-1.
void write(const value& from, std::string& to) {
  if (const auto* members = from.if_object()) {
    write(*members, to);
  } else if (const auto* elements = from.if_array()) {
    write(*elements, to);
  } else if (const auto* number = from.if_double()) {
    write(*number, to);
  } else {
    to += boost::json::serialize(from);
  }
}

/// Rounded to a tenth, as Spark does.
void put_rate(object& to, std::string_view name, std::int64_t rows,
              std::chrono::microseconds duration) {
  if (duration.count() <= 0) return;
  const double rate = static_cast<double>(rows) * 1e6 / static_cast<double>(duration.count());
  to[name] = std::round(rate * 10.0) / 10.0;
}

object offsets(const Positions& positions, const std::string& topic) {
  object partitions;
  for (const auto& [partition, offset] : positions) partitions[std::to_string(partition)] = offset;
  return {{topic, std::move(partitions)}};
}

/// The positions of the partitions that the batch read from.
Positions of_partitions_read(const Positions& positions, const Positions& read) {
  Positions chosen;
  for (const auto& [partition, start] : read) {
    if (const auto at = positions.find(partition); at != positions.end()) chosen.insert(*at);
  }
  return chosen;
}

object durations(const BatchReport& batch) {
  const StepTimes& times = batch.outcome.times;
  return {{"addBatch", milliseconds_of(batch.to_rows_ready())},
          {"append", milliseconds_of(times.append)},
          {"decode", milliseconds_of(times.decode)},
          {"enrich", milliseconds_of(times.enrich)},
          {"fetch", milliseconds_of(times.fetch)},
          {"getBatch", milliseconds_of(batch.read)},
          {"recommend", milliseconds_of(times.recommend)},
          {"triggerExecution", milliseconds_of(batch.took)}};
}

object source(const BatchReport& batch, const ProgressIdentity& identity) {
  object source{{"description", "EventLog[" + identity.topic + "]"},
                {"startOffset", offsets(batch.start, identity.topic)},
                {"endOffset", offsets(of_partitions_read(batch.next, batch.start), identity.topic)},
                {"latestOffset", offsets(batch.latest, identity.topic)},
                {"numInputRows", batch.events}};
  put_rate(source, "inputRowsPerSecond", batch.events, batch.since_previous);
  put_rate(source, "processedRowsPerSecond", batch.events, batch.took);
  source["metrics"] = object{{"offsetsBehindLatest", batch.lag()}};
  return source;
}

object observed(const BatchOutcome& outcome) {
  const PrecisionSummary& precision = outcome.precision;
  object metrics;
  if (precision.average) {
    metrics["average_precision"] = *precision.average;
  } else {
    metrics["average_precision"] = nullptr;
  }
  metrics["counted_users"] = precision.counted_users;
  metrics["users"] = precision.users;
  metrics["events_without_precision"] = precision.events_without;
  metrics["rejected_events"] = outcome.rejects;
  metrics["unknown_fields"] = outcome.unknown_fields;
  metrics["looked_up"] = outcome.looked_up;
  return metrics;
}

}  // namespace

std::string progress_json(const BatchReport& batch, const ProgressIdentity& identity) {
  object line{{"id", identity.id}, {"runId", identity.run_id}};
  if (identity.name.empty()) {
    line["name"] = nullptr;
  } else {
    line["name"] = identity.name;
  }
  line["timestamp"] = format_rfc3339(std::chrono::floor<std::chrono::milliseconds>(batch.started));
  line["batchId"] = batch.batch_id;
  line["numInputRows"] = batch.events;
  put_rate(line, "inputRowsPerSecond", batch.events, batch.since_previous);
  put_rate(line, "processedRowsPerSecond", batch.events, batch.took);
  line["durationMs"] = durations(batch);
  line["modelVersion"] = std::string(batch.model_version);
  line["stateOperators"] = array();
  line["sources"] = array{source(batch, identity)};
  line["sink"] = object{{"description", identity.sink}, {"numOutputRows", batch.outcome.rows}};
  line["observedMetrics"] = object{{"stream", observed(batch.outcome)}};
  std::string text;
  write(line, text);
  return text;
}

}  // namespace punnet
