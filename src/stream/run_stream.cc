#include "stream/run_stream.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "stream/model_watch.h"

namespace punnet {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

/// A quiet log is asked again after so long, so that the age of rows and new models are noticed.
constexpr milliseconds kLongestPoll{1'000};

/// A drain that makes no progress for so many polls in a row has lost its log.
constexpr int kEmptyPollsOfADrain = 30;

/// How much longer lists are made ahead for users whose purchases are left out: on real groceries
/// the six best others were among the first 61 of every user.
constexpr std::size_t kSpareForPurchases = 64;

/// One longer than shown, for the event's own item.
ListsAheadConfig lists_ahead(const StreamConfig& config) {
  const ApplyConfig& apply = config.apply;
  return {.length = apply.k + 1 + (apply.exclude_purchased ? kSpareForPurchases : 0),
          .limit_bytes = apply.lookup_cache_bytes,
          .patience = config.lists_ahead_patience,
          .threads = apply.threads};
}

class Stream {
 public:
  Stream(const StreamPorts& ports, const StreamConfig& config, StreamObserver& observer,
         std::stop_token stop)
      : ports_(ports),
        config_(config),
        observer_(observer),
        stop_(std::move(stop)),
        retry_(config.retry, ports.sleep, stop_,
               [&observer](std::string_view what, const Error& error, milliseconds delay) {
                 observer.waiting(what, error, delay);
               }),
        trigger_(config.trigger),
        watch_(ports.models, config.unknown_users, lists_ahead(config), ports.clock),
        caches_(config.apply.lookup_cache_bytes) {}

  Result<StreamSummary> run() {
    PUNNET_CHECK(begin());
    Status ended = loop();
    // A batch that was given up takes nothing from those before it.
    if (ended || ended.error().code == ErrorCode::kCancelled) {
      PUNNET_CHECK(commit());
      PUNNET_CHECK(write_back());
    }
    PUNNET_CHECK(std::move(ended));
    summary_.next = ports_.sink.positions();
    return summary_;
  }

 private:
  Status begin() {
    PUNNET_TRY(topic_, retry_("describing the topic", [&](const CallContext& call) {
                 return ports_.log.describe_topic(config_.topic, call);
               }));
    PUNNET_CHECK(retry_("loading the model", [&](const CallContext& call) {
      return watch_.open(ports_.clock.now(), call);
    }));
    observer_.lists_planned(watch_.recommender().model().version, watch_.lists_ahead());
    PUNNET_TRY(const auto bounds, ask_bounds());
    PUNNET_TRY(next_, start_positions(topic_, bounds, ports_.sink.positions(),
                                      config_.starting_offsets, config_.on_data_loss));
    if (is_drain()) end_ = latest_;
    histories_.emplace(ports_.histories, ports_.committed, topic_.id, config_.histories);
    PUNNET_CHECK(catch_up());
    PUNNET_TRY(const bool lost, record_gaps(bounds));
    static_cast<void>(lost);
    return ok();
  }

  Status loop() {
    int empty_polls = 0;
    while (!stop_.stop_requested() && !is_drained()) {
      PUNNET_CHECK(commit_if_due());
      if (!is_time()) continue;
      swap_model();
      const Timestamp started = ports_.clock.now();
      trigger_.began(started);
      PUNNET_TRY(const auto runs, read());
      if (!runs.empty()) {
        empty_polls = 0;
        PUNNET_CHECK(apply(runs, started));
        if (config_.commit.every_batch) PUNNET_CHECK(commit());
      } else if (is_drain() && ++empty_polls == kEmptyPollsOfADrain) {
        return Error{ErrorCode::kTimeout,
                     "the log of topic \"" + topic_.name + "\" gave no more events before its end"};
      }
    }
    return ok();
  }

  bool is_drain() const { return trigger_.kind() == TriggerKind::kAvailableNow; }

  bool is_drained() const {
    return is_drain() && std::all_of(next_.begin(), next_.end(), [&](const auto& at) {
             return at.second >= end_.at(at.first);
           });
  }

  /// True when the next batch may begin; otherwise sleeps until then, or until rows are old enough
  /// to be committed.
  bool is_time() {
    const Timestamp now = ports_.clock.now();
    if (!trigger_.next() || now >= *trigger_.next()) return true;
    const Timestamp until = std::min(*trigger_.next(), commit_due().value_or(*trigger_.next()));
    if (until > now) ports_.sleep(until - now, stop_);
    return false;
  }

  /// When the oldest row that is not committed reaches its age.
  std::optional<Timestamp> commit_due() const {
    if (!oldest_) return std::nullopt;
    return *oldest_ + config_.commit.age;
  }

  /// How long a read may wait for a first event.
  milliseconds patience() const {
    if (trigger_.kind() == TriggerKind::kInterval) return milliseconds{0};
    if (!oldest_) return kLongestPoll;
    const auto left = std::chrono::ceil<milliseconds>(*commit_due() - ports_.clock.now());
    return std::clamp(left, milliseconds{0}, kLongestPoll);
  }

  Result<std::vector<EventRun>> read() {
    Positions from = next_;
    if (is_drain()) {
      std::erase_if(from, [&](const auto& at) { return at.second >= end_.at(at.first); });
    }
    ReadLimit limit;
    limit.events = config_.max_offsets_per_trigger;
    const milliseconds wait = patience();
    auto runs = retry_("reading the log", [&](const CallContext&) {
      const auto call = CallContext::within(config_.retry.call_timeout + wait, stop_);
      return ports_.log.read(topic_, from, limit, wait, call);
    });
    if (!runs) {
      // A stop ends a wait for events, or for the log, and that is no failure.
      const ErrorCode code = runs.error().code;
      const bool stopped = code == ErrorCode::kCancelled || is_retriable(code);
      if (stop_.stop_requested() && stopped) return std::vector<EventRun>{};
      if (code == ErrorCode::kInvalid) {
        PUNNET_TRY(const bool lost, was_data_lost());
        if (lost) return std::vector<EventRun>{};
      }
      return std::move(runs).error();
    }
    if (is_drain()) cut_runs(*runs, end_);
    return runs;
  }

  /// Whether a read was refused because the log dropped events that were next; they are then on
  /// record, or an error says so. A topic that was made anew is no such case.
  Result<bool> was_data_lost() {
    PUNNET_TRY(const auto topic, retry_("describing the topic", [&](const CallContext& call) {
                 return ports_.log.describe_topic(config_.topic, call);
               }));
    if (topic.id != topic_.id) return false;
    PUNNET_TRY(const auto bounds, ask_bounds());
    return record_gaps(bounds);
  }

  /// Goes on behind events that the log no longer holds. True when there are any.
  Result<bool> record_gaps(const std::vector<OffsetBounds>& bounds) {
    bool lost = false;
    for (auto& [partition, next] : next_) {
      const OffsetBounds held = bounds[static_cast<std::size_t>(partition)];
      if (next >= held.start) continue;
      if (config_.on_data_loss == OnDataLoss::kFail) {
        PUNNET_CHECK(commit());  // what was read before is not in the log any more either
        return data_loss(topic_, partition, next, held);
      }
      const OffsetRange gap{next, held.start};
      EnrichedRun run{partition, gap, {}, {}, true};
      PUNNET_CHECK(retry_.once([&](const CallContext& call) {
        return ports_.sink.append(std::move(run), watch_.recommender().model().version, call);
      }));
      histories_->note({partition, gap, {}, {}, 0});
      next = held.start;
      lost = true;
      if (!oldest_) oldest_ = ports_.clock.now();
      observer_.data_lost(partition, gap);
    }
    return lost;
  }

  Status apply(const std::vector<EventRun>& runs, Timestamp started) {
    const Timestamp have_events = ports_.clock.now();
    const ApplyPorts ports{ports_.own_purchases, ports_.items, *histories_, ports_.sink,
                           ports_.clock};
    auto applied = apply_batch(runs, watch_.recommender(), ports, caches_, config_.apply, retry_);
    if (!applied) return given_up(std::move(applied).error());
    const BatchOutcome& outcome = *applied;
    const Timestamp ready = ports_.clock.now();

    if (!oldest_) oldest_ = ready;
    ++batches_to_commit_;
    for (const StoredRecommendation& list : outcome.lists) lists_[list.user] = list;

    BatchReport report{
        .batch_id = summary_.batches,
        .started = started,
        .since_previous = previous_start_ ? started - *previous_start_ : microseconds{0},
        .read = have_events - started,
        .took = ready - started,
        .events = outcome.rows + outcome.rejects,
        .start = {},
        .next = {},
        .latest = {},
        .model_version = watch_.recommender().model().version,
        .outcome = outcome};
    for (const EventRun& run : runs) {
      report.start[run.partition] = run.range.start;
      next_[run.partition] = run.range.next;
    }
    report.next = next_;
    report.latest = latest_known();
    previous_start_ = started;
    ++summary_.batches;
    summary_.rows += outcome.rows;
    summary_.rejects += outcome.rejects;
    summary_.unknown_fields += outcome.unknown_fields;
    observer_.batch_done(report);
    if (trigger_.is_behind(ready)) observer_.fell_behind(ready - started);
    return ok();
  }

  /// A batch that a stop ended while a store was away is left for the next start.
  Error given_up(Error error) const {
    if (!stop_.stop_requested() || !is_retriable(error.code)) return error;
    return with_context({ErrorCode::kCancelled, std::move(error.message)},
                        "the last batch was given up");
  }

  Status commit_if_due() {
    const bool full = ports_.sink.pending_bytes() >= config_.commit.bytes;
    const bool old = oldest_ && ports_.clock.now() >= *commit_due();
    return full || old ? commit() : ok();
  }

  /// Lists first: they may run ahead of the table, since the same events give the same again.
  /// Histories last: they must not.
  Status commit() {
    if (!oldest_) return ok();
    const Timestamp started = ports_.clock.now();
    PUNNET_CHECK(put_lists());
    PUNNET_TRY(const CommitOutcome outcome, retry_("committing rows", [&](const CallContext& call) {
                 return ports_.sink.commit(call);
               }));
    oldest_.reset();
    ++summary_.commits;
    observer_.committed(
        {outcome, ports_.clock.now() - started, std::exchange(batches_to_commit_, 0)});
    PUNNET_CHECK(go_on_elsewhere(outcome));
    if (histories_->wants_write_back()) PUNNET_CHECK(write_back());
    note_offsets();
    return ok();
  }

  Status put_lists() {
    std::vector<StoredRecommendation> rows;
    rows.reserve(lists_.size());
    for (const auto& [user, list] : lists_) rows.push_back(list);
    if (!rows.empty()) {
      PUNNET_CHECK(retry_("storing recommendations", [&](const CallContext& call) {
        return ports_.recommendations.put(rows, call);
      }));
    }
    lists_.clear();
    return ok();
  }

  /// Goes on behind another writer, in partitions where it was first and in those where it alone
  /// has committed.
  Status go_on_elsewhere(const CommitOutcome& outcome) {
    bool moved = false;
    for (auto& [partition, next] : next_) {
      const auto held = outcome.next.find(partition);
      if (held == outcome.next.end()) continue;
      const bool lost =
          std::find(outcome.lost.begin(), outcome.lost.end(), partition) != outcome.lost.end();
      if (!lost && next == held->second) continue;
      next = held->second;
      moved = true;
      histories_->take_back(partition);
      observer_.partition_lost(partition, next);
    }
    return moved ? catch_up() : ok();
  }

  Status catch_up() {
    return retry_("counting committed purchases", [&](const CallContext& call) {
      return histories_->catch_up(ports_.sink.positions(), call);
    });
  }

  Status write_back() {
    return retry_("writing histories", [&](const CallContext& call) {
      return histories_->write_back(ports_.sink.positions(), call);
    });
  }

  /// For other tools only; the stream itself never reads it back.
  void note_offsets() {
    const auto noted = ports_.log.commit_offsets(config_.group, topic_, ports_.sink.positions(),
                                                 CallContext::within(config_.retry.call_timeout));
    if (!noted) observer_.warned("noting the group's offsets", noted.error());
  }

  void swap_model() {
    const std::string from = watch_.recommender().model().version;
    const auto swapped =
        watch_.poll(ports_.clock.now(), CallContext::within(config_.retry.call_timeout));
    if (!swapped) {
      observer_.warned("looking for a new model", swapped.error());
    } else if (*swapped) {
      observer_.model_swapped(from, watch_.recommender().model().version);
      observer_.lists_planned(watch_.recommender().model().version, watch_.lists_ahead());
    }
  }

  Result<std::vector<OffsetBounds>> ask_bounds() {
    PUNNET_TRY(const auto bounds,
               retry_("asking for the log's bounds",
                      [&](const CallContext& call) { return ports_.log.bounds(topic_, call); }));
    bounds_asked_ = ports_.clock.now();
    for (std::size_t i = 0; i < bounds.size(); ++i) {
      latest_[static_cast<Partition>(i)] = bounds[i].next;
    }
    return bounds;
  }

  /// The log's ends, asked for once in a while only: they are for people.
  Positions latest_known() {
    if (ports_.clock.now() - bounds_asked_ >= kLongestPoll) {
      bounds_asked_ = ports_.clock.now();
      const auto bounds =
          ports_.log.bounds(topic_, CallContext::within(config_.retry.call_timeout));
      for (std::size_t i = 0; bounds && i < bounds->size(); ++i) {
        latest_[static_cast<Partition>(i)] = (*bounds)[i].next;
      }
    }
    Positions latest = latest_;
    for (const auto& [partition, next] : next_) {
      latest[partition] = std::max(latest[partition], next);
    }
    return latest;
  }

  // Fixed after construction.
  const StreamPorts& ports_;
  const StreamConfig& config_;
  StreamObserver& observer_;
  const std::stop_token stop_;

  Retry retry_;
  Trigger trigger_;
  ModelWatch watch_;
  LookupCaches caches_;
  std::optional<HistoryCache> histories_;
  TopicInfo topic_;
  Positions next_;    // what is read next
  Positions end_;     // of a drain
  Positions latest_;  // the log's ends when last asked
  Timestamp bounds_asked_;
  std::optional<Timestamp> previous_start_;
  std::optional<Timestamp> oldest_;  // when the first row after the last commit was ready
  std::int64_t batches_to_commit_ = 0;
  std::map<UserId, StoredRecommendation> lists_;  // since the last commit
  StreamSummary summary_;
};

}  // namespace

Result<StreamSummary> run_stream(const StreamPorts& ports, const StreamConfig& config,
                                 StreamObserver& observer, const std::stop_token& stop) {
  return Stream(ports, config, observer, stop).run();
}

}  // namespace punnet
