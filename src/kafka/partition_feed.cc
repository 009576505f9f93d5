#include "kafka/partition_feed.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "kafka/kafka_errors.h"

namespace punnet {
namespace {

constexpr std::size_t kTakenAtOnce = 1'000;

std::string_view key_of(const rd_kafka_message_t& message) {
  return {static_cast<const char*>(message.key), message.key == nullptr ? 0 : message.key_len};
}

std::string_view value_of(const rd_kafka_message_t& message) {
  return {static_cast<const char*>(message.payload), message.payload == nullptr ? 0 : message.len};
}

EventHeaders headers_of(const rd_kafka_message_t& message) {
  EventHeaders headers;
  rd_kafka_headers_t* found = nullptr;
  if (rd_kafka_message_headers(&message, &found) != RD_KAFKA_RESP_ERR_NO_ERROR) return headers;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0;
       rd_kafka_header_get_all(found, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
    headers.emplace_back(name, value == nullptr
                                   ? std::string()
                                   : std::string(static_cast<const char*>(value), size));
  }
  return headers;
}

}  // namespace

void RunBuilder::add(const rd_kafka_message_t& message, bool headers) {
  const auto key = key_of(message);
  const auto value = value_of(message);
  run_.storage.insert(run_.storage.end(), key.begin(), key.end());
  run_.storage.insert(run_.storage.end(), value.begin(), value.end());
  extents_.push_back({key.size(), value.size()});
  auto& event = run_.events.emplace_back();
  event.offset = message.offset;
  rd_kafka_timestamp_type_t kind{};
  event.time = Timestamp{std::chrono::milliseconds{rd_kafka_message_timestamp(&message, &kind)}};
  if (message.key != nullptr) event.key.emplace();
  if (headers) event.headers = headers_of(message);
  run_.range.next = message.offset + 1;
}

EventRun RunBuilder::seal() {
  const char* at = run_.storage.data();
  for (std::size_t i = 0; i < run_.events.size(); ++i) {
    auto& event = run_.events[i];
    if (event.key) event.key = std::string_view(at, extents_[i].key_size);
    at += extents_[i].key_size;
    event.value = std::string_view(at, extents_[i].value_size);
    at += extents_[i].value_size;
  }
  return std::move(run_);
}

void PartitionFeed::start_at(Offset next, Offset end) {
  waiting_.clear();
  continuity_.start_at(next);
  end_ = end;
  wants_refetch_ = false;
}

std::int64_t PartitionFeed::held() const {
  const auto here =
      static_cast<std::int64_t>(waiting_.size() + rd_kafka_queue_length(queue_.get()));
  return std::max(end_ - next(), here);
}

Result<PartitionFeed::Taken> PartitionFeed::take(const Share& share, RunBuilder& run) {
  while (run.events() < share.events) {
    if (wants_refetch_) return Taken::kRefetch;
    if (waiting_.empty()) PUNNET_CHECK(refill());
    if (waiting_.empty()) return Taken::kAll;
    const auto& message = *waiting_.front();
    Fit fit = Fit::kTaken;
    if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      fit = offer_end(message.offset, run);
    } else if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      auto error = kafka_error(message.err, "reading partition " + std::to_string(partition_),
                               value_of(message));
      waiting_.pop_front();
      return error;
    } else {
      fit = offer(message, share, run);
    }
    if (fit == Fit::kTooLarge) return Taken::kEnough;
    if (fit == Fit::kUnbelievable) return Taken::kRefetch;
    waiting_.pop_front();
  }
  return Taken::kEnough;
}

Status PartitionFeed::refill() {
  std::array<rd_kafka_message_t*, kTakenAtOnce> messages{};
  const auto count =
      rd_kafka_consume_batch_queue(queue_.get(), 0, messages.data(), messages.size());
  if (count < 0) {
    return kafka_error(rd_kafka_last_error(), "reading partition " + std::to_string(partition_));
  }
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    waiting_.emplace_back(messages[i]);
  }
  return ok();
}

PartitionFeed::Fit PartitionFeed::offer(const rd_kafka_message_t& message, const Share& share,
                                        RunBuilder& run) {
  if (message.partition != partition_) return Fit::kDropped;
  switch (continuity_.judge(message.offset)) {
    case OffsetContinuity::Verdict::kRepeated:
      return Fit::kDropped;
    case OffsetContinuity::Verdict::kDoubtful:
      wants_refetch_ = true;
      return Fit::kUnbelievable;
    case OffsetContinuity::Verdict::kNext:
      break;
  }
  const auto size = key_of(message).size() + value_of(message).size();
  const bool fits = run.bytes() + size <= share.bytes;
  if (!fits && !(share.at_least_one && run.events() == 0)) return Fit::kTooLarge;
  run.add(message, share.headers);
  continuity_.pass_event(message.offset);
  return Fit::kTaken;
}

/// The partition ends behind its last event where markers of transactions lie between.
PartitionFeed::Fit PartitionFeed::offer_end(Offset end, RunBuilder& run) {
  const auto verdict = continuity_.judge(end);
  if (verdict == OffsetContinuity::Verdict::kDoubtful) {
    wants_refetch_ = true;
    return Fit::kUnbelievable;
  }
  if (verdict == OffsetContinuity::Verdict::kNext) continuity_.pass_hole(end);
  run.skip_to(next());
  note_end(next());
  return Fit::kTaken;
}

}  // namespace punnet
