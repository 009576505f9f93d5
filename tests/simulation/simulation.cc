#include "tests/simulation/simulation.h"

#include <chrono>
#include <memory>
#include <utility>

#include "delta/delta_committed_purchases.h"
#include "delta/delta_purchase_sink.h"
#include "delta/optimize.h"
#include "delta/vacuum.h"
#include "stream/run_stream.h"
#include "tests/simulation/checker.h"
#include "tests/simulation/simulated_group.h"
#include "tests/simulation/simulated_ports.h"
#include "tests/simulation/simulated_process.h"
#include "tests/support/calls.h"
#include "tests/support/deferred_background.h"

namespace punnet::simulation {
namespace {

using std::chrono::milliseconds;

/// Counts what a stream tells.
class Witness final : public StreamObserver {
 public:
  explicit Witness(SimulatedWorld& world) : world_(world) {}

  void batch_done(const BatchReport&) override { world_.count("batches"); }
  void committed(const CommitReport&) override { world_.count("commits"); }
  void data_lost(Partition, OffsetRange) override { world_.count("gaps"); }
  void partition_lost(Partition, Offset) override { world_.count("partitions lost"); }
  void model_swapped(std::string_view, std::string_view) override {
    world_.count("models swapped");
  }
  void waiting(std::string_view, const Error&, milliseconds) override { world_.count("retries"); }
  void warned(std::string_view, const Error&) override { world_.count("warnings"); }

 private:
  SimulatedWorld& world_;
};

StreamConfig random_config(SeededRandom& random) {
  StreamConfig config;
  config.trigger.kind =
      random.below(3) == 0 ? TriggerKind::kAvailableNow : TriggerKind::kAsDataComes;
  if (random.below(5) == 0) {
    config.trigger = {TriggerKind::kInterval, milliseconds{1 + random.below(2'000)}};
  }
  config.max_offsets_per_trigger = static_cast<std::int64_t>(1 + random.below(9));
  config.commit.every_batch = random.below(3) == 0;
  config.commit.age = milliseconds{random.below(4) == 0 ? 20 : 500};
  config.commit.bytes = random.below(4) == 0 ? 1'000 : std::size_t{1} << 20;
  config.commit.backlog_bytes = random.below(2) == 0 ? 0 : std::size_t{1} << 20;
  config.apply.shown_rows = random.below(3);
  config.apply.exclude_purchased = random.below(2) == 0;
  config.apply.lookup_cache_bytes = random.below(2) == 0 ? 500 : std::size_t{1} << 20;
  config.histories.group = 1 + random.below(12);
  config.histories.most_events = config.histories.group + random.below(40);
  config.history_writes.pause = std::chrono::milliseconds{random.below(3) == 0 ? 60'000 : 0};
  config.histories.limit_bytes = random.below(3) == 0 ? 400 : std::size_t{1} << 20;
  config.retry.give_up_after = milliseconds{random.below(3) == 0 ? 1'000 : 100'000};
  config.retry.seed = random.bits();
  return config;
}

class Simulation {
 public:
  Simulation(std::uint64_t seed, Mutation mutation, bool told) : world_(seed, mutation) {
    world_.told = told;
  }

  Ending run() {
    const std::size_t streams = 1 + world_.random.below(3);
    for (std::size_t i = 0; i < streams; ++i) {
      const std::size_t lives = 1 + world_.random.below(3);
      world_.scheduler.add([this, lives] {
        for (std::size_t life = 0; life < lives; ++life) stream(false);
      });
    }
    if (world_.chance(2)) world_.scheduler.add([this] { compact(); });
    if (world_.chance(3)) world_.scheduler.add([this] { vacuum(); });
    if (world_.chance(3)) world_.scheduler.add([this] { look(); });
    if (streams > 1) world_.count("shops with several streams");
    shares_ = streams > 1 && world_.chance(2);
    world_.scheduler.run();
    world_.count("long sleeps", world_.scheduler.long_sleeps());

    world_.settle();
    world_.scheduler.add([this] { stream(true); });
    world_.scheduler.run();
    if (world_.trouble.empty()) complain(check_everything(world_));
    return {world_.trouble, std::move(world_.counts), world_.hash};
  }

 private:
  void complain(std::string what) {
    if (world_.trouble.empty()) world_.trouble = std::move(what);
  }

  /// One life of a stream's process; `last`: without faults, up to the end of the log.
  void stream(bool last) {
    auto& random = world_.random;
    SimulatedProcess process(world_, ++processes_);
    StreamConfig config = random_config(random);
    if (world_.is_forgetful) config.on_data_loss = OnDataLoss::kRecord;
    if (last) {
      process.spare();
      config.trigger.kind = TriggerKind::kAvailableNow;
    } else {
      if (world_.chance(2)) process.die_after(static_cast<std::int64_t>(1 + random.below(400)));
      process.stop_after(static_cast<std::int64_t>(100 + random.below(400)));
    }
    world_.count("lives");
    const auto lived = live(process, config);
    if (lived || process.dead()) return;
    const Error& error = lived.error();
    world_.note(processes_, "a stream ends", error.message);
    const bool stopped = error.code == ErrorCode::kCancelled && process.stop().stop_requested();
    // Giving up on a store that is away, or busy, is no defect.
    const bool is_waiting = !last && is_retriable(error.code);
    if (stopped || is_waiting || process.was_given(error.code)) {
      world_.count("lives that ended with an error");
      return;
    }
    complain("a stream ended without reason: " + error.message);
  }

  Status live(SimulatedProcess& process, const StreamConfig& config) {
    auto& random = world_.random;
    const auto log = make_event_log(process);
    const auto files = make_file_store(process);
    DeltaSinkOptions options;
    options.topic = world_.memory.topic.name;
    options.topic_id = world_.memory.topic.id;
    options.writer_id = "stream-" + std::to_string(processes_);
    options.upkeep.checkpoint_every = static_cast<std::int64_t>(3 + random.below(6));
    process.enter_commit();
    auto sink = open_delta_purchase_sink(*files, world_.memory.clock, options, patiently());
    process.leave_commit();
    if (!sink) return std::move(sink).error();
    const auto watched = make_watched_sink(process, *std::move(sink));
    const auto committed = make_delta_committed_purchases(*files, options.table, options.topic_id);
    const auto own_purchases = make_own_purchases(process);
    const auto histories = make_histories(process);
    const auto items = make_item_table(process);
    const auto recommendations = make_recommendations(process);
    const auto models = make_model_store(process);
    const Sleep sleep = [&](std::chrono::microseconds duration, const std::stop_token&) {
      world_.memory.clock.advance(duration);
      static_cast<void>(process.before("sleep"));
    };
    const bool commits_beside = !world_.chance(3);
    testing::DeferredBackground background([this] { return world_.chance(3); });
    testing::DeferredBackground history_writer([this] { return world_.chance(3); });
    std::unique_ptr<PartitionMembership> membership;
    if (shares_ && config.trigger.kind != TriggerKind::kAvailableNow) {
      membership = group_.join(process);
    }
    const StreamPorts ports{*log,
                            *watched,
                            *committed,
                            *own_purchases,
                            *histories,
                            *items,
                            *recommendations,
                            *models,
                            world_.memory.clock,
                            sleep,
                            membership.get(),
                            commits_beside ? &background : nullptr,
                            commits_beside ? &history_writer : nullptr};
    Witness witness(world_);
    PUNNET_CHECK(run_stream(ports, config, witness, process.stop()));
    return ok();
  }

  void compact() {
    for (std::size_t i = 1 + world_.random.below(3); i > 0; --i) {
      wait_a_while();
      SimulatedProcess process(world_, ++processes_);
      if (world_.chance(3))
        process.die_after(static_cast<std::int64_t>(1 + world_.random.below(60)));
      const auto files = make_file_store(process);
      OptimizeOptions options;
      options.writer_id = "compactor-" + std::to_string(processes_);
      options.upkeep.checkpoint_every = 3;
      process.enter_commit();
      const auto report =
          optimize_delta_table(*files, "new_purchases", options, world_.memory.clock, patiently());
      process.leave_commit();
      if (report) {
        if (report->rewritten_files > 0) world_.count("compactions");
      } else {
        judge(process, report.error(), "a compaction");
      }
    }
  }

  void vacuum() {
    for (std::size_t i = 1 + world_.random.below(2); i > 0; --i) {
      wait_a_while();
      SimulatedProcess process(world_, ++processes_);
      const auto files = make_file_store(process);
      for (const char* table : {"new_purchases", "rejected_events"}) {
        const auto report = vacuum_delta_table(*files, table, {}, world_.memory.clock, patiently());
        if (report) {
          world_.count("files vacuumed", static_cast<std::int64_t>(report->files.size()));
        } else {
          judge(process, report.error(), "a vacuum");
        }
      }
    }
  }

  /// A reader that looks at the tables now and then.
  void look() {
    for (std::size_t i = 1 + world_.random.below(2); i > 0; --i) {
      wait_a_while();
      if (!world_.files->stat("rejected_events/_delta_log/00000000000000000000.json",
                              patiently())) {
        continue;
      }
      world_.count("looks");
      complain(check_tables(world_));
    }
  }

  void judge(const SimulatedProcess& process, const Error& error, std::string_view what) {
    const bool no_table = error.code == ErrorCode::kAbsent;
    if (no_table || process.was_given(error.code) || is_retriable(error.code)) return;
    complain(std::string(what) + " ended without reason: " + error.message);
  }

  void wait_a_while() {
    SimulatedProcess process(world_, 0);
    process.spare();
    for (std::size_t calls = world_.random.below(300); calls > 0; --calls) {
      static_cast<void>(process.before("wait"));
    }
  }

  SimulatedWorld world_;
  SimulatedGroup group_{world_};
  bool shares_ = false;  // its streams share the partitions
  int processes_ = 0;
};

}  // namespace

Ending simulate(std::uint64_t seed, Mutation mutation, bool told) {
  return Simulation(seed, mutation, told).run();
}

}  // namespace punnet::simulation
