#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/seeded_random.h"
#include "ports/file_store.h"
#include "tests/simulation/scheduler.h"
#include "tests/support/memory_world.h"

namespace punnet::simulation {

/// How the world breaks a promise, to see that the checker finds out.
enum class Mutation : std::uint8_t {
  kNone,
  kLinkReplaces,       ///< publishing a log entry overwrites
  kPublishesNothing,   ///< a publish that was lost is said to be done
  kHistoriesAddTwice,  ///< increments are added whatever the stored positions are
  kLogSkips,           ///< a read after a failed one leaves out an event
};

/// What all processes of one simulated shop share, and what happens in it by itself: time passes,
/// events arrive, the topic grows, models are swapped, late requests reach the store.
class SimulatedWorld {
 public:
  SimulatedWorld(std::uint64_t seed, Mutation mutation);

  /// Called for each call of a port: lets a little happen.
  void live_on();

  /// Everything that is still to come about, at once; then nothing happens by itself any more.
  void settle();

  void count(std::string_view what, std::int64_t times = 1) { counts[std::string(what)] += times; }

  /// Goes into the hash of the run, and into its story when that is told.
  void note(int process, std::string_view what, std::string_view outcome);

  /// True for `one` in `among`.
  bool chance(std::size_t among) { return random.below(among) == 0; }

  const Mutation mutation;
  SeededRandom random;
  Scheduler scheduler;
  testing::MemoryWorld memory;
  std::unique_ptr<FileStore> files;
  std::vector<std::unique_ptr<WritableFile>> late;  ///< publishes that will arrive, or never
  int in_commit = 0;  ///< processes that hold files which no entry has yet
  std::set<std::pair<Partition, Offset>> poison;
  std::map<std::string, std::int64_t, std::less<>> counts;
  std::uint64_t hash = 0;
  std::int64_t steps = 0;
  bool is_forgetful = false;  ///< the topic drops events, and streams record the gaps
  bool told = false;          ///< print what is noted
  std::string trouble;        ///< what a process complained of without reason

 private:
  void send();
  void grow();
  void swap_model();
  void sleep_for_months();
  void drop_events();

  std::int64_t to_send_;
  std::int32_t partitions_to_be_;
  bool settled_ = false;
};

}  // namespace punnet::simulation
