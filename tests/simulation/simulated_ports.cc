#include "tests/simulation/simulated_ports.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace punnet::simulation {
namespace {

using Publishing = SimulatedProcess::Publishing;

class SimulatedEventLog final : public EventLog {
 public:
  explicit SimulatedEventLog(SimulatedProcess& process)
      : process_(process), inner_(process.world().memory) {}

  Result<TopicInfo> create_topic(const TopicSpec& spec, const CallContext& call) override {
    return inner_.create_topic(spec, call);
  }
  Result<TopicInfo> describe_topic(std::string_view name, const CallContext& call) override {
    PUNNET_CHECK(process_.before("log describe_topic", Absence::kIsAnAnswer));
    return inner_.describe_topic(name, call);
  }
  Result<Offset> append(const TopicInfo& topic, Partition partition,
                        std::span<const NewEvent> events, const CallContext& call) override {
    return inner_.append(topic, partition, events, call);
  }
  Result<std::vector<OffsetBounds>> bounds(const TopicInfo& topic,
                                           const CallContext& call) override {
    PUNNET_CHECK(process_.before("log bounds"));
    return inner_.bounds(topic, call);
  }
  Result<std::vector<EventRun>> read(const TopicInfo& topic, const Positions& from,
                                     const ReadLimit& limit, std::chrono::milliseconds wait,
                                     const CallContext& call) override {
    if (auto asked = process_.before("log read"); !asked) {
      failed_ = true;
      return std::move(asked).error();
    }
    auto runs = inner_.read(topic, from, limit, wait, call);
    if (!runs) return runs;
    for (auto& run : *runs) cut(run);
    if (std::exchange(failed_, false) && process_.world().mutation == Mutation::kLogSkips) {
      for (auto& run : *runs) {
        if (!run.events.empty()) run.events.erase(run.events.begin());
      }
    }
    return runs;
  }
  Status commit_offsets(std::string_view group, const TopicInfo& topic, const Positions& next,
                        const CallContext& call) override {
    PUNNET_CHECK(process_.before("log commit_offsets"));
    PUNNET_CHECK(inner_.commit_offsets(group, topic, next, call));
    return process_.after("log commit_offsets");
  }
  Result<Positions> committed_offsets(std::string_view group, const TopicInfo& topic,
                                      const CallContext& call) override {
    return inner_.committed_offsets(group, topic, call);
  }

 private:
  /// A read may give less than there is.
  void cut(EventRun& run) {
    auto& world = process_.world();
    if (!world.chance(3)) return;
    const auto size = static_cast<std::size_t>(run.range.size());
    run.range.next = run.range.start + 1 + static_cast<Offset>(world.random.below(size));
    std::erase_if(run.events, [&](const Event& event) { return event.offset >= run.range.next; });
  }

  SimulatedProcess& process_;
  testing::MemoryEventLog inner_;
  bool failed_ = false;
};

class SimulatedFileStore final : public FileStore {
 public:
  explicit SimulatedFileStore(SimulatedProcess& process)
      : process_(process), inner_(*process.world().files) {}

  Result<std::vector<FileInfo>> list(std::string_view prefix, const CallContext& call) override {
    PUNNET_CHECK(process_.before("files list"));
    return inner_.list(prefix, call);
  }
  Result<FileInfo> stat(std::string_view path, const CallContext& call) override {
    PUNNET_CHECK(process_.before("files stat", Absence::kIsAnAnswer));
    return inner_.stat(path, call);
  }
  Result<std::unique_ptr<ReadableFile>> open(std::string_view path,
                                             const CallContext& call) override {
    PUNNET_CHECK(process_.before("files open", Absence::kIsAnAnswer));
    PUNNET_TRY(auto file, inner_.open(path, call));
    return std::make_unique<Readable>(process_, std::move(file));
  }
  Result<std::unique_ptr<WritableFile>> create(std::string_view path,
                                               const CallContext& call) override {
    PUNNET_CHECK(process_.before("files create"));
    PUNNET_TRY(auto file, inner_.create(path, call));
    return std::make_unique<Writable>(process_, std::string(path), std::move(file));
  }
  Result<PublishOutcome> publish(std::unique_ptr<WritableFile> file,
                                 const CallContext& call) override {
    PUNNET_CHECK(process_.before("files publish"));
    auto& world = process_.world();
    auto& ours = static_cast<Writable&>(*file);
    const auto unheard = world.mutation == Mutation::kPublishesNothing ? PublishOutcome::kPublished
                                                                       : PublishOutcome::kUnknown;
    switch (process_.publishing()) {
      case Publishing::kDoneUnheard: {
        PUNNET_TRY(const auto outcome, inner_.publish(std::move(ours.inner), call));
        static_cast<void>(outcome);
        return PublishOutcome::kUnknown;
      }
      case Publishing::kNever:
        return unheard;
      case Publishing::kLate:
        world.late.push_back(std::move(ours.inner));
        return PublishOutcome::kUnknown;
      case Publishing::kDone:
        break;
    }
    const bool is_entry = ours.path.ends_with(".json");
    if (is_entry && world.mutation == Mutation::kLinkReplaces) {
      PUNNET_CHECK(inner_.replace(std::move(ours.inner), call));
      return PublishOutcome::kPublished;
    }
    PUNNET_TRY(const auto outcome, inner_.publish(std::move(ours.inner), call));
    if (outcome == PublishOutcome::kLost) world.count("names found taken");
    if (outcome == PublishOutcome::kPublished && ours.path.ends_with(".checkpoint.parquet")) {
      world.count("checkpoints");
    }
    // An Error would say that nothing was published: only death may follow here.
    if (const auto answered = process_.after("files publish"); !answered) {
      if (process_.dead()) return answered.error();
      return PublishOutcome::kUnknown;
    }
    return outcome;
  }
  Status replace(std::unique_ptr<WritableFile> file, const CallContext& call) override {
    PUNNET_CHECK(process_.before("files replace"));
    PUNNET_CHECK(inner_.replace(std::move(static_cast<Writable&>(*file).inner), call));
    return process_.after("files replace");
  }
  Status remove(std::string_view path, const CallContext& call) override {
    PUNNET_CHECK(process_.before("files remove"));
    PUNNET_CHECK(inner_.remove(path, call));
    return process_.after("files remove");
  }
  Result<std::int64_t> remove_abandoned(std::string_view prefix, Timestamp older_than,
                                        const CallContext& call) override {
    PUNNET_CHECK(process_.before("files remove_abandoned"));
    return inner_.remove_abandoned(prefix, older_than, call);
  }
  std::string location(std::string_view path) const override { return inner_.location(path); }

 private:
  struct Readable final : ReadableFile {
    Readable(SimulatedProcess& its_process, std::unique_ptr<ReadableFile> file)
        : process(its_process), inner(std::move(file)) {}
    std::int64_t size() const override { return inner->size(); }
    Result<std::size_t> read_at(std::int64_t position, std::span<char> out,
                                const CallContext& call) override {
      PUNNET_CHECK(process.before("files read_at"));
      return inner->read_at(position, out, call);
    }

    SimulatedProcess& process;
    const std::unique_ptr<ReadableFile> inner;
  };

  struct Writable final : WritableFile {
    Writable(SimulatedProcess& its_process, std::string its_path,
             std::unique_ptr<WritableFile> file)
        : process(its_process), path(std::move(its_path)), inner(std::move(file)) {}
    Status write(std::span<const char> bytes, const CallContext& call) override {
      PUNNET_CHECK(process.before("files write"));
      return inner->write(bytes, call);
    }
    std::int64_t size() const override { return inner->size(); }

    SimulatedProcess& process;
    const std::string path;
    std::unique_ptr<WritableFile> inner;
  };

  SimulatedProcess& process_;
  FileStore& inner_;
};

class SimulatedHistories final : public PurchaseHistories {
 public:
  explicit SimulatedHistories(SimulatedProcess& process)
      : process_(process), inner_(process.world().memory) {}

  Result<HistoryMap> fetch(std::span<const UserId> users, const CallContext& call) override {
    PUNNET_CHECK(process_.before("tables histories fetch"));
    return inner_.fetch(users, call);
  }
  Status replace_all(std::span<const HistoryIncrement> rows, const CallContext& call) override {
    return inner_.replace_all(rows, call);
  }
  Status apply(std::string_view topic_id, std::span<const HistoryIncrement> increments,
               const Positions& from, const Positions& upto, const CallContext& call) override {
    PUNNET_CHECK(process_.before("tables histories apply", Absence::kIsAnAnswer));
    auto& world = process_.world();
    const bool blind = world.mutation == Mutation::kHistoriesAddTwice;
    auto applied =
        inner_.apply(topic_id, increments, blind ? world.memory.histories_at : from, upto, call);
    if (!applied) {
      world.count("histories found elsewhere");
      return applied;
    }
    return process_.after("tables histories apply");
  }
  Result<Positions> positions(std::string_view topic_id, const CallContext& call) override {
    PUNNET_CHECK(process_.before("tables histories positions"));
    return inner_.positions(topic_id, call);
  }

 private:
  SimulatedProcess& process_;
  testing::MemoryHistories inner_;
};

class SimulatedOwnPurchases final : public OwnPurchases {
 public:
  explicit SimulatedOwnPurchases(SimulatedProcess& process)
      : process_(process), inner_(process.world().memory) {}

  Result<ItemLists> fetch(std::span<const UserId> users, const CallContext& call) override {
    PUNNET_CHECK(process_.before("tables own_purchases fetch"));
    return inner_.fetch(users, call);
  }
  Status replace_all(const ItemLists& lists, const CallContext& call) override {
    return inner_.replace_all(lists, call);
  }

 private:
  SimulatedProcess& process_;
  testing::MemoryOwnPurchases inner_;
};

class SimulatedItemTable final : public ItemTable {
 public:
  explicit SimulatedItemTable(SimulatedProcess& process)
      : process_(process), inner_(process.world().memory) {}

  Result<FeatureMap> features(std::span<const ItemId> items, const CallContext& call) override {
    PUNNET_CHECK(process_.before("tables features"));
    return inner_.features(items, call);
  }
  Result<NameMap> names(std::span<const ItemId> items, const CallContext& call) override {
    PUNNET_CHECK(process_.before("tables names"));
    return inner_.names(items, call);
  }
  Status put_features(std::span<const std::pair<ItemId, ItemFeatures>> rows,
                      const CallContext& call) override {
    return inner_.put_features(rows, call);
  }
  Status put_names(std::span<const std::pair<ItemId, std::string>> rows,
                   const CallContext& call) override {
    return inner_.put_names(rows, call);
  }

 private:
  SimulatedProcess& process_;
  testing::MemoryItemTable inner_;
};

class SimulatedRecommendations final : public RecommendationTable {
 public:
  explicit SimulatedRecommendations(SimulatedProcess& process)
      : process_(process), inner_(process.world().memory) {}

  Status put(std::span<const StoredRecommendation> rows, const CallContext& call) override {
    PUNNET_CHECK(process_.before("tables recommendations put"));
    PUNNET_CHECK(inner_.put(rows, call));
    return process_.after("tables recommendations put");
  }
  Result<std::vector<StoredRecommendation>> fetch(std::span<const UserId> users,
                                                  const CallContext& call) override {
    return inner_.fetch(users, call);
  }

 private:
  SimulatedProcess& process_;
  testing::MemoryRecommendationTable inner_;
};

class SimulatedModelStore final : public ModelStore {
 public:
  explicit SimulatedModelStore(SimulatedProcess& process)
      : process_(process), inner_(process.world().memory) {}

  Result<std::string> publish(const Model& model, const Provenance& provenance,
                              const CallContext& call) override {
    return inner_.publish(model, provenance, call);
  }
  Status promote(std::string_view version, const CallContext& call) override {
    return inner_.promote(version, call);
  }
  Result<std::optional<std::string>> current(const CallContext& call) override {
    PUNNET_CHECK(process_.before("models current"));
    return inner_.current(call);
  }
  Result<std::optional<std::string>> previous(const CallContext& call) override {
    return inner_.previous(call);
  }
  Result<std::string> rollback(const CallContext& call) override { return inner_.rollback(call); }
  Result<std::shared_ptr<const Model>> load(std::string_view version,
                                            const CallContext& call) override {
    PUNNET_CHECK(process_.before("models load"));
    return inner_.load(version, call);
  }
  Result<Provenance> provenance(std::string_view version, const CallContext& call) override {
    return inner_.provenance(version, call);
  }
  Result<std::vector<std::string>> list(const CallContext& call) override {
    return inner_.list(call);
  }

 private:
  SimulatedProcess& process_;
  testing::MemoryModelStore inner_;
};

class WatchedSink final : public PurchaseSink {
 public:
  WatchedSink(SimulatedProcess& process, std::unique_ptr<PurchaseSink> sink)
      : process_(process), sink_(std::move(sink)) {}

  const Positions& positions() const override { return sink_->positions(); }
  Status append(EnrichedRun run, std::string_view model_version, const CallContext& call) override {
    return sink_->append(std::move(run), model_version, call);
  }
  std::size_t pending_bytes() const override { return sink_->pending_bytes(); }
  std::int64_t pending_rows() const override { return sink_->pending_rows(); }
  void drop(Partition partition) override { sink_->drop(partition); }
  Status refresh(const CallContext& call) override { return sink_->refresh(call); }
  Status begin_commit() override {
    process_.enter_commit();
    return sink_->begin_commit();
  }
  Status run_commit(const CallContext& call) override { return sink_->run_commit(call); }
  CommitOutcome end_commit() override {
    process_.leave_commit();
    return sink_->end_commit();
  }

 private:
  SimulatedProcess& process_;
  const std::unique_ptr<PurchaseSink> sink_;
};

}  // namespace

std::unique_ptr<EventLog> make_event_log(SimulatedProcess& process) {
  return std::make_unique<SimulatedEventLog>(process);
}
std::unique_ptr<FileStore> make_file_store(SimulatedProcess& process) {
  return std::make_unique<SimulatedFileStore>(process);
}
std::unique_ptr<PurchaseHistories> make_histories(SimulatedProcess& process) {
  return std::make_unique<SimulatedHistories>(process);
}
std::unique_ptr<OwnPurchases> make_own_purchases(SimulatedProcess& process) {
  return std::make_unique<SimulatedOwnPurchases>(process);
}
std::unique_ptr<ItemTable> make_item_table(SimulatedProcess& process) {
  return std::make_unique<SimulatedItemTable>(process);
}
std::unique_ptr<RecommendationTable> make_recommendations(SimulatedProcess& process) {
  return std::make_unique<SimulatedRecommendations>(process);
}
std::unique_ptr<ModelStore> make_model_store(SimulatedProcess& process) {
  return std::make_unique<SimulatedModelStore>(process);
}
std::unique_ptr<PurchaseSink> make_watched_sink(SimulatedProcess& process,
                                                std::unique_ptr<PurchaseSink> sink) {
  return std::make_unique<WatchedSink>(process, std::move(sink));
}

}  // namespace punnet::simulation
