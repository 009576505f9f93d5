#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "tests/protocol/model_state.h"

namespace punnet::protocol {

/// Something worth counting that happens in a step: what a run that never saw it has not proven.
enum class Event : std::uint8_t {
  kNone,
  kLostRace,
  kAheadCommitted,   ///< what was read during a commit is committed after it
  kAheadDropped,     ///< ... is dropped, since the commit came too late
  kPartlyLost,       ///< one partition of a commit was lost, another one is committed again
  kDoneUnheard,      ///< a publish took effect, its answer was lost
  kArrivedLate,      ///< a publish took effect after its sender had given up waiting
  kFoundOwnEntry,    ///< an unknown outcome was settled by reading
  kGaveUpUnsettled,  ///< a commit call ended with kUnknownOutcome
  kCrashInCommit,
  kRejectsWereAhead,  ///< after a crash between the tables
  kCompacted,
  kCompactionLost,
  kGateRefused,
  kOvertakenByCleaning,
  kCount,
};

std::string_view name(Event event);

/// One step that can be taken from a state.
struct Step {
  State state;
  std::string_view what;
  int actor = -1;  ///< -1: the world's doing
  Event event = Event::kNone;
};

/// All steps from `state`: each is one call of a port, with one of its outcomes.
void steps_from(const World& world, const State& state, std::vector<Step>& out);

}  // namespace punnet::protocol
