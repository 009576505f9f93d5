// Streams, compactions and vacuums of many made-up shops, with faults in every port. A seed that
// fails is named; PUNNET_SIMULATION_SEED=<seed> replays it and prints every call.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

#include "tests/simulation/simulation.h"

namespace punnet::simulation {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t kSeedsEach = 25;
#else
constexpr std::uint64_t kSeedsEach = 500;
#endif
constexpr int kShares = 20;

/// What every whole share of the seeds has to have seen, or it proves little.
constexpr const char* kMustHappen[] = {
    "deaths",
    "deaths in a commit",
    "errors before the effect",
    "errors after the effect",
    "calls during an outage",
    "publishes done unheard",
    "publishes never done",
    "publishes done late",
    "names found taken",
    "partitions lost",
    "shops with several streams",
    "long sleeps",
    "stops requested",
    "lives that ended with an error",
    "retries",
    "poison events",
    "holes of the log",
    "partitions added",
    "models swapped",
    "months passed",
    "compactions",
    "files vacuumed",
    "checkpoints",
    "histories found elsewhere",
    "looks",
    "partitions taken up",
    "partitions asked back",
    "partitions lost to the group",
    "times the topic dropped events",
    "gaps",
};

class SimulationTest : public ::testing::TestWithParam<int> {};

TEST_P(SimulationTest, EveryEventIsThereOnceWhateverHappens) {
  const std::uint64_t first = static_cast<std::uint64_t>(GetParam()) * kSeedsEach;
  std::map<std::string, std::int64_t, std::less<>> counts;
  int failures = 0;
  for (std::uint64_t seed = first; seed < first + kSeedsEach && failures < 5; ++seed) {
    const auto ending = simulate(seed);
    for (const auto& [what, times] : ending.counts) counts[what] += times;
    if (ending.violation.empty()) continue;
    ++failures;
    ADD_FAILURE() << ending.violation << "\nreplay it with PUNNET_SIMULATION_SEED=" << seed;
  }
  std::printf("seeds %llu to %llu:", static_cast<unsigned long long>(first),
              static_cast<unsigned long long>(first + kSeedsEach - 1));
  for (const auto& [what, times] : counts) {
    std::printf(" %lld %s,", static_cast<long long>(times), what.c_str());
  }
  std::printf(" %d violations\n", failures);
  if (kSeedsEach < 500) return;
  for (const char* what : kMustHappen) EXPECT_GT(counts[what], 0) << what;
}

INSTANTIATE_TEST_SUITE_P(Seeds, SimulationTest, ::testing::Range(0, kShares));

TEST(Simulation, IsTheSameForTheSameSeed) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    EXPECT_EQ(simulate(seed).hash, simulate(seed).hash) << "seed " << seed;
  }
  EXPECT_NE(simulate(1).hash, simulate(2).hash);
}

/// Seed 0, or the one that is to be replayed.
TEST(Simulation, ReplaysTheSeedThatIsAskedFor) {
  const char* asked = std::getenv("PUNNET_SIMULATION_SEED");
  const auto seed = asked == nullptr ? 0 : std::strtoull(asked, nullptr, 10);
  EXPECT_EQ(simulate(seed, Mutation::kNone, asked != nullptr).violation, "");
}

struct Broken {
  std::string name;
  Mutation mutation;
};

std::ostream& operator<<(std::ostream& out, const Broken& broken) { return out << broken.name; }

class BrokenWorldTest : public ::testing::TestWithParam<Broken> {};

TEST_P(BrokenWorldTest, IsFoundOut) {
  constexpr std::uint64_t kSeeds = 200;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const auto ending = simulate(seed, GetParam().mutation);
    if (ending.violation.empty()) continue;
    std::printf("%s: found out by seed %llu: %s\n", GetParam().name.c_str(),
                static_cast<unsigned long long>(seed), ending.violation.c_str());
    return;
  }
  FAIL() << kSeeds << " seeds found nothing";
}

INSTANTIATE_TEST_SUITE_P(Promises, BrokenWorldTest,
                         ::testing::Values(Broken{"LinkReplaces", Mutation::kLinkReplaces},
                                           Broken{"PublishesNothing", Mutation::kPublishesNothing},
                                           Broken{"HistoriesAddTwice",
                                                  Mutation::kHistoriesAddTwice},
                                           Broken{"LogSkips", Mutation::kLogSkips}),
                         [](const auto& broken) { return broken.param.name; });

}  // namespace
}  // namespace punnet::simulation
