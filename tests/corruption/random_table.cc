#include "tests/corruption/random_table.h"

#include <gtest/gtest.h>

#include <chrono>
#include <utility>

#include "base/seeded_random.h"
#include "delta/delta_purchase_sink.h"
#include "delta/optimize.h"
#include "delta/vacuum.h"
#include "embedded/memory_file_store.h"
#include "tests/support/calls.h"
#include "tests/support/purchase_runs.h"
#include "tests/support/result_matchers.h"
#include "tests/support/scripted_file_store.h"

namespace punnet::corruption {
namespace {

using std::chrono::hours;

/// What happens to a shop's tables, one step after the other.
class History {
 public:
  explicit History(std::uint64_t seed) : seed_(seed), random_(seed) {
    partitions_ = static_cast<Partition>(1 + random_.below(4));
    schema_.id_type = random_.below(2) == 0 ? IdType::kInt32 : IdType::kInt64;
    schema_.has_basket = random_.below(3) == 0;
    schema_.has_time = random_.below(3) == 0;
    upkeep_.checkpoint_every = static_cast<std::int64_t>(2 + random_.below(9));
    topic_id_ = "t" + std::to_string(seed);
    for (Partition partition = 0; partition < partitions_; ++partition) {
      begin_[partition] = random_.below(3) == 0 ? static_cast<Offset>(random_.below(500)) : 0;
    }
    sink_ = open_sink();
  }

  RandomTable run() {
    const auto steps = 4 + random_.below(14);
    for (std::size_t step = 0; step < steps; ++step) {
      clock_.set(clock_.now() + std::chrono::seconds(1 + random_.below(3600)));
      take_step();
    }
    if (committed_ == 0) commit();
    return {files_of(*store_), std::move(events_)};
  }

 private:
  std::unique_ptr<PurchaseSink> open_sink() {
    DeltaSinkOptions options;
    options.topic = "purchases";
    options.topic_id = topic_id_;
    options.schema = schema_;
    options.writer_id = "w" + std::to_string(++writers_);
    options.engine_info = "punnet/9.9.9";
    options.rows_per_file = random_.below(3) == 0 ? 7 : 4'000'000;
    options.upkeep = upkeep_;
    auto sink = open_delta_purchase_sink(files_, clock_, options, patiently());
    EXPECT_THAT(sink, Succeeds());
    return sink ? *std::move(sink) : nullptr;
  }

  void take_step() {
    switch (random_.below(12)) {
      case 0:
        return compact(kMain);
      case 1:
        return compact(kRejects);
      case 2:
        return die_in_a_commit();
      case 3:
        return lose_a_race();
      case 4:
        return vacuum();
      case 5:
        return pass_months();
      default:
        return commit();
    }
  }

  void commit() {
    append_runs(*sink_);
    EXPECT_THAT(sink_->commit(patiently()), Succeeds());
    ++committed_;
    ++events_["commits"];
  }

  void append_runs(PurchaseSink& sink) {
    auto starts = begin_;
    for (const auto& [partition, position] : sink.positions()) starts[partition] = position;
    for (auto& [partition, start] : starts) {
      if (partition > 0 && random_.below(3) == 0) continue;
      for (auto runs = 1 + random_.below(3); runs > 0; --runs) {
        const auto next = start + 1 + static_cast<Offset>(random_.below(12));
        EXPECT_THAT(sink.append(make_some_run(partition, start, next), "1", patiently()),
                    Succeeds());
        start = next;
      }
    }
  }

  /// What an offset holds is the topic's affair: it is the same whoever reads it, and how often.
  enum class Held : std::uint8_t { kRow, kReject, kHole };
  Held held_at(Partition partition, Offset offset) const {
    const auto mixed = (static_cast<std::uint64_t>(offset) * 7 + seed_ % 1000 +
                        static_cast<std::uint64_t>(partition)) *
                       0x9E3779B97F4A7C15ULL;
    switch ((mixed >> 40) % 9) {
      case 0:
      case 1:
        return Held::kReject;
      case 2:
        return Held::kHole;
      default:
        return Held::kRow;
    }
  }

  EnrichedRun make_some_run(Partition partition, Offset start, Offset next) {
    EnrichedRun run{partition, {start, next}, {}, {}};
    if (random_.below(8) == 0) {
      ++events_["gaps"];
      run.is_gap = true;
      return run;
    }
    for (auto offset = start; offset < next; ++offset) {
      const auto held = held_at(partition, offset);
      if (held == Held::kReject) run.rejects.push_back(make_reject(partition, offset));
      if (held != Held::kRow) continue;
      auto row = make_enriched(partition, offset);
      if (schema_.has_basket) row.purchase.basket = row.offset * 3;
      if (schema_.has_time) row.purchase.time = row.event_time;
      run.rows.push_back(std::move(row));
    }
    return run;
  }

  void compact(const char* table) {
    OptimizeOptions options;
    options.writer_id = "o" + std::to_string(++writers_);
    options.engine_info = "punnet/9.9.9";
    options.upkeep = upkeep_;
    const auto report = optimize_delta_table(files_, table, options, clock_, patiently());
    EXPECT_THAT(report, Succeeds());
    if (report && report->rewritten_files > 0) ++events_["compactions"];
  }

  /// The process ends between its data files and their entry, in either table.
  void die_in_a_commit() {
    const std::string table = random_.below(2) == 0 ? kMain : kRejects;
    files_.on_publish = [&](const std::string& path) {
      const bool is_entry = path.starts_with(table) && path.ends_with(".json");
      return is_entry ? PublishFault::kRefused : PublishFault::kNone;
    };
    append_runs(*sink_);
    if (!sink_->commit(patiently())) ++events_["deaths"];
    files_.on_publish = nullptr;
    sink_ = open_sink();
  }

  /// Another writer commits first, over offsets of its own choice.
  void lose_a_race() {
    const auto other = open_sink();
    append_runs(*sink_);
    append_runs(*other);
    EXPECT_THAT(other->commit(patiently()), Succeeds());
    EXPECT_THAT(sink_->commit(patiently()), Succeeds());
    ++committed_;
    ++events_["races"];
  }

  void vacuum() {
    for (const char* table : {kMain, kRejects}) {
      const auto report = vacuum_delta_table(files_, table, {}, clock_, patiently());
      EXPECT_THAT(report, Succeeds());
      if (report) events_["files vacuumed"] += static_cast<std::int64_t>(report->files.size());
    }
  }

  void pass_months() {
    clock_.set(clock_.now() + hours(24 * (1 + static_cast<int>(random_.below(60)))));
    ++events_["months"];
  }

  const std::uint64_t seed_;
  SeededRandom random_;
  Partition partitions_ = 1;
  PurchaseSchema schema_;
  delta::LogUpkeep upkeep_;
  std::string topic_id_;
  Positions begin_;
  ManualClock clock_{Timestamp(hours(24 * 365 * 50))};
  std::unique_ptr<FileStore> store_ = make_memory_file_store(clock_);
  ScriptedFileStore files_{*store_};
  std::unique_ptr<PurchaseSink> sink_;
  int writers_ = 0;
  int committed_ = 0;
  std::map<std::string, std::int64_t> events_;
};

}  // namespace

RandomTable make_random_table(std::uint64_t seed) { return History(seed).run(); }

std::unique_ptr<FileStore> store_of(const Files& files) {
  auto store = make_memory_file_store();
  for (const auto& [path, content] : files) {
    EXPECT_THAT(replace_file(*store, path, content, patiently()), Succeeds());
  }
  return store;
}

Files files_of(FileStore& store) {
  Files files;
  const auto listed = store.list("", patiently());
  EXPECT_THAT(listed, Succeeds());
  if (!listed) return files;
  for (const auto& file : *listed) {
    auto content = read_file(store, file.path, std::size_t{1} << 28, patiently());
    EXPECT_THAT(content, Succeeds());
    if (content) files[file.path] = *std::move(content);
  }
  return files;
}

}  // namespace punnet::corruption
