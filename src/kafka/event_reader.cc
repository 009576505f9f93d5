#include "kafka/event_reader.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "kafka/kafka_errors.h"
#include "ports/event_log_arguments.h"
#include "ports/read_shares.h"

namespace punnet {
namespace {

using std::chrono::milliseconds;

// A bell that was missed costs no more than this.
constexpr milliseconds kTurn{100};

// Once there is something to give, what is late is left for the next read.
constexpr milliseconds kPatienceForMore{1'000};

// Beyond this a share of a read's bytes would not be exact; nobody holds so much in memory.
constexpr std::size_t kMostBytes = std::size_t{1} << 52U;

// What librdkafka keeps of an event besides its bytes.
constexpr std::size_t kOverheadBytes = 160;

Error outside(const TopicInfo& topic, Partition partition, Offset offset,
              const OffsetBounds& held) {
  return {ErrorCode::kInvalid, "position " + std::to_string(offset) + " of partition " +
                                   std::to_string(partition) + " of " + quoted_topic(topic.name) +
                                   " is outside of what is held, " + std::to_string(held.start) +
                                   " to " + std::to_string(held.next)};
}

}  // namespace

void Bell::ring() {
  const std::scoped_lock lock(mutex_);
  ++count_;
  rung_.notify_all();
}

std::int64_t Bell::count() const {
  const std::scoped_lock lock(mutex_);
  return count_;
}

void Bell::wait(std::int64_t seen, Clock::time_point until, const CallContext& call) {
  std::unique_lock lock(mutex_);
  rung_.wait_until(lock, call.stop(), std::min(until, call.deadline()),
                   [&] { return count_ > seen; });
}

Result<std::unique_ptr<EventReader>> EventReader::make(const TopicInfo& topic,
                                                       const KafkaProperties& properties,
                                                       std::size_t queue_bytes, TopicAdmin& admin) {
  std::unique_ptr<EventReader> reader(new EventReader(topic, admin));
  // Half for the bytes of events and half for what comes on top; each partition has its part.
  const auto partitions = static_cast<std::size_t>(std::max(1, topic.partitions));
  const auto part = std::max<std::size_t>(queue_bytes / 2 / partitions, std::size_t{64} << 10U);
  auto own = properties;
  own["queued.max.messages.kbytes"] = std::to_string(std::min<std::size_t>(part >> 10U, 2'097'151));
  own["queued.min.messages"] =
      std::to_string(std::clamp<std::size_t>(part / kOverheadBytes, 1, 10'000'000));
  PUNNET_TRY(reader->client_, KafkaClient::make(RD_KAFKA_CONSUMER, own));
  return reader;
}

EventReader::~EventReader() {
  // Queues are let go of before their client.
  feeds_.clear();
}

PartitionFeed& EventReader::feed(Partition partition) {
  auto& feed = feeds_[partition];
  if (feed == nullptr) {
    QueuePtr queue(rd_kafka_queue_get_partition(client_->get(), topic_.name.c_str(), partition));
    rd_kafka_queue_forward(queue.get(), nullptr);
    rd_kafka_queue_cb_event_enable(
        queue.get(), [](rd_kafka_t*, void* bell) { static_cast<Bell*>(bell)->ring(); }, &bell_);
    feed = std::make_unique<PartitionFeed>(partition, std::move(queue));
  }
  return *feed;
}

Result<std::vector<EventRun>> EventReader::read(const Positions& from, const ReadLimit& limit,
                                                milliseconds wait, const CallContext& call) {
  const auto wait_end = Clock::now() + wait;
  PUNNET_TRY(bool asked, align(from, call));
  while (true) {
    const auto seen = bell_.count();
    if (held(from) > 0) {
      PUNNET_TRY(auto runs, gather(from, limit, call));
      if (!runs.empty()) return runs;
      PUNNET_TRY(const bool again, align(from, call));
      asked = asked || again;
      if (held(from) > 0) continue;
    }
    PUNNET_CHECK(call.check("reading " + quoted_topic(topic_.name)));
    if (Clock::now() >= wait_end) {
      // Only a broker that answers can say that there is nothing.
      if (wait.count() > 0 && !client_->health().is_troubled()) return std::vector<EventRun>{};
      if (asked) return std::vector<EventRun>{};
      PUNNET_CHECK(ask_ends(from, call));
      client_->health().clear();
      asked = true;
      continue;
    }
    bell_.wait(seen, std::min(wait_end, Clock::now() + kTurn), call);
  }
}

Result<bool> EventReader::align(const Positions& from, const CallContext& call) {
  PUNNET_CHECK(leave_others(from));
  const bool aligned = std::ranges::all_of(from, [&](const auto& at) {
    const auto there = feeds_.find(at.first);
    return assigned_.contains(at.first) && there != feeds_.end() &&
           there->second->next() == at.second && !there->second->wants_refetch();
  });
  if (aligned) return false;
  PUNNET_CHECK(assign(from, call));
  return true;
}

/// They are given back, not paused: a client that is told to go on with a partition right after it
/// was assigned may never begin to fetch it (librdkafka issues 2190 and 5591).
Status EventReader::leave_others(const Positions& from) {
  const PartitionListPtr others(rd_kafka_topic_partition_list_new(1));
  for (const Partition partition : assigned_) {
    if (from.contains(partition)) continue;
    rd_kafka_topic_partition_list_add(others.get(), topic_.name.c_str(), partition);
  }
  if (others->cnt == 0) return ok();
  const KafkaErrorPtr error(rd_kafka_incremental_unassign(client_->get(), others.get()));
  if (error != nullptr) {
    return kafka_error(rd_kafka_error_code(error.get()), "leaving " + quoted_topic(topic_.name),
                       rd_kafka_error_string(error.get()));
  }
  for (int i = 0; i < others->cnt; ++i) assigned_.erase(others->elems[i].partition);
  return ok();
}

Status EventReader::assign(const Positions& from, const CallContext& call) {
  std::vector<Partition> partitions;
  for (const auto& [partition, offset] : from) partitions.push_back(partition);
  PUNNET_TRY(const auto bounds, admin_.bounds(topic_, partitions, call));
  for (const auto& [partition, offset] : from) {
    const auto& held = bounds.at(partition);
    if (offset < held.start || offset > held.next) {
      return outside(topic_, partition, offset, held);
    }
  }
  PartitionListPtr list(rd_kafka_topic_partition_list_new(static_cast<int>(from.size())));
  assigned_.clear();
  for (const auto& [partition, offset] : from) {
    feed(partition).start_at(offset, bounds.at(partition).next);
    rd_kafka_topic_partition_list_add(list.get(), topic_.name.c_str(), partition)->offset = offset;
  }
  const auto error = rd_kafka_assign(client_->get(), list.get());
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return kafka_error(error, "beginning to read " + quoted_topic(topic_.name));
  }
  for (const auto& [partition, offset] : from) assigned_.insert(partition);
  return ok();
}

Status EventReader::ask_ends(const Positions& from, const CallContext& call) {
  std::vector<Partition> partitions;
  for (const auto& [partition, offset] : from) partitions.push_back(partition);
  PUNNET_TRY(const auto bounds, admin_.bounds(topic_, partitions, call));
  for (const auto& [partition, held] : bounds) feed(partition).note_end(held.next);
  return ok();
}

std::int64_t EventReader::held(const Positions& from) {
  std::int64_t sum = 0;
  for (const auto& [partition, offset] : from) sum += feed(partition).held();
  return sum;
}

Result<std::vector<EventRun>> EventReader::gather(const Positions& from, const ReadLimit& limit,
                                                  const CallContext& call) {
  std::vector<PartitionFeed*> feeds;
  std::vector<std::int64_t> held;
  for (const auto& [partition, offset] : from) {
    feeds.push_back(&feed(partition));
    held.push_back(feeds.back()->held());
  }
  const auto shares = read_shares(held, limit.events);
  std::int64_t shares_left = 0;
  std::vector<std::size_t> fullest_first;
  for (std::size_t i = 0; i < feeds.size(); ++i) {
    shares_left += shares[i];
    if (shares[i] > 0) fullest_first.push_back(i);
  }
  std::ranges::stable_sort(fullest_first, [&](auto a, auto b) { return held[a] > held[b]; });

  std::vector<std::optional<EventRun>> runs(feeds.size());
  auto bytes_left = std::min(limit.bytes, kMostBytes);
  bool is_first = true;
  std::optional<CallContext::Clock::time_point> first_came;
  for (const auto i : fullest_first) {
    const double part = static_cast<double>(shares[i]) / static_cast<double>(shares_left);
    const Share share{.events = shares[i],
                      .bytes = static_cast<std::size_t>(static_cast<double>(bytes_left) * part),
                      .at_least_one = is_first,
                      .headers = limit.headers};
    RunBuilder run(feeds[i]->partition(), feeds[i]->next());
    const auto until =
        first_came
            ? CallContext(std::min(*first_came + kPatienceForMore, call.deadline()), call.stop())
            : call;
    auto taken = take_from(*feeds[i], share, run, until);
    const bool came = !run.empty();
    if (!taken && !first_came && !came) return std::move(taken).error();
    shares_left -= shares[i];
    bytes_left -= std::min(bytes_left, run.bytes());
    if (came) {
      runs[i] = run.seal();
      is_first = false;
      if (!first_came) first_came = Clock::now();
    }
    if (!taken) break;
  }
  std::vector<EventRun> all;
  for (auto& run : runs) {
    if (run) all.push_back(*std::move(run));
  }
  return all;
}

Status EventReader::take_from(PartitionFeed& feed, const Share& share, RunBuilder& run,
                              const CallContext& call) {
  const auto begin = Clock::now();
  const std::string what = "reading " + quoted_topic(topic_.name);
  auto until = call.deadline();
  while (true) {
    const auto seen = bell_.count();
    const bool was_empty = run.events() == 0;
    auto taken = feed.take(share, run);
    if (!taken) return reading_failed(std::move(taken).error(), feed.partition(), call);
    if (run.events() > 0) client_->health().clear();
    if (*taken != PartitionFeed::Taken::kAll || feed.at_end()) return ok();
    if (run.events() == 0) {
      PUNNET_CHECK(call.check(what));
      if (auto reason = client_->health().reason_to_give_up(begin)) {
        return with_context(*std::move(reason), what);
      }
    } else {
      if (was_empty) until = std::min(until, Clock::now() + kPatienceForMore);
      if (call.cancelled() || Clock::now() >= until) return ok();
    }
    bell_.wait(seen, std::min(until, Clock::now() + kTurn), call);
  }
}

/// The client's error for a partition, made clear. The partition is fetched anew by the next read.
Error EventReader::reading_failed(Error error, Partition partition, const CallContext& call) {
  const auto at = feed(partition).next();
  assigned_.erase(partition);
  if (error.code == ErrorCode::kInvalid) {
    const auto bounds = admin_.bounds(topic_, std::vector{partition}, call);
    if (!bounds) return bounds.error();
    const auto& held = bounds->at(partition);
    if (at < held.start || at > held.next) return outside(topic_, partition, at, held);
    return {ErrorCode::kUnavailable, std::move(error.message)};
  }
  return with_context(std::move(error), quoted_topic(topic_.name));
}

}  // namespace punnet
