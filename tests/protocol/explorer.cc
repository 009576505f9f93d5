#include "tests/protocol/explorer.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "tests/protocol/invariants.h"

namespace punnet::protocol {
namespace {

/// Every state seen, in the order in which it was seen, with the one that it was reached from.
class SeenStates {
 public:
  SeenStates() : slots_(std::size_t{1} << 16, kFree) {}

  std::size_t size() const { return states_.size(); }
  const State& operator[](std::size_t index) const { return states_[index]; }
  std::size_t parent(std::size_t index) const { return parents_[index]; }

  /// False when the state was there.
  bool insert(const State& state, std::size_t parent) {
    if (2 * states_.size() >= slots_.size()) grow();
    const std::size_t slot = find(state);
    if (slots_[slot] != kFree) return false;
    slots_[slot] = static_cast<std::uint32_t>(states_.size());
    states_.push_back(state);
    parents_.push_back(static_cast<std::uint32_t>(parent));
    return true;
  }

 private:
  static constexpr std::uint32_t kFree = std::numeric_limits<std::uint32_t>::max();

  std::size_t find(const State& state) const {
    std::size_t slot = hash_of(state) & (slots_.size() - 1);
    while (slots_[slot] != kFree && !(states_[slots_[slot]] == state)) {
      slot = (slot + 1) & (slots_.size() - 1);
    }
    return slot;
  }

  void grow() {
    slots_.assign(slots_.size() * 4, kFree);
    for (std::size_t i = 0; i < states_.size(); ++i) {
      slots_[find(states_[i])] = static_cast<std::uint32_t>(i);
    }
  }

  std::vector<State> states_;
  std::vector<std::uint32_t> parents_;
  std::vector<std::uint32_t> slots_;
};

std::string describe(const Step& step) {
  if (step.actor < 0) return std::string(step.what);
  return "process " + std::to_string(step.actor + 1) + " " + std::string(step.what);
}

/// The steps from the first state to `last`, found again by taking every step on the way. Processes
/// keep their numbers in it, as they do not in the states that were seen.
std::vector<std::string> trace_to(const World& world, const SeenStates& seen, std::size_t last) {
  std::vector<std::size_t> way;
  for (std::size_t at = last; at != 0; at = seen.parent(at)) way.push_back(at);
  std::reverse(way.begin(), way.end());
  std::vector<std::string> trace;
  State state = seen[0];
  std::vector<Step> steps;
  for (const std::size_t target : way) {
    steps_from(world, state, steps);
    const auto taken = std::find_if(steps.begin(), steps.end(), [&](const Step& step) {
      return canonical(world, step.state) == seen[target];
    });
    if (taken == steps.end()) {
      trace.emplace_back("?");
      break;
    }
    trace.push_back(describe(*taken));
    state = taken->state;
  }
  return trace;
}

}  // namespace

Exploration explore(const World& world) {
  Exploration found;
  SeenStates seen;
  State first;
  first.left = world.faults;
  seen.insert(first, 0);
  std::vector<Step> steps;
  for (std::size_t at = 0; at < seen.size(); ++at) {
    const State state = seen[at];
    found.violation = violation(world, state);
    steps_from(world, state, steps);
    if (found.violation.empty() && steps.empty() && !is_whole(world, state)) {
      found.violation = "nothing can be done and events are missing";
    }
    if (!found.violation.empty()) {
      found.trace = trace_to(world, seen, at);
      break;
    }
    if (is_whole(world, state)) ++found.whole;
    for (const Step& step : steps) {
      ++found.steps;
      ++found.events[static_cast<std::size_t>(step.event)];
      seen.insert(canonical(world, step.state), at);
    }
  }
  found.states = seen.size();
  return found;
}

}  // namespace punnet::protocol
