#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "ports/committed_purchases.h"
#include "ports/event_log.h"
#include "ports/item_tables.h"
#include "ports/model_store.h"
#include "ports/purchase_histories.h"
#include "ports/purchase_sink.h"
#include "ports/recommendation_tables.h"

namespace punnet::testing {

/// Thrown where a process is to die: everything on the stack is gone, what the world holds stays.
struct Killed {};

/// Burns with every port call, before and after its effect, and acts when it reaches the end.
class Fuse {
 public:
  /// Throws Killed at the n-th step from now; never by default.
  void kill_at(std::int64_t step) { kill_at_ = steps_ + step; }
  void disarm() { kill_at_ = -1; }
  std::int64_t steps() const { return steps_; }

  /// The next `times` calls named `what` fail with `code`, before their effect.
  void fail(std::string what, ErrorCode code, int times = 1) {
    failures_[std::move(what)] = {code, times};
  }

  /// Called for every call that a port gets.
  std::function<void(std::string_view)> on_call;

  Status before(std::string_view what) {
    burn();
    calls[std::string(what)] += 1;
    if (on_call) on_call(what);
    const auto at = failures_.find(what);
    if (at == failures_.end() || at->second.second == 0) return ok();
    --at->second.second;
    return Error{at->second.first, std::string(what) + " failed on purpose"};
  }
  void after() { burn(); }

  std::map<std::string, int, std::less<>> calls;

 private:
  void burn() {
    if (++steps_ == kill_at_) throw Killed{};
  }

  std::int64_t steps_ = 0;
  std::int64_t kill_at_ = -1;
  std::map<std::string, std::pair<ErrorCode, int>, std::less<>> failures_;
};

/// What outlives a process: a topic, a table, the tables, the models.
struct MemoryWorld {
  struct Message {
    std::optional<std::string> key;
    std::string value;
    EventHeaders headers;
    Timestamp time;
    bool is_hole = false;  ///< an offset that no reader gets to see
  };
  struct Row {
    EnrichedPurchase purchase;
    std::string model_version;
  };

  TopicInfo topic{"purchases", "topic-1", 1};
  std::vector<std::vector<Message>> log{1};
  std::map<Partition, Offset> log_starts;
  Positions group;

  std::map<std::pair<Partition, Offset>, Row> rows;
  std::map<std::pair<Partition, Offset>, RejectedEvent> rejects;
  Positions table;
  std::vector<std::pair<Partition, OffsetRange>> gaps;
  int commits = 0;
  bool repeated = false;  ///< an event became two rows or rejects

  std::map<std::pair<UserId, ItemId>, HistoryEntry> histories;
  Positions histories_at;
  OwnPurchases::ItemLists own_purchases;
  FeatureMap features;
  NameMap names;
  std::map<UserId, StoredRecommendation> recommendations;
  std::map<std::string, std::shared_ptr<const Model>, std::less<>> models;
  std::string current_model;
  std::vector<std::string> served_before;  ///< the latest last

  ManualClock clock{Timestamp{std::chrono::seconds{1'500'000'000}}};
  Fuse fuse;
  std::function<void()> while_histories_are_written = [] {};

  void set_partitions(std::int32_t partitions) {
    topic.partitions = partitions;
    log.resize(static_cast<std::size_t>(partitions));
  }
  void send(Partition partition, std::string value) {
    log[static_cast<std::size_t>(partition)].push_back(
        {std::nullopt, std::move(value), {}, clock.now(), false});
  }
};

/// A port that counts its calls and fails or dies when the world says so.
#define PUNNET_BEFORE(what) PUNNET_CHECK(world_.fuse.before(what))

class MemoryEventLog final : public EventLog {
 public:
  explicit MemoryEventLog(MemoryWorld& world) : world_(world) {}

  Result<TopicInfo> create_topic(const TopicSpec& spec, const CallContext&) override {
    PUNNET_BEFORE("create_topic");
    world_.topic.name = spec.name;
    world_.set_partitions(spec.partitions);
    return world_.topic;
  }
  Result<TopicInfo> describe_topic(std::string_view name, const CallContext&) override {
    PUNNET_BEFORE("describe_topic");
    if (name != world_.topic.name)
      return Error{ErrorCode::kAbsent, "no topic " + std::string(name)};
    return world_.topic;
  }
  Result<Offset> append(const TopicInfo&, Partition partition, std::span<const NewEvent> events,
                        const CallContext&) override {
    PUNNET_BEFORE("append");
    auto& messages = world_.log[static_cast<std::size_t>(partition)];
    const auto first = static_cast<Offset>(messages.size());
    for (const NewEvent& event : events) {
      MemoryWorld::Message message;
      if (event.key) message.key = std::string(*event.key);
      message.value = std::string(event.value);
      message.headers.assign(event.headers.begin(), event.headers.end());
      message.time = event.time.value_or(world_.clock.now());
      messages.push_back(std::move(message));
    }
    world_.fuse.after();
    PUNNET_BEFORE("append answer");
    return first;
  }
  Result<std::vector<OffsetBounds>> bounds(const TopicInfo&, const CallContext&) override {
    PUNNET_BEFORE("bounds");
    std::vector<OffsetBounds> bounds;
    for (std::size_t p = 0; p < world_.log.size(); ++p) {
      bounds.push_back(
          {start(static_cast<Partition>(p)), static_cast<Offset>(world_.log[p].size())});
    }
    return bounds;
  }
  /// Splits the limit evenly; deaf to `wait`.
  Result<std::vector<EventRun>> read(const TopicInfo& topic, const Positions& from,
                                     const ReadLimit& limit, std::chrono::milliseconds,
                                     const CallContext&) override {
    PUNNET_BEFORE("read");
    if (topic.id != world_.topic.id) return Error{ErrorCode::kInvalid, "another topic"};
    std::vector<EventRun> runs;
    const auto share = std::max<std::int64_t>(
        1, limit.events / std::max<std::int64_t>(1, static_cast<std::int64_t>(from.size())));
    for (const auto& [partition, at] : from) {
      const auto& messages = world_.log[static_cast<std::size_t>(partition)];
      const auto end = static_cast<Offset>(messages.size());
      if (at > end || at < start(partition))
        return Error{ErrorCode::kInvalid, "outside of the log"};
      if (at == end) continue;
      EventRun& run = runs.emplace_back();
      run.partition = partition;
      run.range = {at, std::min(end, at + share)};
      std::size_t bytes = 0;
      for (Offset offset = at; offset < run.range.next; ++offset) {
        const auto& message = messages[static_cast<std::size_t>(offset)];
        bytes += message.value.size() + message.key.value_or("").size();
      }
      run.storage.reserve(bytes);
      for (Offset offset = at; offset < run.range.next; ++offset) {
        const auto& message = messages[static_cast<std::size_t>(offset)];
        if (message.is_hole) continue;
        Event event;
        event.offset = offset;
        event.time = message.time;
        if (message.key) event.key = kept(run, *message.key);
        event.value = kept(run, message.value);
        if (limit.headers) event.headers = message.headers;
        run.events.push_back(std::move(event));
      }
    }
    return runs;
  }
  Status commit_offsets(std::string_view, const TopicInfo&, const Positions& next,
                        const CallContext&) override {
    PUNNET_BEFORE("commit_offsets");
    world_.group = next;
    world_.fuse.after();
    return ok();
  }
  Result<Positions> committed_offsets(std::string_view, const TopicInfo&,
                                      const CallContext&) override {
    PUNNET_BEFORE("committed_offsets");
    return world_.group;
  }

 private:
  static std::string_view kept(EventRun& run, std::string_view text) {
    const auto at = run.storage.size();
    run.storage.insert(run.storage.end(), text.begin(), text.end());
    return {run.storage.data() + at, text.size()};
  }

  Offset start(Partition partition) const {
    const auto at = world_.log_starts.find(partition);
    return at == world_.log_starts.end() ? 0 : at->second;
  }

  MemoryWorld& world_;
};

/// Holds what is appended until it is committed, and finds out then whether another writer was
/// first.
class MemorySink final : public PurchaseSink {
 public:
  explicit MemorySink(MemoryWorld& world)
      : world_(world), positions_(world.table), appended_(world.table) {}

  const Positions& positions() const override { return positions_; }

  Status append(EnrichedRun run, std::string_view model_version, const CallContext&) override {
    PUNNET_BEFORE("sink append");
    const auto at = appended_.find(run.partition);
    if (at != appended_.end() && at->second != run.range.start) {
      return Error{ErrorCode::kInternal, "a run that does not follow the last one"};
    }
    appended_[run.partition] = run.range.next;
    pending_.emplace_back(std::move(run), std::string(model_version));
    return ok();
  }
  std::size_t pending_bytes() const override {
    return static_cast<std::size_t>(pending_rows()) * sizeof(EnrichedPurchase);
  }
  std::int64_t pending_rows() const override { return rows(pending_) + rows(committing_); }

  void drop(Partition partition) override {
    std::erase_if(pending_, [&](const auto& run) { return run.first.partition == partition; });
    find_ends();
  }

  Status refresh(const CallContext&) override {
    PUNNET_BEFORE("sink refresh");
    if (is_committing_ || !pending_.empty()) {
      return Error{ErrorCode::kInternal, "rows wait for a commit"};
    }
    positions_ = world_.table;
    find_ends();
    return ok();
  }

  Status begin_commit() override {
    if (!std::exchange(is_committing_, true)) committing_ = std::exchange(pending_, {});
    return ok();
  }

  Status run_commit(const CallContext&) override {
    PUNNET_BEFORE("sink commit");
    outcome_ = {};
    for (const auto& [partition, next] : world_.table) {
      const auto ours = positions_.find(partition);
      const bool moved = ours == positions_.end() || ours->second != next;
      if (moved && start(committing_, partition)) outcome_.lost.push_back(partition);
    }
    for (auto& [run, model_version] : committing_) {
      if (is_lost(run.partition)) continue;
      for (auto& row : run.rows) {
        const auto key = std::pair{row.partition, row.offset};
        world_.repeated |= !world_.rows.emplace(key, MemoryWorld::Row{row, model_version}).second;
        ++outcome_.rows;
      }
      for (auto& reject : run.rejects) {
        const auto key = std::pair{reject.partition, reject.offset};
        world_.repeated |= !world_.rejects.emplace(key, reject).second;
        ++outcome_.rejects;
      }
      if (run.is_gap) world_.gaps.emplace_back(run.partition, run.range);
      world_.table[run.partition] = run.range.next;
    }
    if (!committing_.empty()) ++world_.commits;
    committing_.clear();
    outcome_.next = world_.table;
    world_.fuse.after();
    return ok();
  }

  CommitOutcome end_commit() override {
    is_committing_ = false;
    positions_ = outcome_.next;
    for (const auto& [partition, next] : positions_) {
      const auto begin = start(pending_, partition);
      if (begin && *begin != next && !is_lost(partition)) outcome_.lost.push_back(partition);
    }
    std::erase_if(pending_, [&](const auto& run) { return is_lost(run.first.partition); });
    find_ends();
    return outcome_;
  }

 private:
  using Runs = std::vector<std::pair<EnrichedRun, std::string>>;

  static std::int64_t rows(const Runs& runs) {
    std::int64_t count = 0;
    for (const auto& [run, model] : runs) count += static_cast<std::int64_t>(run.rows.size());
    return count;
  }
  static std::optional<Offset> start(const Runs& runs, Partition partition) {
    for (const auto& [run, model] : runs) {
      if (run.partition == partition) return run.range.start;
    }
    return std::nullopt;
  }
  bool is_lost(Partition partition) const {
    const auto& lost = outcome_.lost;
    return std::find(lost.begin(), lost.end(), partition) != lost.end();
  }
  /// Where the next run of each partition has to start.
  void find_ends() {
    appended_ = positions_;
    for (const auto* runs : {&committing_, &pending_}) {
      for (const auto& [run, model] : *runs) appended_[run.partition] = run.range.next;
    }
  }

  MemoryWorld& world_;
  Positions positions_;
  Positions appended_;
  Runs pending_;
  Runs committing_;
  bool is_committing_ = false;
  CommitOutcome outcome_;
};

class MemoryCommittedPurchases final : public CommittedPurchases {
 public:
  explicit MemoryCommittedPurchases(MemoryWorld& world) : world_(world) {}

  Result<Positions> positions(const CallContext&) override {
    PUNNET_BEFORE("committed positions");
    return world_.table;
  }
  Status for_each(const Positions& from, const Positions& upto, const Visitor& visit,
                  const CallContext&) override {
    PUNNET_BEFORE("committed for_each");
    const auto rows = world_.rows;
    for (const auto& [key, row] : rows) {
      const auto low = from.find(key.first);
      const auto high = upto.find(key.first);
      if (high == upto.end() || key.second >= high->second) continue;
      if (low != from.end() && key.second < low->second) continue;
      visit(key.first, key.second, row.purchase.purchase);
    }
    return ok();
  }

 private:
  MemoryWorld& world_;
};

class MemoryHistories final : public PurchaseHistories {
 public:
  explicit MemoryHistories(MemoryWorld& world) : world_(world) {}

  Result<HistoryMap> fetch(std::span<const UserId> users, const CallContext&) override {
    PUNNET_BEFORE("histories fetch");
    HistoryMap found;
    for (const UserId user : users) {
      for (auto at = world_.histories.lower_bound({user, ItemId{INT64_MIN}});
           at != world_.histories.end() && at->first.first == user; ++at) {
        found[user].push_back(at->second);
      }
    }
    return found;
  }
  Status replace_all(std::span<const HistoryIncrement> rows, const CallContext&) override {
    PUNNET_BEFORE("histories replace_all");
    world_.histories.clear();
    world_.histories_at.clear();
    for (const auto& row : rows) world_.histories[{row.user, row.entry.item}] = row.entry;
    return ok();
  }
  Status apply(std::string_view, std::span<const HistoryIncrement> increments,
               const Positions& from, const Positions& upto, const CallContext& call) override {
    PUNNET_BEFORE("histories apply");
    world_.while_histories_are_written();
    PUNNET_CHECK(call.check("writing histories"));
    for (const auto& [partition, at] : from) {
      const auto stored = world_.histories_at.find(partition);
      if ((stored == world_.histories_at.end() ? 0 : stored->second) != at) {
        return Error{ErrorCode::kExists, "other positions"};
      }
    }
    for (const auto& [user, entry] : increments) {
      auto& kept = world_.histories[{user, entry.item}];
      kept.item = entry.item;
      kept.count += entry.count;
      kept.last_time = std::max(kept.last_time, entry.last_time);
    }
    for (const auto& [partition, next] : upto) world_.histories_at[partition] = next;
    world_.fuse.after();
    PUNNET_BEFORE("histories apply answer");
    return ok();
  }
  Result<Positions> positions(std::string_view, const CallContext&) override {
    PUNNET_BEFORE("histories positions");
    return world_.histories_at;
  }

 private:
  MemoryWorld& world_;
};

class MemoryOwnPurchases final : public OwnPurchases {
 public:
  explicit MemoryOwnPurchases(MemoryWorld& world) : world_(world) {}

  Result<ItemLists> fetch(std::span<const UserId> users, const CallContext&) override {
    PUNNET_BEFORE("own_purchases fetch");
    ItemLists found;
    for (const UserId user : users) {
      const auto at = world_.own_purchases.find(user);
      if (at != world_.own_purchases.end()) found.insert(*at);
    }
    return found;
  }
  Status replace_all(const ItemLists& lists, const CallContext&) override {
    PUNNET_BEFORE("own_purchases replace_all");
    world_.own_purchases = lists;
    return ok();
  }

 private:
  MemoryWorld& world_;
};

class MemoryItemTable final : public ItemTable {
 public:
  explicit MemoryItemTable(MemoryWorld& world) : world_(world) {}

  Result<FeatureMap> features(std::span<const ItemId> items, const CallContext&) override {
    PUNNET_BEFORE("features");
    FeatureMap found;
    for (const ItemId item : items) {
      if (const auto at = world_.features.find(item); at != world_.features.end())
        found.insert(*at);
    }
    return found;
  }
  Result<NameMap> names(std::span<const ItemId> items, const CallContext&) override {
    PUNNET_BEFORE("names");
    NameMap found;
    for (const ItemId item : items) {
      if (const auto at = world_.names.find(item); at != world_.names.end()) found.insert(*at);
    }
    return found;
  }
  Status put_features(std::span<const std::pair<ItemId, ItemFeatures>> rows,
                      const CallContext&) override {
    for (const auto& [item, features_of] : rows) world_.features[item] = features_of;
    return ok();
  }
  Status put_names(std::span<const std::pair<ItemId, std::string>> rows,
                   const CallContext&) override {
    for (const auto& [item, name] : rows) world_.names[item] = name;
    return ok();
  }

 private:
  MemoryWorld& world_;
};

class MemoryRecommendationTable final : public RecommendationTable {
 public:
  explicit MemoryRecommendationTable(MemoryWorld& world) : world_(world) {}

  Status put(std::span<const StoredRecommendation> rows, const CallContext&) override {
    PUNNET_BEFORE("recommendations put");
    for (const auto& row : rows) {
      const auto at = world_.recommendations.find(row.user);
      const bool later = at != world_.recommendations.end() &&
                         at->second.partition == row.partition && at->second.offset > row.offset;
      if (!later) world_.recommendations[row.user] = row;
    }
    world_.fuse.after();
    return ok();
  }
  Result<std::vector<StoredRecommendation>> fetch(std::span<const UserId> users,
                                                  const CallContext&) override {
    std::vector<StoredRecommendation> rows;
    for (const UserId user : users) {
      const auto at = world_.recommendations.find(user);
      if (at != world_.recommendations.end()) rows.push_back(at->second);
    }
    return rows;
  }

 private:
  MemoryWorld& world_;
};

class MemoryModelStore final : public ModelStore {
 public:
  explicit MemoryModelStore(MemoryWorld& world) : world_(world) {}

  Result<std::string> publish(const Model& model, const Provenance&, const CallContext&) override {
    auto copy = std::make_shared<Model>(model);
    copy->version = std::to_string(world_.models.size() + 1);
    world_.models[copy->version] = copy;
    return copy->version;
  }
  Status promote(std::string_view version, const CallContext&) override {
    if (!world_.models.contains(version)) return Error{ErrorCode::kAbsent, "no such model"};
    if (world_.current_model != version && !world_.current_model.empty()) {
      world_.served_before.push_back(world_.current_model);
    }
    world_.current_model = version;
    return ok();
  }
  Result<std::optional<std::string>> previous(const CallContext&) override {
    if (world_.served_before.empty()) return std::optional<std::string>{};
    return std::optional(world_.served_before.back());
  }
  Result<std::string> rollback(const CallContext&) override {
    if (world_.served_before.empty()) return Error{ErrorCode::kAbsent, "nothing before"};
    world_.current_model = world_.served_before.back();
    world_.served_before.pop_back();
    return world_.current_model;
  }
  Result<std::optional<std::string>> current(const CallContext&) override {
    PUNNET_BEFORE("models current");
    if (world_.current_model.empty()) return std::optional<std::string>{};
    return std::optional(world_.current_model);
  }
  Result<std::shared_ptr<const Model>> load(std::string_view version, const CallContext&) override {
    PUNNET_BEFORE("models load");
    const auto at = world_.models.find(version);
    if (at == world_.models.end()) return Error{ErrorCode::kAbsent, "no such model"};
    return at->second;
  }
  Result<Provenance> provenance(std::string_view, const CallContext&) override {
    return Provenance{"{}"};
  }
  Result<std::vector<std::string>> list(const CallContext&) override {
    std::vector<std::string> versions;
    for (const auto& [version, model] : world_.models) versions.push_back(version);
    return versions;
  }

 private:
  MemoryWorld& world_;
};

#undef PUNNET_BEFORE

}  // namespace punnet::testing
