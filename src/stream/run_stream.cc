#include "stream/run_stream.h"

#include <algorithm>
#include <map>
#include <numeric>
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

/// A member of a group looks so often whether partitions are asked back, which others wait for.
constexpr milliseconds kLongestPollInGroup{200};

/// How soon it is noticed that a commit is done, when nothing else happens.
constexpr milliseconds kLongestPollInCommit{50};

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

bool contains(const std::vector<Partition>& partitions, Partition partition) {
  return std::find(partitions.begin(), partitions.end(), partition) != partitions.end();
}

/// A commit under way. Of the thread that commits, while it does.
struct Commit {
  Timestamp started;
  std::chrono::microseconds took{0};
  std::int64_t batches = 0;
  Positions next;  // what was to be read next when it began
  std::vector<StoredRecommendation> lists;
  std::optional<Status> ended;  // absent before, and again when it has to be tried once more
};

class Stream {
 public:
  Stream(const StreamPorts& ports, const StreamConfig& config, StreamObserver& observer,
         std::stop_token stop)
      : ports_(ports),
        config_(config),
        observer_(observer),
        stop_(std::move(stop)),
        retry_(make_retry(0, stop_)),
        commit_retry_(make_retry(1, stop_)),
        trigger_(config.trigger),
        watch_(ports.models, config.unknown_users, lists_ahead(config), ports.clock),
        caches_(config.apply.lookup_cache_bytes) {}

  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() {
    if (ports_.background != nullptr) ports_.background->wait();
  }

  Result<StreamSummary> run() {
    PUNNET_CHECK(begin());
    Status ended = loop();
    // A batch that was given up takes nothing from those before it.
    if (ended || ended.error().code == ErrorCode::kCancelled) {
      PUNNET_CHECK(commit());
      PUNNET_CHECK(history_writer_->finish());
      // A stop does not wait for what takes long: the next start counts it from the table.
      const bool leaves_it = stop_.stop_requested() && histories_->wants_write_back();
      if (!leaves_it) PUNNET_CHECK(history_writer_->write_all());
    }
    PUNNET_CHECK(std::move(ended));
    summary_.next = ports_.sink.positions();
    return summary_;
  }

 private:
  Retry make_retry(std::uint64_t seed, std::stop_token stop) {
    RetryConfig config = config_.retry;
    config.seed += seed;
    return {config, ports_.sleep, std::move(stop),
            [this](std::string_view what, const Error& error, milliseconds delay) {
              observer_.waiting(what, error, delay);
            }};
  }

  Status begin() {
    PUNNET_TRY(topic_, retry_("describing the topic", [&](const CallContext& call) {
                 return ports_.log.describe_topic(config_.topic, call);
               }));
    PUNNET_CHECK(retry_("loading the model", [&](const CallContext& call) {
      return watch_.open(ports_.clock.now(), call);
    }));
    observer_.lists_planned(watch_.recommender().model().version, watch_.lists_ahead());
    histories_.emplace(ports_.histories, ports_.committed, topic_.id, config_.histories);
    const auto make = [this](std::uint64_t seed, std::stop_token stop) {
      return make_retry(seed, std::move(stop));
    };
    history_writer_.emplace(*histories_, ports_, config_, observer_, make, stop_);
    PUNNET_TRY(const auto bounds, ask_bounds());
    end_ = latest_;
    return is_member() ? ok() : take_up(all_partitions(), bounds);
  }

  /// Whether partitions are shared with others.
  bool is_member() const { return ports_.membership != nullptr && !is_drain(); }

  std::vector<Partition> all_partitions() const {
    std::vector<Partition> all(static_cast<std::size_t>(topic_.partitions));
    std::iota(all.begin(), all.end(), 0);
    return all;
  }

  /// Begins to read these partitions too, each where the table ends.
  Status take_up(const std::vector<Partition>& partitions,
                 const std::vector<OffsetBounds>& bounds) {
    Positions table = ports_.sink.positions();
    // What is wrong with the partitions of others is for them to say.
    std::erase_if(table, [&](const auto& at) {
      return at.first < topic_.partitions && !contains(partitions, at.first);
    });
    PUNNET_TRY(
        const Positions start,
        start_positions(topic_, bounds, table, config_.starting_offsets, config_.on_data_loss));
    for (const Partition partition : partitions) {
      const auto begin = start.find(partition);
      if (begin == start.end()) {
        return Error{ErrorCode::kUnavailable, "the group gave partition " +
                                                  std::to_string(partition) + " of topic \"" +
                                                  topic_.name + "\", which the log does not know"};
      }
      next_[partition] = begin->second;
      // "Latest" is what it was when the stream began, whoever read the partition since.
      const bool is_new = !table.contains(partition) && end_.contains(partition);
      const bool from_end = config_.starting_offsets == StartingOffsets::kLatest;
      if (is_new && from_end) next_[partition] = std::min(next_[partition], end_[partition]);
    }
    PUNNET_CHECK(catch_up());
    PUNNET_TRY(const bool lost, record_gaps(bounds));
    static_cast<void>(lost);
    return ok();
  }

  /// Lets partitions go and takes others up, as the group decided.
  Status follow_group() {
    if (!is_member()) return ok();
    PUNNET_TRY(const ShareChange change, ports_.membership->poll());
    if (change.empty()) return ok();
    PUNNET_CHECK(history_writer_->cut_short());
    for (const Partition partition : change.lost) {
      ports_.sink.drop(partition);
      let_go(partition);
    }
    PUNNET_CHECK(commit());
    PUNNET_CHECK(history_writer_->cut_short());
    if (!change.revoked.empty()) {
      // Others wait: what would take long they count from the table of purchases themselves.
      if (!histories_->wants_write_back()) PUNNET_CHECK(history_writer_->write_all());
      for (const Partition partition : change.revoked) let_go(partition);
      ports_.membership->release();
    }
    if (!change.assigned.empty()) {
      PUNNET_CHECK(take_up_anew(change.assigned));
      // Who had them may have died before it could note how far it came.
      note_offsets();
    }
    observer_.share_changed(change, next_);
    return ok();
  }

  void let_go(Partition partition) {
    next_.erase(partition);
    histories_->take_back(partition);
  }

  /// The same for partitions that others have read and committed meanwhile.
  Status take_up_anew(const std::vector<Partition>& partitions) {
    PUNNET_CHECK(retry_("reading the table's positions",
                        [&](const CallContext& call) { return ports_.sink.refresh(call); }));
    // Somebody who slept through a change of the group may have moved partitions held here.
    CommitOutcome seen;
    seen.next = ports_.sink.positions();
    PUNNET_CHECK(go_on_elsewhere(seen, Positions{next_}));
    if (*std::max_element(partitions.begin(), partitions.end()) >= topic_.partitions) {
      PUNNET_TRY(topic_, retry_("describing the topic", [&](const CallContext& call) {
                   return ports_.log.describe_topic(config_.topic, call);
                 }));
    }
    // Asked after the table: others go on committing.
    PUNNET_TRY(const auto bounds, ask_bounds());
    return take_up(partitions, bounds);
  }

  Status loop() {
    int empty_polls = 0;
    while (!stop_.stop_requested() && !is_drained() && !has_enough()) {
      if (auto followed = follow_group(); !followed) return given_up(std::move(followed).error());
      PUNNET_CHECK(commit_if_due());
      if (!is_time()) continue;
      swap_model();
      const Timestamp started = ports_.clock.now();
      trigger_.began(started);
      PUNNET_TRY(const auto runs, read());
      if (!runs.empty()) {
        empty_polls = 0;
        PUNNET_CHECK(apply(runs, started));
        if (config_.commit.every_batch) PUNNET_CHECK(commit_batch());
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

  bool has_enough() const {
    return config_.max_batches > 0 && summary_.batches >= config_.max_batches;
  }

  /// True when the next batch may begin; otherwise sleeps until then, or until rows are old enough
  /// to be committed.
  bool is_time() {
    const Timestamp now = ports_.clock.now();
    if (!trigger_.next() || now >= *trigger_.next()) return true;
    Timestamp until = std::min(*trigger_.next(), commit_due().value_or(*trigger_.next()));
    if (is_member() || commit_) until = std::min(until, now + longest_poll());
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
    if (!oldest_) return longest_poll();
    const auto left = std::chrono::ceil<milliseconds>(*commit_due() - ports_.clock.now());
    return std::clamp(left, milliseconds{0}, longest_poll());
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
    const ApplyPorts ports{ports_.own_purchases, ports_.items, *histories_,
                           ports_.sink,          ports_.clock, ports_.feed};
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

  /// The longest wait for something to happen.
  milliseconds longest_poll() const {
    if (commit_) return kLongestPollInCommit;
    return is_member() ? kLongestPollInGroup : kLongestPoll;
  }

  /// Batches go on while one commit is under way, until too much waits for it and the next one.
  Status commit_if_due() {
    if (commit_) {
      const bool done = ports_.background == nullptr || ports_.background->is_idle();
      if (!done && ports_.sink.pending_bytes() < config_.commit.most_backlog()) return ok();
      PUNNET_CHECK(end_commit());
    }
    const bool full = ports_.sink.pending_bytes() >= config_.commit.bytes;
    const bool old = oldest_ && ports_.clock.now() >= *commit_due();
    return full || old ? begin_commit() : ok();
  }

  /// Each batch by itself: the one before is waited for.
  Status commit_batch() {
    PUNNET_CHECK(end_commit());
    return begin_commit();
  }

  /// Commits all there is, and waits until it is done.
  Status commit() {
    PUNNET_CHECK(end_commit());
    PUNNET_CHECK(begin_commit());
    return end_commit();
  }

  Status begin_commit() {
    if (!oldest_) return ok();
    PUNNET_CHECK(ports_.sink.begin_commit());
    commit_.emplace();
    commit_->started = ports_.clock.now();
    commit_->batches = std::exchange(batches_to_commit_, 0);
    commit_->next = next_;
    commit_->lists.reserve(lists_.size());
    for (const auto& [user, list] : lists_) commit_->lists.push_back(list);
    lists_.clear();
    oldest_.reset();
    if (ports_.background == nullptr) return end_commit();
    ports_.background->start([this] { commit_->ended = run_commit(); });
    return ok();
  }

  /// Beside the batches. Lists first: they may run ahead of the table, since the same events give
  /// the same again.
  Status run_commit() {
    if (!commit_->lists.empty()) {
      PUNNET_CHECK(commit_retry_("storing recommendations", [&](const CallContext& call) {
        return ports_.recommendations.put(commit_->lists, call);
      }));
      commit_->lists.clear();
    }
    PUNNET_CHECK(commit_retry_(
        "committing rows", [&](const CallContext& call) { return ports_.sink.run_commit(call); }));
    commit_->took = ports_.clock.now() - commit_->started;
    return ok();
  }

  /// Waits for the commit under way, which is tried again when it has failed before. Histories
  /// come last: they must not run ahead of the table.
  Status end_commit() {
    if (!commit_) return ok();
    if (ports_.background != nullptr) ports_.background->wait();
    Status ended = commit_->ended ? *std::exchange(commit_->ended, std::nullopt) : run_commit();
    PUNNET_CHECK(std::move(ended));
    const CommitOutcome outcome = ports_.sink.end_commit();
    const Commit commit = *std::exchange(commit_, std::nullopt);
    ++summary_.commits;
    observer_.committed({outcome, commit.took, commit.batches});
    PUNNET_CHECK(go_on_elsewhere(outcome, commit.next));
    PUNNET_CHECK(history_writer_->write_if_due());
    note_offsets();
    return ok();
  }

  /// Goes on behind another writer, in partitions where it was first and in those where it alone
  /// has committed since we stood at `expected`.
  Status go_on_elsewhere(const CommitOutcome& outcome, const Positions& expected) {
    bool moved = false;
    for (auto& [partition, next] : next_) {
      const auto held = outcome.next.find(partition);
      if (held == outcome.next.end()) continue;
      const bool lost =
          std::find(outcome.lost.begin(), outcome.lost.end(), partition) != outcome.lost.end();
      const auto ours = expected.find(partition);
      if (!lost && ours != expected.end() && ours->second == held->second) continue;
      PUNNET_CHECK(history_writer_->cut_short());
      next = held->second;
      moved = true;
      histories_->take_back(partition);
      observer_.partition_lost(partition, next);
    }
    return moved ? catch_up() : ok();
  }

  /// Those of others are theirs to count.
  Status catch_up() {
    return retry_("counting committed purchases", [&](const CallContext& call) {
      return histories_->catch_up(committed_of_mine(), call);
    });
  }

  /// The table's positions in the partitions that are read here.
  Positions committed_of_mine() const {
    Positions mine = ports_.sink.positions();
    std::erase_if(mine, [&](const auto& at) { return !next_.contains(at.first); });
    return mine;
  }

  /// For other tools only; the stream itself never reads it back.
  void note_offsets() {
    const auto call = CallContext::within(config_.retry.call_timeout);
    const auto noted = is_member() ? ports_.membership->note_offsets(committed_of_mine(), call)
                                   : ports_.log.commit_offsets(config_.group, topic_,
                                                               ports_.sink.positions(), call);
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
  Retry commit_retry_;
  Trigger trigger_;
  ModelWatch watch_;
  LookupCaches caches_;
  std::optional<HistoryCache> histories_;
  std::optional<HistoryWriter> history_writer_;
  TopicInfo topic_;
  Positions next_;    // what is read next, in the partitions that are this stream's
  Positions end_;     // the log's ends at the start: where a drain ends
  Positions latest_;  // the log's ends when last asked
  Timestamp bounds_asked_;
  std::optional<Timestamp> previous_start_;
  std::optional<Timestamp> oldest_;  // when the first row that no commit has was ready
  std::optional<Commit> commit_;
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
