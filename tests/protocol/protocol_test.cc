// The commit protocol, explored: every order of every step of a few processes, with crashes, lost
// answers, late requests and sleepers, keeps the promise; and spoiling any one rule breaks it.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "tests/protocol/explorer.h"

namespace punnet::protocol {
namespace {

World two_writers() {
  return {.offsets = 3, .poison = 0b010, .writers = 2, .faults = {.crashes = 1, .unknowns = 2}};
}
World three_writers() {
  return {.offsets = 3, .poison = 0b010, .writers = 3, .faults = {.crashes = 1, .unknowns = 1}};
}
World two_partitions() {
  return {.partitions = 2,
          .offsets = 2,
          .poison = 0b0001'0010,
          .writers = 2,
          .faults = {.crashes = 1, .unknowns = 1}};
}
World compaction() {
  return {.offsets = 3,
          .poison = 0b010,
          .writers = 2,
          .compactors = 1,
          .faults = {.crashes = 1, .unknowns = 1, .bad_outputs = 1, .vacuums = 1}};
}
World two_compactions() {
  return {.offsets = 3,
          .writers = 1,
          .compactors = 2,
          .faults = {.crashes = 1, .unknowns = 1, .vacuums = 1}};
}
World cleaned_log() {
  return {.offsets = 3,
          .poison = 0b010,
          .writers = 2,
          .compactors = 1,
          .faults = {.unknowns = 1, .cleanings = 1}};
}

struct Case {
  std::string name;
  World world;
  std::vector<Event> must_happen;  ///< or the search has proven little
};

std::ostream& operator<<(std::ostream& out, const Case& chosen) { return out << chosen.name; }

class ProtocolTest : public testing::TestWithParam<Case> {};

std::string tell(const Exploration& found) {
  std::string text = found.violation;
  for (const auto& step : found.trace) text += "\n  " + step;
  return text;
}

TEST_P(ProtocolTest, KeepsThePromiseInEveryState) {
  const auto found = explore(GetParam().world);
  EXPECT_EQ(found.violation, "") << tell(found);
  EXPECT_GT(found.whole, 0U);
  std::printf("%s: %zu states, %zu steps", GetParam().name.c_str(), found.states, found.steps);
  for (std::size_t i = 1; i < found.events.size(); ++i) {
    if (found.events[i] == 0) continue;
    std::printf(", %zu %s", found.events[i], std::string(name(static_cast<Event>(i))).c_str());
  }
  std::printf("\n");
  for (const Event event : GetParam().must_happen) {
    EXPECT_GT(found.count(event), 0U) << name(event) << " never happened";
  }
}

INSTANTIATE_TEST_SUITE_P(
    Worlds, ProtocolTest,
    testing::Values(
        Case{"TwoWriters",
             two_writers(),
             {Event::kLostRace, Event::kAheadCommitted, Event::kAheadDropped, Event::kDoneUnheard,
              Event::kArrivedLate, Event::kFoundOwnEntry, Event::kGaveUpUnsettled,
              Event::kCrashInCommit, Event::kRejectsWereAhead}},
        Case{"ThreeWriters",
             three_writers(),
             {Event::kLostRace, Event::kDoneUnheard, Event::kCrashInCommit,
              Event::kRejectsWereAhead}},
        Case{"TwoPartitions",
             two_partitions(),
             {Event::kLostRace, Event::kPartlyLost, Event::kDoneUnheard, Event::kCrashInCommit,
              Event::kRejectsWereAhead}},
        Case{"Compaction",
             compaction(),
             {Event::kLostRace, Event::kCompacted, Event::kGateRefused, Event::kCrashInCommit}},
        Case{"TwoCompactions",
             two_compactions(),
             {Event::kCompacted, Event::kCompactionLost, Event::kDoneUnheard}},
        Case{"CleanedLog",
             cleaned_log(),
             {Event::kOvertakenByCleaning, Event::kLostRace, Event::kGaveUpUnsettled}}),
    [](const auto& chosen) { return chosen.param.name; });

struct Spoiled {
  std::string name;
  Mutant mutant;
  World world;
};

std::ostream& operator<<(std::ostream& out, const Spoiled& chosen) { return out << chosen.name; }

class MutantTest : public testing::TestWithParam<Spoiled> {};

TEST_P(MutantTest, IsRefuted) {
  World world = GetParam().world;
  world.mutant = GetParam().mutant;
  const auto found = explore(world);
  ASSERT_NE(found.violation, "") << found.states << " states, all of them well";
  std::printf("%s: refuted after %zu states by %zu steps: %s\n", GetParam().name.c_str(),
              found.states, found.trace.size(), tell(found).c_str());
  EXPECT_EQ(std::count(found.trace.begin(), found.trace.end(), "?"), 0);
}

INSTANTIATE_TEST_SUITE_P(
    Rules, MutantTest,
    testing::Values(
        Spoiled{"ReplaceAllowed", Mutant::kReplaceAllowed, two_writers()},
        Spoiled{"NoTxnCheck", Mutant::kNoTxnCheck, two_writers()},
        Spoiled{"UnknownIsSuccess", Mutant::kUnknownIsSuccess, two_writers()},
        Spoiled{"UnknownIsFailure", Mutant::kUnknownIsFailure, two_writers()},
        Spoiled{"OwnEntryNotKnown", Mutant::kOwnEntryNotKnown, two_writers()},
        Spoiled{"RejectsAfterMain", Mutant::kRejectsAfterMain, two_writers()},
        Spoiled{"RejectsFromTheStart", Mutant::kRejectsFromTheStart, two_writers()},
        Spoiled{"AheadKept", Mutant::kAheadKept, two_writers()},
        Spoiled{"NoGate", Mutant::kNoGate, compaction()},
        Spoiled{"NoRemoveCheck", Mutant::kNoRemoveCheck, two_compactions()},
        Spoiled{"VacuumWithoutRetention", Mutant::kVacuumWithoutRetention, compaction()},
        Spoiled{"NoLookBack", Mutant::kNoLookBack, cleaned_log()},
        Spoiled{"UnsettledFilesRemoved", Mutant::kUnsettledFilesRemoved, cleaned_log()}),
    [](const auto& chosen) { return chosen.param.name; });

}  // namespace
}  // namespace punnet::protocol
